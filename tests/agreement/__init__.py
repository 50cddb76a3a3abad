"""How well the engines agree, measured: `python -m tests.agreement [--json] [--write]`."""
