"""The error that a person sees. Every other exception is a defect of edgepose."""

EX_USAGE = 2
"""What argparse exits with."""
EX_UNAVAILABLE = 69
"""sysexits.h: something that the job needs is missing or does not work."""
EX_SOFTWARE = 70
"""sysexits.h: a defect of edgepose itself."""
EX_IOERR = 74
"""sysexits.h: what was to be written could not be."""
EX_NOPERM = 77
"""sysexits.h: it is there, and not for whoever asks."""
EX_CONFIG = 78
"""sysexits.h: the configuration is wrong; systemd is told not to retry on it."""


class UserError(Exception):
    """Something a person can mend, told in one line: what, where, what is allowed, what to do.

    `exit_code` is what the program exits with when the job cannot start because of it.
    """

    def __init__(self, message: str, exit_code: int = EX_UNAVAILABLE) -> None:
        super().__init__(message)
        self.exit_code = exit_code
