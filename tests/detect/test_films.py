"""Films are read whole, upright and at their own times, or it is said what is missing."""

import contextlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from edgepose.detect.allowance import Allowance
from edgepose.detect.reading.films import Film
from edgepose.detect.reading.shot import MOST_PIXELS, Clip, Rising, Shot
from edgepose.errors import UserError
from tests.detect.made import UNEVEN, ffmpeg, make, probe, raw_frames


def read(path: Path) -> tuple[Clip, list[Shot], str]:
    """What the film says of itself, its frames, and what is wrong with it."""
    shots: list[Shot] = []
    problem = ""
    with path.open("rb") as file, contextlib.closing(Film(file, "it")) as film:
        try:
            shots.extend(film.shots(Allowance(MOST_PIXELS)))
        except UserError as error:
            problem = str(error)
        return film.clip, shots, problem


def times(clip: Clip, shots: list[Shot]) -> list[float]:
    assert all(shot.pts is not None for shot in shots)
    return [float((shot.pts or 0) * clip.time_base) for shot in shots]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty frames at ten a second, with its index before the frames."""
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    return make(path, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "faststart")


@pytest.mark.parametrize("name", ["uneven.mkv", "uneven.mp4", "film.avi", "film.webm", "film.mov"])
def test_every_frame_comes_at_the_film_s_own_time(tmp_path: Path, name: str) -> None:
    uneven = ("-vf", UNEVEN, "-vsync", "vfr") if name.startswith("uneven") else ()
    path = make(tmp_path / name, *uneven)
    clip, shots, problem = read(path)
    assert problem == ""
    assert times(clip, shots) == pytest.approx(probe(path).times, abs=1e-6)
    assert [shot.frame for shot in shots] == [*range(20)]
    assert all(shot.duration for shot in shots)
    if uneven:
        assert (
            len({b - a for a, b in zip(times(clip, shots), times(clip, shots)[1:], strict=False)})
            > 1
        )


def test_a_film_that_begins_late_begins_at_0(tmp_path: Path, film: Path) -> None:
    path = tmp_path / "film.ts"
    ffmpeg("-i", film, "-c", "copy", path)
    assert probe(path).times[0] > 1
    clip, shots, _ = read(path)
    assert times(clip, shots) == pytest.approx([n / 10 for n in range(20)], abs=1e-4)


def test_a_picture_that_comes_after_the_sound_keeps_its_distance(
    tmp_path: Path, film: Path
) -> None:
    path = tmp_path / "late.mkv"
    sound = ("-f", "lavfi", "-i", "sine=duration=1")
    ffmpeg(*sound, "-itsoffset", "0.5", "-i", film, "-map", "0", "-map", "1", "-c:v", "copy", path)
    clip, shots, _ = read(path)
    assert times(clip, shots)[0] == pytest.approx(0.5, abs=0.03)


def test_a_film_without_times_has_those_of_its_rate(tmp_path: Path, film: Path) -> None:
    path = tmp_path / "film.h264"
    ffmpeg("-i", film, "-c", "copy", "-bsf:v", "h264_mp4toannexb", path)
    clip, shots, problem = read(path)
    assert problem == ""
    assert times(clip, shots) == pytest.approx([n / 10 for n in range(20)], abs=1e-6)


def test_the_pictures_are_those_that_ffmpeg_reads(film: Path) -> None:
    _, shots, _ = read(film)
    theirs = np.frombuffer(raw_frames(film), np.uint8).reshape(20, 120, 160, 3)
    ours = np.stack([shot.image for shot in shots])
    assert np.abs(ours.astype(int) - theirs).max() <= 3


@pytest.mark.parametrize(("codec", "turn"), [("qtrle", "0"), ("png", "0"), ("qtrle", "180")])
def test_what_is_drawn_into_a_frame_is_not_in_the_next(
    tmp_path: Path, codec: str, turn: str
) -> None:
    path = tmp_path / "film.mov"
    make(path, "-c:v", codec, "-pix_fmt", "rgb24", "-metadata:s:v", f"rotate={turn}")
    _, wanted, _ = read(path)
    with path.open("rb") as file, contextlib.closing(Film(file, "it")) as film:
        for shot, meant in zip(film.shots(Allowance(MOST_PIXELS)), wanted, strict=True):
            np.testing.assert_array_equal(shot.image, meant.image)
            shot.image[:] = 7


@pytest.mark.parametrize("turn", ["90", "180", "270"])
def test_a_film_that_was_filmed_on_its_side_is_upright(
    tmp_path: Path, film: Path, turn: str
) -> None:
    lying, upright = tmp_path / "lying.mp4", tmp_path / "upright.avi"
    ffmpeg("-i", film, "-c", "copy", "-metadata:s:v", f"rotate={turn}", lying)
    # ffmpeg turns it itself.
    ffmpeg("-i", lying, "-c:v", "ffv1", upright)
    _, shots, _ = read(lying)
    _, wanted, _ = read(upright)
    assert shots[0].image.shape == ((120, 160, 3) if turn == "180" else (160, 120, 3))
    assert np.abs(shots[0].image.astype(int) - wanted[0].image).max() <= 3


def test_a_stream_that_comes_later_takes_no_frame_away(tmp_path: Path) -> None:
    film, sound, both = (tmp_path / f"{name}.ts" for name in ("film", "sound", "both"))
    # Longer than ffmpeg looks for streams before it begins.
    pattern = "testsrc=size=320x240:rate=10:duration=12,noise=alls=100:allf=t"
    ffmpeg("-f", "lavfi", "-i", pattern, "-c:v", "mpeg2video", "-qscale", "1", "-b:v", "50M",
           "-g", "1", film)  # fmt: skip
    assert film.stat().st_size > 5_000_000
    later = ("-streamid", "0:600", "-tables_version", "5")
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", *later, sound)
    both.write_bytes(film.read_bytes() + sound.read_bytes() + film.read_bytes())
    assert len(read(both)[1]) == 240


def test_odd_sizes_are_read(tmp_path: Path) -> None:
    _, shots, problem = read(make(tmp_path / "odd.mkv", "-c:v", "ffv1", size=(161, 121)))
    assert problem == ""
    assert {shot.image.shape for shot in shots} == {(121, 161, 3)}


def test_a_film_that_was_cut_off_gives_what_is_there_and_says_so(
    tmp_path: Path, film: Path
) -> None:
    path = tmp_path / "cut.mp4"
    data = film.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    _, shots, problem = read(path)
    assert 0 < len(shots) < 20
    assert problem.startswith(f"it: damaged: {len(shots)} frames were read, ")


def test_what_is_broken_in_the_middle_is_left_out(tmp_path: Path) -> None:
    path = make(tmp_path / "film.avi", "-c:v", "libx264", "-g", "5")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    _, shots, problem = read(path)
    assert 10 < len(shots) < 20
    assert "damaged" in problem
    # It goes on behind the hole.
    assert (shots[-1].pts or 0) >= len(shots)


def test_sound_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", path)
    with pytest.raises(UserError, match="it: it has sound, or other things, and no pictures"):
        read(path)


def test_the_cover_of_a_record_is_no_film(tmp_path: Path) -> None:
    cover, record = tmp_path / "cover.png", tmp_path / "record.m4a"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1", cover)
    sound = ("-f", "lavfi", "-i", "sine=duration=1", "-i", cover)
    ffmpeg(
        *sound, "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic", record
    )
    with pytest.raises(UserError, match="and no pictures"):
        read(record)


def test_a_film_without_frames_is_refused(tmp_path: Path, film: Path) -> None:
    path = tmp_path / "none.mp4"
    # The index with no frame behind it.
    data = film.read_bytes()
    path.write_bytes(data[: data.index(b"mdat") + 4])
    _, shots, problem = read(path)
    assert (shots, problem) == ([], "it: the film holds no frame that can be read")


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXTINF:1,\n{film}\n",
        "ffconcat version 1.0\nfile {film}\n",
        "words\n" * 99,
        "\0" * 999,
    ],
    ids=["playlist", "list", "text", "nothing"],
)
def test_what_only_names_other_files_is_no_film(tmp_path: Path, film: Path, text: str) -> None:
    path = tmp_path / "list.mp4"
    path.write_text(text.format(film=film))
    with pytest.raises(UserError, match="it: no picture and no film that can be read"):
        read(path)


def test_a_picture_that_only_ffmpeg_knows_is_no_film(tmp_path: Path) -> None:
    path = make(tmp_path / "scan.dpx", "-frames:v", "1")
    with pytest.raises(UserError, match="it: no picture and no film that can be read"):
        read(path)


@pytest.mark.parametrize(
    ("told", "origin", "expected"),
    [
        ([0, 10, 20], None, [0, 10, 20]),
        ([50, 60], None, [0, 10]),
        ([50, 60], 40, [10, 20]),
        ([30, 40], 40, [0, 1]),
        ([None, None, None], None, [0, 7, 14]),
        ([0, None, 5, 5, 3, 40], 0, [0, 7, 8, 9, 10, 40]),
        # Another piece, joined to the first one byte by byte, begins anew.
        ([10, 80, 150, 10, 80], 10, [0, 70, 140, 147, 217]),
        ([0, 9], 500, [0, 7]),
    ],
)
def test_times_rise_whatever_the_film_says(
    told: list[int | None], origin: int | None, expected: list[int]
) -> None:
    rising = Rising(7, origin)
    assert [rising.next(each) for each in told] == expected


def test_the_rate_of_a_film_is_its_own(film: Path) -> None:
    clip, _, _ = read(film)
    assert (clip.rate, clip.frames, clip.pixel_aspect) == (Fraction(10), 20, Fraction(1))
