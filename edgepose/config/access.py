"""Why a user may not read a file, and the command that mends it.

Judges by owner and mode, as the kernel does for everybody but root; knows nothing of access
lists. Reads the file system and the list of users; runs on any thread. Raises nothing.
"""

import grp
import os
import pwd
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

_READ, _ENTER = 0o4, 0o1


@dataclass(frozen=True, slots=True)
class User:
    """Somebody, with all groups that count."""

    name: str
    number: int
    groups: frozenset[int]


def oneself() -> User:
    """The user that this process acts as."""
    number = os.geteuid()
    return User(_user(number), number, frozenset({os.getegid(), *os.getgroups()}))


def known(name: str) -> User | None:
    """The user of this name; None where the machine has none."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return User(name, entry.pw_uid, frozenset(os.getgrouplist(name, entry.pw_gid)))


def closed(path: Path, user: User) -> str | None:
    """Say what keeps `user` from reading the file and what to do; None where no mode does.

    What goes on from the file's name: "may not be read by ...".
    """
    # A link may lead into a folder that is closed, and stand in another one.
    real, start = Path(os.path.realpath(path)), f"may not be read by the user {user.name}"
    for folder in (*reversed(path.absolute().parents), *reversed(real.parents)):
        if wrong := _closed(folder, user, _ENTER, "enter"):
            if _mode(folder) == 0:
                # So systemd shows /home and others to a service that is to see nothing there.
                hidden = f"the folder {folder} is closed to everybody, maybe by the sandbox of the"
                return f"{start}: {hidden} service; keep the file elsewhere, as in /etc/edgepose"
            said = f"the folder {folder} {wrong}"
            break
    else:
        wrong = _closed(real, user, _READ, "read")
        if wrong is None:
            return None
        said, folder = f"it {wrong}", None
    command = f"sudo chmod {'a+r' if folder is None else 'a+x'} {shlex.quote(str(folder or real))}"
    return f"{start}: {said}; mend it with `{command}`"


def _closed(path: Path, user: User, bit: int, verb: str) -> str | None:
    try:
        status = path.stat()
    except OSError:
        return None
    mode = stat.S_IMODE(status.st_mode)
    if user.number == status.st_uid:
        of_user = mode >> 6
    else:
        of_user = mode >> 3 if status.st_gid in user.groups else mode
    if user.number == 0 or of_user & bit:
        return None
    owner = _user(status.st_uid)
    may = [
        who
        for who, shift in ((owner, 6), (f"the group {_group(status.st_gid)}", 3), ("others", 0))
        if mode >> shift & bit
    ]
    only = f"only {' and '.join(may)}" if may else "nobody"
    return f"belongs to {owner} and {only} may {verb} it (mode {mode:04o})"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
