"""The installer's answers come into a configuration, and all else in it stays."""

from pathlib import Path

import pytest

from edgepose.config.generate import DEFAULT_FILE
from scripts.appliance.settings import main


def test_only_the_lines_of_the_answers_differ_from_the_default(tmp_path: Path) -> None:
    target = tmp_path / "edgepose.yaml"
    words = ("mqtt.host=broker.lan", "mqtt.port=1884", "device.name=Hall: the 1st")
    assert main(str(DEFAULT_FILE), str(target), *words) == 0
    pairs = zip(DEFAULT_FILE.read_text().splitlines(), target.read_text().splitlines(), strict=True)
    assert [new for old, new in pairs if old != new] == [
        "  name: 'Hall: the 1st'",
        "  host: broker.lan",
        "  port: 1884",
    ]


def test_without_answers_not_a_byte_differs(tmp_path: Path) -> None:
    source, target = tmp_path / "old.yaml", tmp_path / "new.yaml"
    source.write_bytes(b"mqtt:\r\n  port: 1884   # odd\r\n\r\n")
    assert main(str(source), str(target)) == 0
    assert target.read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("text", "word", "told"),
    [
        ("camera:\n  ratte: 5\n", "mqtt.port=1884", "old.yaml:2:3: camera.ratte: unknown key"),
        ("camera:\n  rate: 5\n", "mqtt.nowhere=1", "mqtt.nowhere"),
        ("camera: [\n", "mqtt.port=1884", "old.yaml is not YAML"),
        ("camera:\n  rate: 5\n", "device.id=a/b", "device.id"),
    ],
)
def test_what_cannot_be_used_is_told_with_the_name_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, word: str, told: str
) -> None:
    source = tmp_path / "old.yaml"
    source.write_text(text)
    assert main(str(source), str(tmp_path / "new.yaml"), word) == 78
    assert told in capsys.readouterr().err
