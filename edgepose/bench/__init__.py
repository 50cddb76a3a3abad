"""`edgepose bench`: how fast this machine is, with each engine, model, worker and thread setting.

`prepare` turns what was asked for into a `plan`, with the `settings` and what the kernel tells of
the `machine`. `run` goes through them: `measure` starts the real vision process, or `bare` (plain
MediaPipe), on the pictures that `frames` has drawn; `watch` counts the answers and makes `numbers`
of them; `progress` shows how far it is. `suggest` chooses, `report` says it to people, `record` to
programs and to us. `frames` and `bare` are processes of their own, so that the one that measures
loads neither an engine nor OpenCV.
"""
