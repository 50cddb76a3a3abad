"""The engine `litert`: MediaPipe's pose networks on LiteRT, for every 64-bit processor."""
