"""A changed config takes effect while edgepose runs, whole or not at all.

`reloader.py` decides, `watch.py` sees the file change, `candidate.py` is a config with all that
follows from it, `memory.py` is what outlives the daemon, `writer.py` its file,
`outcome.py` is what is told of it.
"""
