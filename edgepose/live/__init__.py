"""The live page: what edgepose sees, in a browser. Off unless `live.enabled` is set, and nothing of
aiohttp is imported before it is."""
