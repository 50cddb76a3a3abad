"""What to type about a configuration file that an editor alone does not mend.

Looks at the file system. Runs on any thread. Raises nothing.
"""

import contextlib
import shlex
import stat
from pathlib import Path
from typing import Final

import edgepose
from edgepose.doctor.case import Case
from edgepose.doctor.typed import nano

MINE: Final = Path("my.yaml")
"""What the documents call a configuration of one's own."""
_MOST: Final = 64 * 1024
"""Bytes that are looked at."""
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def todo(case: Case, file: Path, line: int | None = None) -> list[str]:
    """What to do about `file`, which cannot be used; `line` is where the mistake stands."""
    if line is not None:
        return [nano(case, file, line)]
    try:
        status = file.stat()
    except OSError:
        return _absent(file)
    if stat.S_ISDIR(status.st_mode):
        return _within(file)
    if not stat.S_ISREG(status.st_mode):
        return ["Give the name of a file; a configuration to begin with is made by", *new()]
    if status.st_size > _MOST:
        return [
            f"head -n 5 {shlex.quote(str(file))}   (shows what it is)",
            "Then give a configuration instead.",
        ]
    return _of_text(case, file)


def _absent(file: Path) -> list[str]:
    if file.is_symlink():
        return [f"ls -l {shlex.quote(str(file))}   (shows where the link leads)"]
    above = next(each for each in file.absolute().parents if each.exists())
    if above.is_dir():
        return new(file)
    return [f"ls -l {shlex.quote(str(above))}   (shows what is there)"]


def _of_text(case: Case, file: Path) -> list[str]:
    name, held = shlex.quote(str(file)), b""
    with contextlib.suppress(OSError):
        held = file.read_bytes()
    if held.startswith(_UTF16):
        return [f"iconv -f UTF-16 -t UTF-8 -o {name}.new {name} && mv {name}.new {name}"]
    return [nano(case, file)] if held.strip() else new(file)


def _within(folder: Path) -> list[str]:
    found: list[Path] = []
    with contextlib.suppress(OSError):
        found = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not found:
        return ["No .yaml lies in it. A configuration to begin with is made by", *new()]
    return ["Give the file instead, as", *(shlex.quote(str(each)) for each in found[:3])]


def new(file: Path = MINE) -> list[str]:
    """How a configuration comes into being at this place; one that is there is not written over."""
    default = Path(edgepose.__file__).parents[1] / "config" / "edgepose.yaml"
    cp = "cp -n" if file.exists() and file.stat().st_size else "cp"
    lines = [f"mkdir -p {shlex.quote(str(file.parent))}"] if not file.parent.exists() else []
    if default.is_file():
        with contextlib.suppress(ValueError):
            default = default.relative_to(Path.cwd())
        return [*lines, f"{cp} {shlex.quote(str(default))} {shlex.quote(str(file))}"]
    copy = f"{cp} config/edgepose.yaml {shlex.quote(str(file.absolute()))}"
    return [*lines, f"{copy}   (in the checkout)"]
