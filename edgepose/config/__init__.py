"""The configuration: every key declared once, a file read into it, the default file made from it.

`edgepose.config.load.load(path)` gives the `Config` of `edgepose.config.model`, or a `ConfigError`
with every problem of the file. Nothing here starts a thread, opens a connection or knows what a
key is for.
"""
