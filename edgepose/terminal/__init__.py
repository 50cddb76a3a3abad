"""What edgepose shows in a terminal: the landmark stream, live, as a subscriber receives it.

`server` and `subscriber` receive. `recorder` keeps what was received in a `recording`, `replay`
plays it, `rehearse` makes of it again what the engine had seen; `feed` is either, a broker or a
recording. `arrival` sorts and reads messages, `inbox` and `fleet` boil them down, with `report`
and `presence` for what devices say of themselves, `standing` for how that is, and `others` for who
is there where a name is nobody's. `canvas` and
`skeleton` draw a pose, `panel`, `screen` and `table` lay out within a `frame`, `live` owns the
terminal, `display` and `watch_display` choose what is shown, `words` and `json_lines` say it
without a terminal. `watch` puts these together for any broker, `demo` with a daemon (`daemon`) and
a broker (`broker`) of its own; `ending` is how somebody stops either.
"""
