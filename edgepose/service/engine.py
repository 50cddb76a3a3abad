"""Which engine finds the landmarks: the one that the config names, or the one that works here.

auto tries MediaPipe on one picture in a child process (`edgepose.vision.trial`) and takes litert
after any failure. Only the trial decides; the processor's flags explain. Runs on the daemon's loop.
"""

import asyncio
import importlib.util
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from edgepose.errors import EX_CONFIG, EX_UNAVAILABLE
from edgepose.service import child

TRIAL_S: Final = 60.0
"""Twice what camera and engine may take: the machine may be busy with its own start."""
LONGEST: Final = 200
"""Characters of somebody else's line that are worth repeating."""
WHY: Final = Path("share", "edgepose", "engine_why")
"""Below sys.prefix: one line of the installer, why it left MediaPipe out; not everywhere."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that is used.

    `why` auto did not take MediaPipe: it is `absent`, it is `broken`, or the fault is `elsewhere`,
    as in a bundle, on which the other engine has a word of its own. Both None where it took
    MediaPipe, and where the config names an engine.
    """

    name: str
    fault: Literal["absent", "broken", "elsewhere"] | None = None
    why: str | None = None

    def failed(self, message: str) -> str:
        """What to tell when this engine does not open, which says `message` itself."""
        if self.fault in (None, "elsewhere"):
            return message
        return f"{self.name}: {message}; {self.why}"


async def choose(wanted: str, model: Path, limit_s: float = TRIAL_S) -> Choice:
    """The engine for `detection.engine`, told in one line of the log.

    `model` is the bundle that MediaPipe is tried with. A trial is killed after `limit_s`.
    """
    choice = await _auto(model, limit_s) if wanted == "auto" else Choice(wanted)
    # Nobody has to mend what is not there. A bad bundle is told when the other engine opens it.
    level = logging.WARNING if choice.fault == "broken" else logging.INFO
    log.log(level, "engine %s%s", choice.name, f": {choice.why}" if choice.why else "")
    return choice


async def _auto(model: Path, limit_s: float) -> Choice:
    if importlib.util.find_spec("mediapipe") is None:
        return Choice("litert", "absent", _why_absent())
    code, line = await _try(model, limit_s)
    if code == 0:
        return Choice("mediapipe")
    if code in (EX_UNAVAILABLE, EX_CONFIG):
        if importlib.util.find_spec("ai_edge_litert") is None:
            # The only engine here then says itself what is wrong.
            return Choice("mediapipe")
        return Choice("litert", "elsewhere", f"mediapipe: {line}")
    if code is None:
        reason = f"killed, for it took more than {limit_s:g} s" + (f" ({line})" if line else "")
    else:
        reason = line if code > 0 and line else child.describe_end(code, line)
    return Choice("litert", "broken", f"mediapipe: {reason}{_explained()}")


async def _try(model: Path, limit_s: float) -> tuple[int | None, str]:
    """How the trial ended, as `child.describe_end` takes it, or None after `limit_s`; and the last
    line that it wrote."""
    process = await child.start("edgepose.vision.trial", "mediapipe", str(model))
    code, line = None, b""
    try:
        async with asyncio.timeout(limit_s):
            async for written in child.lines(process):
                line = written or line
            code = await process.wait()
    except TimeoutError:
        pass
    finally:
        # Cancelled as well: nothing of it is left behind.
        child.kill(process)
        await asyncio.wait([asyncio.create_task(process.wait())], timeout=child.KILLED_S)
    return code, shortened(line.decode(errors="replace"))


def shortened(text: str, longest: int = LONGEST) -> str:
    """Somebody else's text as a part of one line, without what would do something to a terminal."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    words = " ".join(printable.split())
    return words if len(words) <= longest else f"{words[: longest - 3]}..."


def _why_absent() -> str:
    try:
        line = shortened((Path(sys.prefix) / WHY).read_text(errors="replace"))
    except OSError:
        line = ""
    return "mediapipe is not installed here" + (f": {line}" if line else "")


def _explained() -> str:
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return ""
    return "; this processor lacks LSE, like every Pi before the 5" if lacks_lse(cpuinfo) else ""


def lacks_lse(cpuinfo: str) -> bool:
    """Whether this is the /proc/cpuinfo of an arm64 processor without the atomic instructions
    that MediaPipe's library is built with."""
    lines = [line for line in cpuinfo.splitlines() if line.startswith("Features")]
    flags = [line.partition(":")[2].split() for line in lines]
    # asimd is how arm64 calls what 32-bit kernels call neon.
    return any("asimd" in each and "atomics" not in each for each in flags)
