"""Of the address of a camera nothing is shown that could be a password."""

import pytest

from edgepose.address import EXAMPLE, host, is_device, is_network, secrets, shown, veiled, wrong

SHOWN = {
    "rtsp://cam.lan": "rtsp://cam.lan",
    "rtsp://cam.lan/": "rtsp://cam.lan/",
    "rtsp://cam.lan:8554/live": "rtsp://cam.lan:8554/***",
    "rtsp://jo:pw@cam.lan:8554/live?x=1": "rtsp://***@cam.lan:8554/***",
    "rtsp://jo@cam.lan": "rtsp://***@cam.lan",
    "RTSP://jo:pw@[fe80::1%eth0]:554/a": "RTSP://***@[fe80::1%eth0]:554/***",
    "http://cam.lan?user=jo&password=pw": "http://cam.lan/***",
    "https://cam.lan#pw": "https://cam.lan/***",
    "rtsps://nvr.lan:7441/S3cretT0ken": "rtsps://nvr.lan:7441/***",
    # A password with what ends a host, or a port that is none.
    "rtsp://jo:p/w@cam.lan/": "rtsp:***",
    "rtsp://jo:12/w@cam.lan/": "rtsp:***",
    "rtsp://jo:pw": "rtsp:***",
    "rtsp://jo:pw#@cam.lan": "rtsp:***",
    "rtsp://[jo:pw@cam.lan": "rtsp:***",
    "rtsp://jo pw@cam lan/": "rtsp:***",
    # Cut off, as where something is shortened.
    "rtsp://jo:secret...": "rtsp:***",
    "rtsp://jo...": "rtsp:***",
    # Slips of the pen.
    "rtps://jo:pw@cam.lan/": "rtps://***@cam.lan/",
    "rtsp:/jo:pw@cam.lan": "rtsp:***",
    "rtsp:jo:pw@cam.lan": "rtsp:***",
    "jo:pw@cam.lan/live": "jo:***",
    "//jo:pw@cam.lan/live": "***",
    "rtsp//jo:pw@cam.lan/live": "***",
    "192.168.1.5:554/user=jo&password=pw": "***",
    "192.168.1.5/S3cretT0ken": "***",
    "cam.lan/video?user=jo&pwd=pw": "***",
    # No address.
    "/srv/films/a@b.mp4": "/srv/films/a@b.mp4",
    "./12:30@home?x=1.mp4": "./12:30@home?x=1.mp4",
    "jo@home.mp4": "jo@home.mp4",
    "street.mp4": "street.mp4",
    "/dev/video0": "/dev/video0",
    "file:///srv/street.mp4": "file:///srv/street.mp4",
}


@pytest.mark.parametrize("uri", SHOWN)
def test_scheme_host_and_port_are_shown(uri: str) -> None:
    assert shown(uri) == SHOWN[uri]


@pytest.mark.parametrize("uri", SHOWN)
def test_what_was_shown_is_shown_as_it_is(uri: str) -> None:
    assert shown(shown(uri)) == shown(uri)


def test_in_a_text_each_address_is_veiled_and_the_rest_stays() -> None:
    text = "`rtsp://jo:pw@cam/a`: no; see (http://cam.lan/x?pw=y), or 'https://jo:pw@h/': end"
    assert veiled(text) == (
        "`rtsp://***@cam/***`: no; see (http://cam.lan/***), or 'https://***@h/': end"
    )
    assert veiled(f"it is written {EXAMPLE}, or ./FILE").endswith(f" {EXAMPLE}, or ./FILE")
    assert veiled("half: an hour, 1:2, C:/x") == "half: an hour, 1:2, C:/x"


def test_what_is_one() -> None:
    for uri in ("rtsp://h", "RTSPS://h", "http://h", "https://h"):
        assert is_network(uri)
    for uri in ("rtmp://h", "file:///f", "/srv/rtsp://h", "rtsp", "film:http://h"):
        assert not is_network(uri)
    assert is_device("/dev/video0")
    assert is_device("/dev/v4l/by-id/usb-0")
    for uri in ("dev/video0", "/dev/shm/film.mp4", "/dev/video0.mp4"):
        assert not is_device(uri)
    assert host("rtsp://jo:p%40w@Cam.lan:554/x") == "cam.lan"


def test_every_part_that_may_be_a_secret_is_known_as_written_and_as_meant() -> None:
    found = secrets("http://jo:p%2Fw@cam.lan/user/t0ken?pw=a%20b&c=d#e")
    assert {"jo", "p%2Fw", "p/w", "jo:p/w", "t0ken", "a%20b", "a b", "d", "e"} <= found
    assert not {"", "/", "cam.lan", "http"} & found


WRONG = {
    "rtsp:cam.lan": "no address",
    "rtsp://": "no address",
    "rtsp://jo:pw@": "no address",
    "rtsp://cam.lan:99999/": "no address",
    "rtsp://cam.lan:0/": "no address",
    "rtsp://[::1/": "no address",
    "rtsp://cam lan/": "%20",
    "rtsp://jo:p/w@cam.lan/": "%2F for / and %40 for @",
}


@pytest.mark.parametrize("uri", WRONG)
def test_a_bad_form_is_told_without_a_word_of_it(uri: str) -> None:
    told = wrong(uri)
    assert told is not None
    assert WRONG[uri] in told
    assert "jo" not in told
    assert "p/w" not in told


@pytest.mark.parametrize(
    "uri", ["rtsp://cam.lan/live", "http://jo:p%40w@10.0.0.7:8080/a?b=c", "rtsp://[::1]", "a b.mp4"]
)
def test_a_good_form_is_none(uri: str) -> None:
    assert wrong(uri) is None
