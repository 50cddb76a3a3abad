"""A camera on the network, or in /dev: does it give a picture, and may the service reach it?

ffmpeg is asked for one picture, as the service asks it, and nothing is done with it. While the
service has the camera, its word counts. Runs on any thread. Raises nothing that is not told as a
finding.
"""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Final

from edgepose.doctor import blocked
from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding, failure, ok
from edgepose.service.ffmpeg_words import reason
from edgepose.service.stream import Stream

PICTURE_S: Final = 25.0
"""To find the host, to be let in, and for the first picture that stands alone."""
_PROGRAM: Final = "ffmpeg"
_PICTURE, _LINE = b"\nFRAME", 512
"""How a picture begins in yuv4mpegpipe, and in how many bytes of it the first one does."""


def look(case: Case) -> Iterator[Finding]:
    """Ask the unit's filter, and the camera."""
    from edgepose import translate

    stream = None if case.config is None else translate.stream(case.config, case.folder)
    if stream is None:
        return
    program = shutil.which(_PROGRAM)
    if program is None:
        yield failure(
            "camera", f"{_PROGRAM} is not installed, which reads it", "sudo apt install ffmpeg"
        )
        return
    if case.sees:
        yield ok("camera", f"{stream.shown}, at work in the service")
        return
    if case.paused:
        yield ok("camera", "closed, for detection is paused; so it was not looked at")
        return
    if stream.host is not None and (found := list(blocked.look(case, "camera", stream.host))):
        yield from found
        return
    if wrong := _wrong(case, stream, program):
        yield failure("camera", wrong)
    else:
        yield ok("camera", f"{stream.shown} gives a picture")


def is_device(case: Case) -> bool:
    """Whether it is one of this machine."""
    from edgepose import translate

    found = None if case.config is None else translate.stream(case.config, case.folder)
    return found is not None and found.is_device


def _wrong(case: Case, stream: Stream, program: str) -> str | None:
    """Why there is no picture; None where there is one."""
    other = case.user.number if case.root and case.user.number != 0 else None
    began = time.monotonic()
    with subprocess.Popen(
        [program, *stream.arguments(pictures=1)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
        start_new_session=True,
        user=other,
        group=None if other is None else pwd.getpwuid(other).pw_gid,
        extra_groups=None if other is None else sorted(case.user.groups),
    ) as process:
        try:
            given, said = process.communicate(stream.script(), PICTURE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return f"{stream.shown}: no picture within {PICTURE_S:g} s"
    # Not by what it says: the first pictures of a stream that is joined in its middle are broken.
    if process.returncode == 0 and _PICTURE in given[:_LINE]:
        return None
    lines = said.decode(errors="replace").splitlines()
    return reason(stream, lines, process.returncode, time.monotonic() - began).words
