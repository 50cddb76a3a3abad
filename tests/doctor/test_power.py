"""Heat and power, by a made-up /sys."""

from pathlib import Path

import pytest

from edgepose.doctor.power import look


def machine(root: Path, word: int | None, degrees: float = 50) -> Path:
    zone = root / "sys/class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "type").write_text("cpu-thermal\n")
    (zone / "temp").write_text(f"{degrees * 1000:.0f}\n")
    if word is not None:
        folder = root / "sys/devices/platform/soc/soc:firmware"
        folder.mkdir(parents=True)
        (folder / "get_throttled").write_text(f"{word:x}\n")
    return root


@pytest.mark.parametrize(
    ("word", "degrees", "told"),
    [
        (None, 50, [("ok", "this is no Pi, 50 °C")]),
        (0, 50, [("ok", "nothing holds it back now")]),
        (0x1, 50, [("failure", "now its voltage is too low")]),
        (0x10000, 50, [("warning", "before, its voltage was too low")]),
        (0x10001, 50, [("failure", "now its voltage is too low")]),
        (0x4, 50, [("warning", "now the firmware slows it down")]),
        (0x80008, 82, [("warning", "now it is hot and slows down, 82 °C")]),
        (0xA0000, 50, [("warning", "capped its speed, it was hot")]),
        (0x50005, 50, [("failure", "voltage"), ("warning", "slows it down")]),
        (0x10004, 50, [("warning", "slows it down"), ("warning", "voltage was too low")]),
        (0, 85, [("warning", "it is hot: 85 °C")]),
    ],
)
def test_the_firmware_s_word(
    tmp_path: Path, word: int | None, degrees: float, told: list[tuple[str, str]]
) -> None:
    found = list(look(machine(tmp_path, word, degrees)))
    assert [each.level for each in found] == [level for level, _ in told]
    for each, (_, part) in zip(found, told, strict=True):
        assert part in each.message
        assert (each.todo is None) == (each.level == "ok")
