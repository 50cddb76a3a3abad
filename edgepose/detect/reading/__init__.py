"""From paths to pictures: what there is, of which kind, and every picture of it in its order.

Runs on the reading thread, but for the list of what there is. Raises UserError by the file's name.
"""
