"""`config/edgepose-messages.js` loads in every way that it promises, and needs nothing."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from edgepose import messages
from tests.harness.node import Node
from tests.messages.golden import FOLDER, shape
from tests.messages.javascript import DECODERS

PACKED = FOLDER / "everything.bin"
TEXT = FOLDER / "everything.json"
PRELUDE = """
const fs = require("node:fs");
const vm = require("node:vm");
const [path, packed, text] = process.argv.slice(1);
const bytes = fs.readFileSync(packed);
const json = fs.readFileSync(text);
const say = (value) => console.log(JSON.stringify(value));
const caught = (act) => { try { act(); return null; } catch (error) { return error.name; } };
"""


def said(node: Node, code: str) -> Any:
    """What the code says, with the decoders' path and both messages at hand."""
    arguments = (DECODERS, PACKED, TEXT)
    return json.loads(node.eval(PRELUDE + code, *arguments, cwd=DECODERS.parent))


@pytest.fixture(scope="module")
def poses() -> list[Any]:
    """What the packed and the json message hold."""
    both = (
        messages.decode_packed(PACKED.read_bytes()),
        messages.decode_json(TEXT.read_text()),
    )
    return [shape(pose) for pose in both]


def test_node_requires_it_and_it_has_the_names_of_python(node: Node) -> None:
    told = said(
        node,
        """
        const edgepose = require(path);
        const constants = Object.entries(edgepose).filter(([, value]) => typeof value === "object");
        say({ names: Object.keys(edgepose), constants: Object.fromEntries(constants) });
        """,
    )
    constants = [name for name in messages.__all__ if name.isupper() or name[:4] == "COCO"]
    assert set(told["names"]) == {*constants, "DecodeError", "decodeJson", "decodePacked"}
    ours = {name: getattr(messages, name) for name in constants}
    assert told["constants"] == json.loads(json.dumps(ours))


@pytest.mark.parametrize(
    "extra",
    ["", "TextDecoder, "],
    ids=["inside a Node-RED function", "in a browser"],
)
def test_a_classic_script_makes_a_global(node: Node, poses: list[Any], extra: str) -> None:
    # A new context has the language alone: no module, no require, no Buffer. What is handed in is
    # of another context, so `instanceof` would deny that it is bytes.
    told = said(
        node,
        f"""
        const context = vm.createContext({{ {extra}bytes, json }});
        vm.runInContext(fs.readFileSync(path, "utf8"), context);
        const run = (code) => vm.runInContext(code, context);
        const refused = (code) => caught(() => run(`edgepose.decodeJson(${{code}})`));
        say([
          run("edgepose.decodePacked(bytes)"),
          run("edgepose.decodeJson(json)"),
          Object.keys(context).filter((name) => !["TextDecoder", "bytes", "json"].includes(name)),
          [
            refused("Uint8Array.of(0x7b, 0xff, 0x7d)"),
            refused("Uint8Array.of(0x22, 0xc0, 0x80, 0x22)"),
            refused("Uint8Array.of(0x25, 0x34, 0x31)"),
            refused("Uint8Array.of(0xef, 0xbb, 0xbf, ...json)"),
          ],
          run(`edgepose.decodeJson(Uint8Array.of(0x7b, 0x22, 0xc3, 0xa9, 0x25, 0x22, 0x3a, 0x31,
               0x2c, ...json.slice(1)))`),
        ]);
        """,
    )
    assert told == [*poses, ["edgepose"], ["DecodeError"] * 4, poses[1]]


def test_modules_import_it(node: Node, poses: list[Any], tmp_path: Path) -> None:
    # By name where a .js file is CommonJS; else, as in a browser, it makes the global.
    for folder, code in [
        ("commonjs", 'import { decodePacked } from "./edgepose-messages.js";'),
        ("module", 'import "./edgepose-messages.js"; const { decodePacked } = edgepose;'),
    ]:
        place = tmp_path / folder
        place.mkdir()
        shutil.copy(DECODERS, place)
        (place / "package.json").write_text(json.dumps({"type": folder}))
        (place / "main.mjs").write_text(
            f'import {{ readFileSync }} from "node:fs";\n{code}\n'
            "console.log(JSON.stringify(decodePacked(readFileSync(process.argv[2]))));\n"
        )
        assert json.loads(node.run(place / "main.mjs", PACKED)) == poses[0]


def test_every_kind_of_bytes_is_decoded(node: Node, poses: list[Any]) -> None:
    told = said(
        node,
        """
        const { decodeJson, decodePacked } = require(path);
        const whole = (data) => data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
        const kinds = (data) => {
          const shifted = new Uint8Array(data.length + 7);
          shifted.set(data, 3);
          return [
            data,
            new Uint8Array(data),
            shifted.subarray(3, 3 + data.length),
            new DataView(shifted.buffer, 3, data.length),
            new Int8Array(data),
            whole(data),
            vm.runInNewContext("Uint8Array.from(data).buffer", { data }),
          ];
        };
        const before = bytes.toString("hex");
        const all = [...kinds(bytes).map(decodePacked), ...kinds(json).map(decodeJson)];
        all.push(decodeJson(json.toString()));
        say([all, before === bytes.toString("hex")]);
        """,
    )
    assert told == [[poses[0]] * 7 + [poses[1]] * 8, True]


def test_what_is_neither_bytes_nor_text_is_a_mistake_of_the_caller(node: Node) -> None:
    told = said(
        node,
        """
        const { decodeJson, decodePacked } = require(path);
        const wrong = [undefined, null, 5, {}, [1, 2], JSON.parse(json)];
        say([
          [...wrong, "text"].map((value) => caught(() => decodePacked(value))),
          wrong.map((value) => caught(() => decodeJson(value))),
        ]);
        """,
    )
    assert told == [["TypeError"] * 7, ["TypeError"] * 6]


def test_deep_nesting_is_no_crash(node: Node) -> None:
    told = said(
        node,
        """
        const { decodeJson } = require(path);
        const deep = "[".repeat(1e6) + "]".repeat(1e6);
        const whole = json.toString();
        say([deep, whole.replace("[", deep), whole.replace('"v":1', `"v":${deep}`)]
          .map((each) => caught(() => decodeJson(each))));
        """,
    )
    assert told == ["DecodeError"] * 3


def test_it_is_one_file_without_dependencies() -> None:
    text = DECODERS.read_text()
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    assert not re.search(r"\b(?:require|import|process|window|document|eval)\b", code)
    assert not re.search(r"[^\x00-\x7f]", text)
    assert max(map(len, text.splitlines())) <= 100
