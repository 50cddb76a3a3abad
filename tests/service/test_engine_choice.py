"""What auto makes of a MediaPipe that works, and of each way in which one does not."""

import asyncio
import logging
import zipfile
from pathlib import Path

import pytest

from edgepose.service.engine import LONGEST, Choice, choose, lacks_lse, shortened
from tests.harness.libraries import ABORTS, FATAL, HANGS, broken
from tests.harness.wait import wait_for

LIMIT_S = 30.0


def auto(model: Path = Path("/nowhere/pose.task"), limit_s: float = LIMIT_S) -> Choice:
    return asyncio.run(choose("auto", model, limit_s))


@pytest.fixture
def mediapipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Broken":
    return Broken(tmp_path, monkeypatch)


class Broken:
    """Puts a MediaPipe that runs `code` when it is imported before the real one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._monkeypatch = folder, monkeypatch

    def __call__(self, code: str) -> Choice:
        self._monkeypatch.setenv("PYTHONPATH", broken(self._folder, "mediapipe", code))
        return auto()


def why(choice: Choice, fault: str = "broken") -> str:
    """The reason why it is litert, for this kind of fault."""
    assert (choice.name, choice.fault) == ("litert", fault)
    assert choice.why is not None
    return choice.why


def test_a_mediapipe_that_works_is_taken(model_full: Path) -> None:
    assert auto(model_full) == Choice("mediapipe")


@pytest.mark.parametrize("name", ["mediapipe", "litert"])
def test_an_engine_that_is_named_is_taken_untried(name: str) -> None:
    assert asyncio.run(choose(name, Path("/nowhere/pose.task"))) == Choice(name)


def test_a_library_that_aborts_is_quoted(
    mediapipe: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    reason = why(mediapipe(ABORTS))
    assert reason.startswith(f"mediapipe: killed by SIGILL ({FATAL})")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == f"engine litert: {reason}"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ImportError('libEGL.so.1: cannot open')", "ImportError: libEGL.so.1: cannot open"),
        ("raise OSError(12, 'Cannot allocate\\nmemory')", "[Errno 12] Cannot allocate memory"),
        ("raise RuntimeError", "RuntimeError"),
        ("import os; os._exit(3)", "exit status 3"),
        ("import os; os.kill(os.getpid(), 4)", "killed by SIGILL"),
        ("import os; os.kill(os.getpid(), 40)", "killed by signal 40"),
        # No picture of the memory is left of an abort.
        ("import resource; raise ImportError(resource.getrlimit(resource.RLIMIT_CORE))", "(0, 0)"),
        # Before anything of the library runs, there is no network.
        ("import socket; socket.socket()", "PermissionError"),
    ],
)
def test_every_other_failure_is_told_in_one_line(mediapipe: Broken, code: str, reason: str) -> None:
    said = why(mediapipe(code))
    assert said.startswith("mediapipe: ")
    assert reason in said
    assert "\n" not in said


def test_a_library_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", broken(tmp_path, "mediapipe", HANGS))
    assert "mediapipe: killed, for it took more than 0.5 s" in why(auto(limit_s=0.5))


def test_a_library_that_says_too_much_is_cut_and_made_printable(mediapipe: Broken) -> None:
    said = why(mediapipe("raise ImportError('\\x1b[2J\\u202e' + 'much ' * 2000)"))
    assert said.startswith("mediapipe: ImportError: [2J much much")
    assert "..." in said
    assert said.isprintable()
    assert len(said) < LONGEST + 100


def test_a_library_that_writes_without_end_of_line_fills_nothing(mediapipe: Broken) -> None:
    chatter = "import os\nfor _ in range(300): os.write(1, b'.' * 1000)\nos._exit(5)"
    assert len(why(mediapipe(chatter))) < LONGEST + 100


def test_the_trial_is_given_no_secrets(mediapipe: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = ("NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "WATCHDOG_USEC", "WATCHDOG_PID")
    for name in secret:
        monkeypatch.setenv(name, "1")
    # Not all that there is: what is told is cut.
    given = f"' '.join(name for name in {('PATH', *secret)} if name in os.environ)"
    said = why(mediapipe(f"import os; raise ImportError({given})"))
    assert said.split()[-1] == "PATH"


def test_a_bundle_that_is_no_good_is_not_mediapipe_s_fault(
    tmp_path: Path, model_full: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    networks = ["pose_detector.tflite", "pose_landmarks_detector.tflite"]
    with (
        zipfile.ZipFile(model_full) as bundle,
        zipfile.ZipFile(tmp_path / "swapped.task", "w") as swapped,
    ):
        for name, other in zip(networks, reversed(networks), strict=True):
            swapped.writestr(name, bundle.read(other))
    choice = auto(tmp_path / "swapped.task")
    assert "swapped.task" in why(choice, "elsewhere")
    assert {record.levelname for record in caplog.records} == {"INFO"}
    # The other engine's word on the same bundle is enough.
    assert choice.failed("swapped.task: no") == "swapped.task: no"


def test_when_litert_does_not_open_either_both_reasons_are_told() -> None:
    choice = Choice("litert", "absent", "mediapipe is not installed here")
    assert choice.failed("no") == "litert: no; mediapipe is not installed here"
    assert Choice("litert").failed("no") == "no"


def test_a_trial_that_is_cancelled_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid_file = tmp_path / "pid"
    code = f"import os\nopen({str(pid_file)!r} + '~', 'w').write(str(os.getpid()))\n"
    code += f"os.rename({str(pid_file)!r} + '~', {str(pid_file)!r})\n{HANGS}"
    monkeypatch.setenv("PYTHONPATH", broken(tmp_path, "mediapipe", code))

    async def main() -> None:
        trial = asyncio.create_task(choose("auto", tmp_path))
        await asyncio.to_thread(wait_for, pid_file.exists, LIMIT_S, "the trial's process id")
        trial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trial

    asyncio.run(main())
    # Killed, it needs the processor once more before it is gone.
    trial = Path("/proc", pid_file.read_text())
    wait_for(lambda: not trial.exists(), 10, "the end of the trial")


FLAGS = {
    "a Pi 4": (True, "Features\t: fp asimd evtstrm crc32 cpuid"),
    "a Pi 5": (
        False,
        "Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid",
    ),
    "a 32-bit kernel": (False, "Features\t: half thumb fastmult vfp edsp neon vfpv3"),
    "a PC": (False, "flags\t\t: fpu vme de pse tsc msr pae"),
    "nothing": (False, ""),
}


@pytest.mark.parametrize("machine", FLAGS)
def test_the_processor_s_flags_are_read(machine: str) -> None:
    lacks, line = FLAGS[machine]
    assert lacks_lse(f"processor\t: 0\nBogoMIPS\t: 108.00\n{line}\n") == lacks


def test_a_line_that_is_short_enough_stays_as_it_is() -> None:
    assert shortened("a" * LONGEST) == "a" * LONGEST
    assert shortened("a" * (LONGEST + 1)) == "a" * (LONGEST - 3) + "..."
