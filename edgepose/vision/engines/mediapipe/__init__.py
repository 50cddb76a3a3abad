"""The engine `mediapipe`: MediaPipe's own Pose Landmarker."""
