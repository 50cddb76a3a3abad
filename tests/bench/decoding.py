"""Microseconds to decode one message with one person, against MediaPipe's result as plain JSON.

In Python and in JavaScript, with the decoders that subscribers take. JavaScript is left out where
there is no Node. `measure` runs this module as a process of its own, `python -m
tests.bench.decoding MODEL STEP FOLDER`, which looks at the footage and writes the messages.
"""

import json
import struct
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from timeit import Timer
from typing import Any, Final

from edgepose.messages import decode_json, decode_packed, json_format, packed
from tests.bench.encoding import as_pose, look, plain_landmarks
from tests.bench.number import Number, Rival, Wanted
from tests.bench.setting import CHECKOUT, Setting, run_quietly, say
from tests.harness.node import Node

DECODERS: Final[dict[str, Callable[[bytes], Any]]] = {
    "packed": decode_packed,
    "json": decode_json,
    "rival": json.loads,
}
_BOUNDS_US: Final = {"Python": 60.0, "JavaScript": 10.0}
_PARSERS: Final = {"Python": "json.loads", "JavaScript": "JSON.parse"}
_SCRIPT: Final = Path(__file__).with_name("decoding.js")


def measure(setting: Setting) -> dict[str, Number]:
    """Times of both formats in both languages."""
    folder = setting.empty_folder("messages")
    step, repeats = setting.times(1, 20), setting.times(51, 5)
    module = ("-m", "tests.bench.decoding")
    run_quietly(*module, str(setting.model), str(step), str(folder))
    seen = {"Python": _python_us(folder, repeats)}
    node = Node.find()
    if node is None:
        say("decoding: no Node, JavaScript is left out")
    else:
        decoders = CHECKOUT / "config" / "edgepose-messages.js"
        seen["JavaScript"] = json.loads(node.run(_SCRIPT, decoders, folder, repeats))
    numbers: dict[str, Number] = {}
    for language, us in seen.items():
        say(f"decoding: {language}, packed {us['packed']:.2f} us, json {us['json']:.2f} us")
        what = f"MediaPipe's landmarks as plain JSON by {_PARSERS[language]}, unchecked"
        rival = Rival(what, us["rival"])
        sizes = {name: [*map(len, _messages(folder, name))] for name in DECODERS}
        about: dict[str, Any] = {"messages": len(sizes["packed"])}
        about |= {f"{name}_bytes": median(of) for name, of in sizes.items()}
        if node is not None and language == "JavaScript":
            about["node"] = node.version
        wanted = Wanted("<=", _BOUNDS_US[language])
        suffix = f"decode_{language.lower()}"
        numbers[f"packed_{suffix}"] = Number(us["packed"], "us", wanted, rival, about)
        numbers[f"json_{suffix}"] = Number(us["json"], "us", None, rival, about)
    return numbers


def _python_us(folder: Path, repeats: int) -> dict[str, float]:
    """The median of the means over all messages."""
    messages = {name: [*_messages(folder, name)] for name in DECODERS}
    times_us: dict[str, list[float]] = {name: [] for name in DECODERS}
    # In turn, so that what else the machine does meets all of them.
    for _ in range(repeats):
        for name, decode in DECODERS.items():
            timer = Timer(partial(_decode_all, decode, messages[name]))
            times_us[name].append(timer.timeit(1) / len(messages[name]) * 1e6)
    return {name: median(times) for name, times in times_us.items()}


def _decode_all(decode: Callable[[bytes], Any], messages: list[bytes]) -> None:
    for message in messages:
        decode(message)


def _messages(folder: Path, name: str) -> Iterator[bytes]:
    data = (folder / name).read_bytes()
    while data:
        [length] = struct.unpack_from("<I", data)
        yield data[4 : 4 + length]
        data = data[4 + length :]


def main(model: str, step: int, folder: Path) -> None:
    """Write the messages of each kind, each with its length before it."""
    results = [*look(model, step)]
    poses = [as_pose(result, number) for number, result in enumerate(results)]
    for name, messages in {
        "packed": map(packed.encode, poses),
        "json": map(json_format.encode, poses),
        "rival": map(plain_landmarks, results),
    }.items():
        sent = (struct.pack("<I", len(message)) + message for message in messages)
        (folder / name).write_bytes(b"".join(sent))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
