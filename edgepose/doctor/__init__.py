"""What `edgepose doctor` looks at: the installation and the running service, in words.

Each check is a small function that takes the `Case` and gives `Finding`s; `examine.py` lists them
and runs them, each within its time limit. Nothing here changes anything, or disturbs the service:
its camera is not opened, its broker hears nothing. What is heavy, or may end a process, is done in
a child.
"""
