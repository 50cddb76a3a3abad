"""What ffmpeg 5.1 and 7.1 said of each fault, and what is made of it. Nothing of it is a secret."""

import errno
import socket

import pytest

from edgepose.service.engine import LONGEST
from edgepose.service.ffmpeg_words import ABSENT, Reason, reason, scrubbed
from edgepose.service.stream import ANSWER_S, Stream

URI = "rtsp://jo:hunter2@cam.lan:554/t0ken"
SHOWN = "rtsp://***@cam.lan:554/***"
STREAM = Stream(URI, (640, 480), 10)
OPEN = f"[concat @ 0x56517b58dbc0] Impossible to open '{URI}'"


def both(words: str) -> list[list[str]]:
    """How a stream that cannot be opened is told by 5.1, and by 7.1."""
    return [
        [OPEN, f"pipe:0: {words}"],
        [
            OPEN,
            f"[in#0 @ 0x555589675200] Error opening input: {words}",
            "Error opening input file pipe:0.",
            f"Error opening input files: {words}",
        ],
    ]


TCP = "[tcp @ 0x563d18a3d800] Connection to tcp://cam.lan:554?timeout=8000000 failed: "
KNOWN = {
    "Server returned 401 Unauthorized (authorization failed)": "does not take the name and passwo",
    "Server returned 403 Forbidden (access denied)": "the camera refuses us (403)",
    "Server returned 404 Not Found": "there is no such stream (404)",
    "Server returned 5XX Server Error reply": "the answer is 5XX Server Error reply",
    "Connection refused": "nothing listens at this port",
    "Connection timed out": f"no answer within {ANSWER_S} s",
    "No route to host": "no route to this host",
    "Network is unreachable": "the network is out of reach",
    "Invalid data found when processing input": "the camera has hung up, or what comes from there"
    " is no stream of pictures that ffmpeg reads",
    "End of file": "the other end has hung up",
    "Protocol not found": "ffmpeg here cannot read this",
    "Input/output error": "the connection has broken",
}


@pytest.mark.parametrize("words", KNOWN)
@pytest.mark.parametrize("version", [0, 1])
def test_what_is_known_is_told_in_our_words(words: str, version: int) -> None:
    found = reason(STREAM, both(words)[version], 1, 1.0)
    assert found.words.startswith(f"{SHOWN}: ")
    assert KNOWN[words] in found.words
    assert found.refused == ("40" in words and "404" not in words)


@pytest.mark.parametrize(
    ("line", "kind", "number"),
    [
        (f"{TCP}Connection timed out", TimeoutError, errno.ETIMEDOUT),
        (f"{TCP}No route to host", OSError, errno.EHOSTUNREACH),
        (f"{TCP}Network is unreachable", OSError, errno.ENETUNREACH),
        (
            "[tcp @ 0x5] Failed to resolve hostname cam.lan: Temporary failure in name resolution",
            socket.gaierror,
            socket.EAI_AGAIN,
        ),
        (
            "[tcp @ 0x5] Failed to resolve hostname cam.lan: Name or service not known",
            socket.gaierror,
            socket.EAI_NONAME,
        ),
    ],
)
def test_silence_is_told_as_the_error_that_it_is(
    line: str, kind: type[OSError], number: int
) -> None:
    found = reason(STREAM, [line, *both("Input/output error")[0]], 1, 1.0)
    assert isinstance(found.silence, kind)
    assert found.silence.errno == number


def test_an_rtsp_server_that_says_nothing_is_silent_and_no_nonsense() -> None:
    lines = both("Invalid data found when processing input")[0]
    assert reason(STREAM, lines, 1, ANSWER_S + 0.5).silence is not None
    assert reason(STREAM, lines, 1, 1.0).silence is None
    other = Stream("http://cam.lan/page", (640, 480), 10)
    assert reason(other, lines, 1, ANSWER_S + 0.5).silence is None


