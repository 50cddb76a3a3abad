"""To be a user who may not read everything, for a while."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

_NOBODY = 65534


@contextmanager
def without_root() -> Iterator[str]:
    """Give up root's right to read everything, where we have it; gives the name of who we are."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(_NOBODY)
    try:
        yield pwd.getpwuid(os.geteuid()).pw_name
    finally:
        os.seteuid(was)
