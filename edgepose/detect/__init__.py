"""Pictures and films looked at from the command line, in MediaPipe's modes IMAGE and VIDEO.

`reading` makes pictures of files, on a thread of its own; `run` has the engine look at them, on the
thread that calls it; `writing` makes tables, files and films of what was seen, on a third thread.
What cannot be looked at is refused by its name, and the rest goes on.
"""
