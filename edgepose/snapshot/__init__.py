"""What the running daemon sees now, for a command on the same machine, broker or none.

`desk.py` is the daemon's side, `ask.py` the command's, `words.py` what they say to each other. Only
the service's user and root are heard.
"""