def test_who_gives_no_name_is_told_how_to() -> None:
    stream = Stream("rtsp://cam.lan/t0ken", (640, 480), 10)
    found = reason(stream, ["pipe:0: Server returned 401 Unauthorized"], 1, 1.0)
    assert "as in rtsp://NAME:PASSWORD@HOST/PATH" in found.words


def test_a_picture_that_is_broken_is_not_why_a_stream_ends() -> None:
    lines = [
        "[h264 @ 0x5] error while decoding MB 5 7, bytestream -5",
        "Error while decoding stream #0:0: Invalid data found when processing input",
        "[vist#0:0/h264 @ 0x5] Error submitting packet to decoder: Invalid data found when"
        " processing input",
    ]
    assert reason(STREAM, lines, 0, 100.0) == Reason(f"{SHOWN}: the stream has ended")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            [
                "[http @ 0x5] Stream ends prematurely at 22551, should be 18446744073709551615",
                "[mjpeg @ 0x5] overread 8",
                "pipe:0: Input/output error",
            ],
            "the connection has broken",
        ),
        (["pipe:0: Connection reset by peer"], "the connection was cut"),
        (["pipe:0: Invalid data found when processing input"], "the stream has ended"),
    ],
)
def test_one_that_has_given_pictures_is_a_stream(lines: list[str], words: str) -> None:
    for seconds in (1.0, 100.0):
        assert reason(STREAM, lines, 0, seconds) == Reason(f"{SHOWN}: {words}")


DEVICE = {
    "[video4linux2,v4l2 @ 0x5] Cannot open video device /dev/video9: No such file or directory": (
        "there is no such device"
    ),
    "[video4linux2,v4l2 @ 0x5] Cannot open video device /dev/video9: Permission denied": (
        "in the group video"
    ),
    "[video4linux2,v4l2 @ 0x5] ioctl(VIDIOC_STREAMON): Device or resource busy": (
        "held by another program"
    ),
    "[video4linux2,v4l2 @ 0x5] Not a video capture device.": "this is no camera",
    "[video4linux2,v4l2 @ 0x5] ioctl(VIDIOC_DQBUF): No such device": "the connection has broken",
}


@pytest.mark.parametrize("line", DEVICE)
def test_of_a_device_its_name_is_told(line: str) -> None:
    found = reason(Stream("/dev/video9", (640, 480), 10), [line], 1, 0.1)
    assert found.words.startswith("/dev/video9: ")
    assert DEVICE[line] in found.words


def test_without_ffmpeg_it_is_told_what_to_type() -> None:
    assert "sudo apt install ffmpeg" in reason(STREAM, [f"ffmpeg: {ABSENT}"], 1, 0.1).words


@pytest.mark.parametrize(
    "line",
    [
        OPEN,
        "GET /t0ken HTTP/1.1",
        "no such user jo",
        "wrong hunter2",
        "rtsp://jo:hunter2@cam.lan/ and t0ken",
    ],
)
def test_of_what_is_not_known_nothing_is_told_that_may_be_a_secret(line: str) -> None:
    for told in (scrubbed(line, STREAM), reason(STREAM, [line], 1, 1.0).words):
        assert not any(secret in told for secret in ("jo", "hunter2", "t0ken"))


@pytest.mark.parametrize("before", range(LONGEST - 12, LONGEST))
def test_of_a_secret_that_is_cut_off_nothing_is_told(before: int) -> None:
    assert "hunt" not in scrubbed(f"{'a' * before}hunter2 was no good", STREAM)


def test_what_is_not_known_and_no_secret_is_told() -> None:
    line = "[out#0 @ 0x55] No space left on device"
    assert scrubbed(line, STREAM) == "No space left on device"
    assert "ffmpeg: exit status 1 (No space left on device)" in reason(STREAM, [line], 1, 1).words
    assert "killed by SIGSEGV" in reason(STREAM, [], -11, 1).words
