"""The rehearsal: a fresh Debian under a real systemd, real picamera2, real mosquitto."""
