"""The pictures of the README, made anew from the drawn person: `python -m tests.pictures`."""
