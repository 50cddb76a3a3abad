"""The command's side: ask the running daemon what it sees.

Runs on any thread, and blocks it for seconds at most. Raises UserError, with what to do.
"""

import socket
from pathlib import Path
from typing import Final

from edgepose.errors import EX_NOPERM, EX_SOFTWARE, EX_UNAVAILABLE, UserError
from edgepose.snapshot.words import (
    LONGEST,
    Answer,
    Error,
    Refused,
    Request,
    decode_head,
    encode_request,
    place,
)

LIMIT_S: Final = 15.0
"""Of silence; the daemon itself says after 10 s that there is nothing."""
_CODES: Final[dict[Error, int]] = {"not_allowed": EX_NOPERM, "malformed": EX_SOFTWARE}


def ask(folder: Path, request: Request) -> Answer:
    """What the daemon sees whose runtime directory this is."""
    path = place(folder)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(LIMIT_S)
        try:
            connection.connect(str(path))
            connection.sendall(encode_request(request))
            with connection.makefile("rb") as answered:
                camera, pose, jpeg = decode_head(answered.readline(LONGEST))
                answer = Answer(camera, answered.read(pose), answered.read(jpeg))
        except PermissionError:
            raise UserError(
                f"{path}: only root and the service's user may ask; try it with sudo", EX_NOPERM
            ) from None
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            raise UserError(
                f"no edgepose runs as a service here: nobody listens at {path}. One that you run by"
                " hand is asked where both are started with the same RUNTIME_DIRECTORY=FOLDER",
                EX_UNAVAILABLE,
            ) from None
        except Refused as refused:
            raise UserError(str(refused), _CODES.get(refused.error, EX_UNAVAILABLE)) from None
        except TimeoutError:
            raise UserError(
                f"{path}: no answer within {LIMIT_S:g} s; `sudo edgepose doctor` tells more",
                EX_UNAVAILABLE,
            ) from None
        except OSError as error:
            raise UserError(f"{path}: {error.strerror or error}", EX_UNAVAILABLE) from None
        except ValueError as error:
            raise UserError(f"{path}: what comes back is no answer: {error}") from None
    if (len(answer.pose), len(answer.jpeg)) != (pose, jpeg):
        raise UserError(f"{path}: the answer breaks off; try it again", EX_UNAVAILABLE)
    return answer
