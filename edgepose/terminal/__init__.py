"""What edgepose shows in a terminal: the landmark stream, live, as a subscriber receives it.

`subscriber` and `inbox` receive, `report` reads the health message, `canvas` and `skeleton` draw
a pose, `panel` and `screen` lay out, `live` owns the terminal, `words` says it without one.
`demo` puts these together with a daemon (`daemon`) and a broker (`broker`) of its own.
"""
