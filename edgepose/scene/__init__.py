"""What is going on in front of the camera: people, and what is worth saying about them.

No pixels, no MQTT, no clock of its own: every call is told the time.
"""
