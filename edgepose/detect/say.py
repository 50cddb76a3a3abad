"""What is said to people, line by line, by whichever thread has something to say.

Two lines at once would tear the progress bar between them. Raises BrokenPipeError where nobody
reads any more, and UserError where standard output cannot be written.
"""

import sys
import threading

from edgepose.errors import EX_IOERR, UserError

_one_at_a_time = threading.Lock()


def printable(text: str) -> str:
    """Without what would do something to a terminal: a file may have any name."""
    return "".join(c if c.isprintable() else "?" for c in text)


def say(line: str) -> None:
    """To stderr."""
    with _one_at_a_time:
        print(printable(line), file=sys.stderr, flush=True)


def tell(line: str) -> None:
    """To standard output."""
    try:
        with _one_at_a_time:
            print(printable(line), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserError(f"the output cannot be written: {error.strerror}", EX_IOERR) from error
