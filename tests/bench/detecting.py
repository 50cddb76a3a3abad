"""Pictures a second of `edgepose detect`, against MediaPipe by itself on the same files.

IMAGE mode over a folder, printed as JSON, beside a loop over pictures that are decoded already; and
VIDEO mode with the annotated film written, beside a loop that reads the film with OpenCV and writes
nothing. One after the other and again; counted from the first result to the last one.
"""

import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Final

from edgepose.detect.reading.shot import Clip, Shot
from edgepose.detect.writing.film import FilmFile
from edgepose.errors import EX_SOFTWARE, UserError
from tests.bench import footage
from tests.bench.number import Number, Rival, Wanted, rounded
from tests.bench.setting import CHECKOUT, LIMIT_S, Setting, boottime_ns, run_quietly, say

ROUNDS: Final = 3
"""How often the folder is looked at in one run, so that it lasts for some seconds."""


def measure(setting: Setting) -> dict[str, Number]:
    """Both ratios, pair by pair."""
    rounds = setting.times(ROUNDS, 1)
    pictures = setting.pictures()
    image = _pairs(
        setting, "IMAGE", [str(pictures)] * rounds, pictures, "decoded before, results dropped"
    )
    film = _film(setting)
    out = setting.folder / "annotated.mp4"
    annotate = [str(film), "--annotate", str(out), "--overwrite"]
    video = _pairs(setting, "VIDEO", annotate, film, "read by OpenCV, nothing drawn or written")
    return {
        "detect_image": _number(image, 0.95),
        "detect_video_annotated": _number(video, 0.8),
    }


def _number(pairs: tuple[list[float], list[float], str], bound: float) -> Number:
    ours, theirs, what = pairs
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return Number(
        median(ratios),
        "of the rival's pictures/s",
        Wanted(">=", bound),
        Rival(what, median(theirs), "pictures/s"),
        {
            "pictures_per_s": [rounded(rate) for rate in ours],
            "rival_pictures_per_s": [rounded(rate) for rate in theirs],
            "ratios": [rounded(ratio) for ratio in ratios],
        },
    )


def _pairs(
    setting: Setting, mode: str, arguments: Sequence[str], path: Path, how: str
) -> tuple[list[float], list[float], str]:
    ours, theirs = [], []
    rounds = str(setting.times(ROUNDS, 1))
    for _ in range(setting.times(5, 1)):
        ours.append(_ours(setting, arguments))
        bare = run_quietly("tests/bench/bare_detect.py", str(setting.model), str(path), rounds)
        theirs.append(_rate(json.loads(bare)))
        say(f"detecting: {mode} {ours[-1]:.1f}/s, bare MediaPipe {theirs[-1]:.1f}/s")
    return ours, theirs, f"MediaPipe alone in {mode} mode, {how}"


def _ours(setting: Setting, arguments: Sequence[str]) -> float:
    command = [sys.executable, "-m", "edgepose", "detect", "--json", "--engine", "mediapipe"]
    command += ["--model", str(setting.model), *arguments]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        times = [boottime_ns() for _ in process.stdout]
        last = process.stderr.read().decode(errors="replace").strip()
        if process.wait(LIMIT_S) != 0:
            raise UserError(f"edgepose detect failed: {last}", EX_SOFTWARE)
    return _rate(times)


def _rate(times_ns: Sequence[int]) -> float:
    return (len(times_ns) - 1) / (times_ns[-1] - times_ns[0]) * 1e9


def _film(setting: Setting) -> Path:
    """The film itself, where it is there; else one of the drawn person."""
    film = setting.folder / "film.mp4"
    if footage.FILM.is_file():
        film = film.with_suffix(footage.FILM.suffix)
        shutil.copy(footage.FILM, film)
        return film
    written = FilmFile(film, Clip(Fraction(1, 1000), Fraction(30)))
    for number, image in enumerate(itertools.islice(footage.images(), footage.FRAMES)):
        written.add(image, Shot(image, number, round(number * 1000 / 30), 33))
    written.close()
    return film
