"""`edgepose detect` as people call it: with the real engine, on real pictures and films."""

import json
import os
import re
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from edgepose.cli import main
from edgepose.detect.allowance import Allowance
from edgepose.detect.reading.films import Film
from edgepose.detect.reading.shot import MOST_PIXELS
from edgepose.drawing import Picture
from edgepose.messages import decode_json
from tests.detect.made import UNEVEN, ffmpeg, probe
from tests.detect.rival import look_image, look_video
from tests.harness.interrupt import interrupt
from tests.harness.sandboxed import sandboxed
from tests.harness.trace import strace, succeeded
from tests.harness.wait import wait_for
from tests.terminal.pseudo import Terminal

pytestmark = pytest.mark.slow
ENGINE = ("--engine", "mediapipe")


def detect(
    *arguments: str | Path, stdin: bytes = b"", prefix: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    command = [*prefix, sys.executable, "-m", "edgepose", "detect", *map(str, arguments)]
    done = subprocess.run(command, input=stdin, check=False, capture_output=True, timeout=120)
    assert b"Traceback" not in done.stderr
    return subprocess.CompletedProcess(
        command, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def loaded(path: Path) -> dict[str, Any]:
    with np.load(path) as arrays:
        return dict(arrays.items())


def pixels(path: Path) -> Picture:
    """As another library reads it."""
    read = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert read is not None
    return np.asarray(read, np.uint8)


@pytest.fixture(scope="module")
def folder(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real people in PNG, which every library reads alike, and much that is no good."""
    folder = tmp_path_factory.mktemp("pictures")
    for n, path in enumerate(sorted(media.glob("*.jpg"))):
        Image.open(path).save(folder / f"person-{n}.png")
    person = Image.open(folder / "person-0.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    person.transpose(Image.Transpose.ROTATE_90).save(folder / "lying.png", exif=exif)
    person.convert("CMYK").save(folder / "print.jpg")
    (folder / "half.png").write_bytes((folder / "person-0.png").read_bytes()[:9000])
    Image.new("RGB", (4, 4)).save(folder / "tiny.png")
    np.save(folder / "stack.npy", np.stack([np.asarray(person), np.zeros_like(person)]))
    return folder


def test_a_folder_is_looked_at_as_mediapipe_does_it(
    folder: Path, model_full: Path, tmp_path: Path
) -> None:
    out, masks, npz = tmp_path / "out", tmp_path / "masks", tmp_path / "x.npz"
    done = detect(folder, "--json", "--npz", npz, "--annotate", out, "--masks", masks,
                  "--num-poses", "2", *ENGINE, "--model", model_full)  # fmt: skip
    assert done.returncode == 1
    assert f"{folder}/half.png: damaged: " in done.stderr
    assert f"{folder}/tiny.png: 4x4, allowed 8 to 16384 each way" in done.stderr
    summary = done.stderr.splitlines()[-1]
    told = (
        r"done: .*\d with 1 person, 1 with nobody; 2 files refused or damaged; [\d.]+ s, [\d.]+/s"
    )
    assert re.fullmatch(told, summary.replace(" pictures", ""))
    arrays = loaded(npz)
    names = [Path(str(name)).name for name in arrays["files"]]
    with sandboxed() as pool:
        for name in ("person-0.png", "person-1.png", "person-2.png", "person-3.png"):
            [row] = np.nonzero(arrays["file"] == names.index(name))[0]
            theirs = pool.submit(look_image, str(model_full), pixels(folder / name), 2).result()
            count = arrays["people"][row]
            assert count == len(theirs.marks) > 0
            np.testing.assert_array_equal(arrays["pose_landmarks"][row, :count], theirs.marks)
            np.testing.assert_array_equal(arrays["pose_world_landmarks"][row, :count], theirs.world)
            mask = cv2.imread(str(masks / f"{name[:-4]}.mask1.png"), cv2.IMREAD_UNCHANGED)
            assert mask is not None
            assert mask.shape == pixels(folder / name).shape[:2]
            assert np.abs(mask / 65535 - theirs.masks[0]).max() < 1e-5
            assert (pixels(out / name) != pixels(folder / name)).any()
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    errors = {Path(line["file"]).name: line["error"] for line in lines if "error" in line}
    assert set(errors) == {"half.png", "tiny.png"}
    poses = [
        (Path(json.loads(line)["file"]).name, decode_json(line))
        for line in done.stdout.splitlines()
        if '"error"' not in line
    ]
    assert [name for name, _ in poses] == [
        "lying.png", "person-0.png", "person-1.png", "person-2.png", "person-3.png", "print.jpg",
        "stack.npy", "stack.npy",
    ]  # fmt: skip
    assert [len(pose.people) for name, pose in poses if name == "stack.npy"] == [1, 0]
    lying, upright, printed = (poses[n][1] for n in (0, 1, 5))
    assert (lying.size, lying.people) == (upright.size, upright.people)
    for mark, other in zip(printed.people[0].landmarks, upright.people[0].landmarks, strict=True):
        assert np.allclose(mark[:2], other[:2], atol=0.03)


@pytest.fixture(scope="module")
def uneven(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty frames of the street at an uneven rate, in a film of odd size."""
    path = tmp_path_factory.mktemp("film") / "uneven.mkv"
    ffmpeg("-i", media / "street-couple.avi", "-frames:v", "20", "-vsync", "vfr",
           "-vf", f"scale=481:271,{UNEVEN}", "-c:v", "ffv1", path)  # fmt: skip
    return path


def test_a_film_is_followed_at_its_own_times_and_annotated_whole(
    uneven: Path, model_full: Path, tmp_path: Path
) -> None:
    film, npz = tmp_path / "out.mp4", tmp_path / "x.npz"
    done = detect(uneven, "--annotate", film, "--npz", npz, "--csv", tmp_path / "x.csv", *ENGINE,
                  "--model", model_full)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    arrays, source, written = loaded(npz), probe(uneven), probe(film)
    assert written.size == source.size == (481, 271)
    assert written.times == pytest.approx(source.times, abs=1e-6)
    assert (written.codec, written.sound) == ("h264", False)
    assert arrays["timestamp_ms"].tolist() == pytest.approx([1000 * t for t in source.times])
    with uneven.open("rb") as file:
        shots = [*Film(file, "it").shots(Allowance(MOST_PIXELS))]
    frames = [(shot.image, round(1000 * at)) for shot, at in zip(shots, source.times, strict=True)]
    with sandboxed() as pool:
        theirs = pool.submit(look_video, str(model_full), frames).result()
    for row, (marks, world) in enumerate(theirs):
        count = arrays["people"][row]
        assert count == len(marks)
        np.testing.assert_array_equal(arrays["pose_landmarks"][row, :count], marks)
        np.testing.assert_array_equal(arrays["pose_world_landmarks"][row, :count], world)
    assert (arrays["people"] == 1).sum() >= 15
    assert {int(n) for n in arrays["id"].ravel()} <= {0, 1}
    table = done.stdout.splitlines()
    assert re.fullmatch(
        rf"{uneven}  481x271 +\d+ frames with 1 person(, \d with nobody)?", table[1]
    )
    assert re.match(r"done: \d+ frames? with 1 person", table[2])


def test_a_constant_rate_is_kept(media: Path, tmp_path: Path, model_full: Path) -> None:
    source = media / "street-walkers.mp4"
    done = detect(source, "--annotate", tmp_path, *ENGINE, "--model", model_full)
    assert done.returncode == 0, done.stderr
    seen, meant = probe(tmp_path / "street-walkers.mp4"), probe(source)
    assert (seen.size, seen.rate, len(seen.times)) == ((960, 540), Fraction(5), len(meant.times))


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that takes longer than it is waited for."""
    path = tmp_path_factory.mktemp("long") / "long.avi"
    size = "color=size=320x240:rate=25:duration=80"
    ffmpeg("-f", "lavfi", "-i", size, "-c:v", "mjpeg", path)
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_done_is_kept_when_it_is_interrupted(
    tmp_path: Path, long: Path, model_full: Path, number: signal.Signals
) -> None:
    film, lines, npz = tmp_path / "out.mp4", tmp_path / "lines", tmp_path / "x.npz"
    command = [sys.executable, "-m", "edgepose", "detect", long, "--json", "--annotate", film,
               "--npz", npz, *ENGINE, "--model", model_full]  # fmt: skip
    with (
        lines.open("wb") as out,
        subprocess.Popen(
            [*map(str, command)], stdout=out, stderr=subprocess.PIPE, text=True
        ) as process,
    ):
        wait_for(lambda: lines.read_bytes().count(b"\n") >= 5, 60, "some frames")
        process.send_signal(number)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number
    assert said.startswith("interrupted; what is done is kept: ")
    *poses, last = map(json.loads, lines.read_text().splitlines())
    assert last == {"file": str(long), "error": "interrupted"}
    assert len(poses) >= 5
    assert len(probe(film).times) == len(poses) == len(loaded(npz)["frame"])
    assert {path.name for path in tmp_path.iterdir()} == {"out.mp4", "lines", "x.npz"}


HANGING = """
import ctypes, os, sys
from edgepose.cli import main
from edgepose.landmarker import room
from edgepose.vision.engines.mediapipe.direct import MediaPipeDirect

def hang():
    os.write(1, b"hangs\\n")
    ctypes.CDLL(None).pause()

def look(engine, *shown):
    # Where MediaPipe calls its library.
    with engine._looking:
        engine._landmarker._lib._executor.submit(hang).result()

MediaPipeDirect.look = look
room.ENDS_S = 0.2
sys.exit(main(["detect", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("mode", ["IMAGE", "VIDEO"])
def test_where_the_engine_hangs_a_second_interrupt_ends_it(
    tmp_path: Path, uneven: Path, model_full: Path, mode: str
) -> None:
    command = [sys.executable, "-c", HANGING, uneven, "--running_mode", mode, *ENGINE, "--json",
               "--npz", tmp_path / "x.npz", "--model", model_full]  # fmt: skip
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"hangs\n"
        interrupt(process.pid)
        # It is noted when SIGTERM is left to the kernel again.
        wait_for(lambda: not is_caught(process.pid, signal.SIGTERM), 10, "the first interrupt")
        interrupt(process.pid)
        try:
            process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert [*tmp_path.iterdir()] == []


def is_caught(pid: int, number: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    return bool(int(status.split("SigCgt:")[1].split()[0], 16) >> number - 1 & 1)


def test_large_pictures_are_worked_on_one_at_a_time(tmp_path: Path, model_full: Path) -> None:
    large, out = Image.new("RGB", (6000, 6000), (90, 90, 90)), tmp_path / "out"
    exif = Image.Exif()
    exif[0x0112] = 6
    large.save(tmp_path / "a.jpg", exif=exif)
    large.convert("RGBA").save(tmp_path / "c.png", compress_level=1)
    command = [sys.executable, "-m", "edgepose", "detect", tmp_path, "--annotate", out, *ENGINE,
               "--model", model_full]  # fmt: skip
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE)
    with process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert {path.name for path in out.iterdir()} == {"a.jpg", "c.png"}
    # Twice as Pillow keeps a picture, in kilobytes, and what the process takes without one.
    assert used.ru_maxrss < 300_000 + 2 * 4 * 36_000


def test_standard_input_may_be_a_picture_or_a_film(
    folder: Path, uneven: Path, model_full: Path, tmp_path: Path
) -> None:
    arguments = ("-", "--annotate", tmp_path, *ENGINE, "--model", model_full)
    done = detect(*arguments, stdin=(folder / "person-0.png").read_bytes())
    assert done.returncode == 0, done.stderr
    # A bar looks into the film beforehand.
    command = ["sh", "-c", 'cat "$0" | "$@"', uneven, sys.executable, "-m", "edgepose", "detect"]
    with Terminal([*map(str, (*command, *arguments))], os.environ, 200, 24) as terminal:
        assert terminal.wait() == 0, terminal.shown
        assert "frames with 1 person" in terminal.shown
    assert {path.name for path in tmp_path.iterdir()} == {"stdin.png", "stdin.mp4"}


def test_the_other_engine_finds_the_same_people(folder: Path, model_full: Path) -> None:
    done = detect(folder / "person-0.png", folder / "stack.npy", "--engine", "litert", "--json",
                  "--model", model_full)  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts = [len(decode_json(line).people) for line in done.stdout.splitlines()]
    assert counts == [1, 1, 0]


def test_nothing_connects(folder: Path, model_full: Path, tmp_path: Path) -> None:
    done = detect(folder / "person-0.png", *ENGINE, "--model", model_full,
                  prefix=strace(tmp_path / "trace"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    calls = [
        line for path in (tmp_path / "trace").iterdir() for line in path.read_text().splitlines()
    ]
    assert [call for call in calls if call.startswith("execve(")]
    assert succeeded(calls, "connect") == []
    assert [call for call in succeeded(calls, "socket") if "AF_INET" in call] == []


@pytest.mark.parametrize(
    ("streams", "code", "told"),
    [
        ("2>&-", 1, "done; 1 file refused or damaged\n"),
        (">&-", 1, "nowhere.png: no such file or folder\n"),
        (">/dev/full", 74, "nowhere.png: no such file or folder\n"
                           "the output cannot be written: No space left on device\n"),
    ],
)  # fmt: skip
def test_streams_may_be_closed_or_full(streams: str, code: int, told: str) -> None:
    command = f'exec "$0" -m edgepose detect nowhere.png --engine mediapipe {streams}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout + done.stderr) == (code, told)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("x.png", "--json", "--csv", "-"), "both go to standard output"),
        (("x.png", "--npz", "-"), "it cannot be a pipe"),
        (("x.png", "--output_segmentation_masks"), "does nothing without --annotate or --masks"),
        (("x.png", "--annotate", "/proc/nowhere/x"), "/proc/nowhere/x: cannot be written"),
        (("x.png", "--csv", "nowhere/x.csv"), "nowhere/x.csv: cannot be written: No such file"),
        (("x.png", "--masks", "x.png"), "x.png: is a file; give the name of a folder"),
        (("x.png", "--annotate", "x.png", "--overwrite"), "x.png: is to be looked at, and written"),
        (("x.png", "--annotate", "y.txt"), "for a folder of this name make it first"),
        (("x.png", "--annotate", "there.png"), "there.png: there already; --overwrite"),
        (("x.png", "--csv", "there.csv"), "there.csv: there already; --overwrite writes over it"),
        (("x.png", "--csv", "a", "--npz", "a"), "two results cannot go into one file"),
        (("x.png", "x.png", "--annotate", "y.png"), "one file for 2 inputs; give a folder"),
        (("x.png", "--num_poses", "0"), "'0': allowed are whole numbers from 1 to 10"),
        (("x.png", "--min-tracking-confidence", "2"), "'2': allowed is a number from 0 to 1"),
        (("x.png", "--running_mode", "LIVE_STREAM"), "invalid choice"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_work_begins(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "x.png")
    for name in ("there.csv", "there.png"):
        (tmp_path / name).touch()
    before = {path.name for path in tmp_path.iterdir()}
    done = subprocess.run(
        [sys.executable, "-m", "edgepose", "detect", *arguments, *ENGINE],
        cwd=tmp_path, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode in (2, 74)
    assert words in done.stderr
    # A name is said once.
    assert done.stderr.count("there.png") <= 1
    assert done.stdout == ""
    assert {path.name for path in tmp_path.iterdir()} == before


def test_options_have_mediapipe_s_names_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["detect", "--help"])
    told = capsys.readouterr().out
    for name in (
        "num_poses",
        "min_pose_detection_confidence",
        "min_pose_presence_confidence",
        "min_tracking_confidence",
        "output_segmentation_masks",
        "running_mode",
    ):
        assert f"--{name}" in told
        assert f"--{name.replace('_', '-')}" in told
