"""edgepose: a Raspberry Pi with a camera becomes a sensor for people."""

__version__ = "0.1.0"
