"""The wire formats: what subscribers receive, and what the two processes say to each other.

Standard library only, and nothing of edgepose: a subscriber may take this package alone.
`pose` holds the types, `json_format` and `packed` the two formats of the landmark stream,
`landmarks` the names; `observation`, `control` and `page` are the link between the vision
process and the daemon.
"""
