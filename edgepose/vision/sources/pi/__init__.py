"""The source `picamera2`: a camera that libcamera knows, on the Pi's connector or on USB.

Not named after the library, which would be shadowed by it. Nothing here is imported before a
camera is wanted; `modes`, `controls` and `stamps` know neither picamera2 nor a picture.
"""
