"""The vision process: camera, pixels, engine.

Runs as `python -m edgepose.vision` beside the daemon, without network, config or credentials.
It knows the wire of the link (`edgepose.messages`) and nothing else of edgepose.
"""
