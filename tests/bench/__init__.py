"""The numbers of the project, measured beside their rivals: `python -m tests.bench`."""
