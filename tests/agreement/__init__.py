"""How well the engines agree, measured: `python -m tests.agreement [--quick] [--write]`."""
