"""A password in the address of a camera, wherever it stands in a file: no mistake tells it."""

from pathlib import Path

import pytest

from edgepose.config.load import parse
from edgepose.config.model import Config
from edgepose.config.plan import masked, plan
from edgepose.config.problem import ConfigError

HERE = Path("c.yaml")
WORD = "hunter2"
URI = f"rtsp://jo:{WORD}@cam.lan:554/{WORD}?pw={WORD}"

MISTAKES = [
    f"camera: {{source: uri, uri: 'rtsp://jo:{WORD}/x@cam.lan'}}",
    f"camera: {{source: uri, uri: 'rtsp://jo:{WORD}@cam.lan:x/'}}",
    f"camera: {{source: uri, uri: 'rtsp://jo:{WORD} @cam.lan/'}}",
    f"camera: {{source: uri, uri: '//jo:{WORD}@cam.lan/'}}",
    f"camera: {{source: uri, uri: 'rtsp//jo:{WORD}@cam.lan/'}}",
    f"camera: {{source: uri, uri: '192.168.1.5:554/user=jo&password={WORD}'}}",
    f"camera: {{source: uri, uri: ['{URI}']}}",
    f"camera: {{source: uri, uri: {{'{URI}': 1}}}}",
    f'camera: {{source: uri, uri: "{URI}\\n"}}',
    f"camera: {{source: uri, uri: !x {URI}}}",
    f"camera: {{source: uri, uri: {URI} #x}}",
    f"camera: {{source: uri, uri: {URI + 'x' * 5000}}}",
    f"camera: {{source: '{URI}', uri: x}}",
    f"camera: {{source: uri, url: '{URI}'}}",
    f"camera: {{source: uri, '{URI}': x}}",
    f"camera:\n  uri:{URI}\n",
    f"camera:\n  source: uri\n  uri:{URI}\n",
    f"camera:\n  source: uri\n  uri {URI}\n",
    f"camera:\n  source: uri\n  uri: {URI}: x\n",
    f"camera:\n  source: uri\n   uri: {URI}\n",
    f"camera:\n  - uri: {URI}\n",
    f"camera: {URI}\n",
    f"{URI}\n",
    f"{URI}: x\n",
    f"camera:\n  source: uri\n  uri: '{URI}\n",
    f"camera:\n  source: uri\n  uri: {URI}\n  uri: {URI}\n  uri: 1\n",
    f"device: {{name: '{URI}', id: '{URI}'}}",
    f"mqtt: {{host: '{URI}', port: '{URI}', tls: '{URI}'}}",
]


@pytest.mark.parametrize("text", MISTAKES)
def test_no_mistake_tells_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode(), HERE)
    assert WORD not in str(caught.value)
    assert all(WORD not in repr(problem) for problem in caught.value.problems)


def held(uri: str) -> Config:
    return parse(f"camera: {{source: uri, uri: '{uri}'}}".encode(), HERE)


def test_the_whole_of_it_is_held_and_only_the_host_is_shown() -> None:
    assert held(URI).camera.uri == URI
    shown = masked(held(URI))["camera"]
    assert isinstance(shown, dict)
    assert shown["uri"] == "rtsp://***@cam.lan:554/***"
    assert masked(held("/srv/a.mp4"))["camera"] != shown


def test_a_change_of_nothing_but_the_password_is_a_change_and_does_not_tell_it() -> None:
    (change,) = plan(held(URI), held(URI.replace(WORD, f"{WORD}3")))
    assert change.key == "camera.uri"
    assert WORD not in repr(change) + str(change)
    assert str(change).count("rtsp://***@cam.lan:554/***") == 2
