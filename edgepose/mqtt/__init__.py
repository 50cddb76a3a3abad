"""The way to the broker. Only `session` knows paho; nothing here knows pictures."""
