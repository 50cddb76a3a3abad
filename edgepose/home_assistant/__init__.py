"""The device as Home Assistant sees it: one discovery message, and when to send it."""
