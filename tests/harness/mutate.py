"""Config files as accidents leave them, by number: the same number makes the same file anywhere.

Owns the kinds of accident. Pure.
"""

import random
from collections.abc import Callable
from typing import Final

_WRONG: Final = (
    "null", "true", "off", "-1", "0", "1e999", ".nan", "12:30", "010", "0x7f", "2026-11-22", "=",
    "''", "'30'", "a word", "[", "]", "{", "}", "[[]]", "{a: {b: c}}", "[1, 2, 3, 4]", "*a", "&a",
    "!a", "!!python/object/apply:os.getpid []", "!!binary aGk=", "|", ">-", "%", "@", "`", '"', "'",
    "#", "# gone", "a: b", "- a", "?", "9" * 400, "x" * 5000, "\\", "\u2028", "\U0001f9cd", "~",
)  # fmt: skip
_SIGNS: Final = "\t :-#[]{}&*!|>'\"%@`?\n\r,\0\x1b\ufeff\xa0\u2028"


def mutated(seed: int, text: str) -> bytes:
    """Do to the config `text` what `seed` says; the kinds take turns, so that none is rare."""
    chance = random.Random(seed)
    lines = text.splitlines(keepends=True)
    return KINDS[list(KINDS)[seed % len(KINDS)]](chance, lines)


def kind(seed: int) -> str:
    """The name of what `mutated` does with this seed."""
    return list(KINDS)[seed % len(KINDS)]


def _some(chance: random.Random, lines: list[str]) -> int:
    """Where to strike: among the lines that hold a key, for the others are comments."""
    held = [n for n, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#"]
    return chance.choice(held or [0])


def _deleted(chance: random.Random, lines: list[str]) -> bytes:
    for _ in range(chance.randint(1, 3)):
        del lines[_some(chance, lines)]
    return _joined(lines)


def _doubled(chance: random.Random, lines: list[str]) -> bytes:
    at = _some(chance, lines)
    length = chance.choice([1, 1, 2, 10])
    to = chance.choice([at, _some(chance, lines)])
    lines[to:to] = lines[at : at + length]
    return _joined(lines)


def _swapped(chance: random.Random, lines: list[str]) -> bytes:
    one, other = _some(chance, lines), _some(chance, lines)
    lines[one], lines[other] = lines[other], lines[one]
    return _joined(lines)


def _truncated(chance: random.Random, lines: list[str]) -> bytes:
    whole = _joined(lines)
    return whole[: chance.randrange(len(whole))]


def _wrong_typed(chance: random.Random, lines: list[str]) -> bytes:
    for _ in range(chance.randint(1, 3)):
        at = _some(chance, lines)
        lines[at] = f"{lines[at].partition(':')[0]}: {chance.choice(_WRONG)}\n"
    return _joined(lines)


def _renamed(chance: random.Random, lines: list[str]) -> bytes:
    at = _some(chance, lines)
    name, colon, rest = lines[at].partition(":")
    spot = chance.randrange(len(name))
    lines[at] = name[:spot] + chance.choice(["", name[spot] * 2, "_"]) + name[spot + 1 :]
    lines[at] += chance.choice([colon, colon, "", " ="]) + rest
    return _joined(lines)


def _indented(chance: random.Random, lines: list[str]) -> bytes:
    at = _some(chance, lines)
    lines[at] = chance.choice(["", " ", "   ", "\t", "\xa0\xa0", "- "]) + lines[at].lstrip()
    return _joined(lines)


def _scribbled(chance: random.Random, lines: list[str]) -> bytes:
    text = "".join(lines)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(_SIGNS) + text[at + chance.randint(0, 3) :]
    return text.encode()


def _binary(chance: random.Random, lines: list[str]) -> bytes:
    whole = _joined(lines)
    at = chance.randrange(len(whole))
    noise = chance.choice([chance.randbytes(40), bytes(512), b"\xff\xfe", b"\x1f\x8b\x08\0"])
    return chance.choice([noise, whole[:at] + noise + whole[at:], whole[:at] + noise])


def _recoded(chance: random.Random, lines: list[str]) -> bytes:
    text = "".join(lines).replace("edgepose", "Küche")
    encoding = chance.choice(["utf-16", "utf-16-le", "latin-1", "utf-8-sig", "cp037"])
    end = chance.choice(["\n", "\r\n", "\r"])
    return text.replace("\n", end).encode(encoding, "replace")


def _huge(chance: random.Random, lines: list[str]) -> bytes:
    added = chance.choice(
        [
            "#" * 70_000 + "\n",
            "# a line\n" * 10_000,
            "# a line\n" * 3_000,
            "\n" * 40_000,
            f"device: {{name: '{'x' * 70_000}'}}\n",
            "a: 1\n" * 300,
            f"camera: {{controls: [{'1, ' * 5_100}1]}}\n",
            f"device: {{name: '{'x' * 60_000}'}}\n",
        ]
    )
    return _joined([*lines, added])


def _nested(chance: random.Random, lines: list[str]) -> bytes:
    depth = chance.choice([9, 11, 50, 2_000])
    deep = chance.choice(
        [
            "[" * depth + "]" * depth,
            "{a: " * depth + "1" + "}" * depth,
            "[" * depth,
            "\n" + "".join(f"{' ' * n}a:\n" for n in range(2, min(depth, 250))),
            "- " * depth + "a",
        ]
    )
    at = _some(chance, lines)
    lines[at] = f"{lines[at].partition(':')[0]}: {deep}\n"
    return _joined(lines)


def _exploding(chance: random.Random, lines: list[str]) -> bytes:
    """Aliases of aliases: some lines that hold billions of values, or one that holds itself."""
    wide, deep = chance.randint(2, 9), chance.randint(2, 30)
    bomb = ["a0: &a0 [x]\n"]
    bomb += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * wide)}]\n" for n in range(1, deep)]
    itself = ["camera: &a\n", "  controls: {A: *a}\n"]
    merged = ["x: &x {rate: 5}\n", "camera:\n", "  <<: *x\n"]
    return _joined(chance.choice([bomb, bomb + lines, lines + bomb, itself, merged]))


def _joined(lines: list[str]) -> bytes:
    return "".join(lines).encode()


KINDS: Final[dict[str, Callable[[random.Random, list[str]], bytes]]] = {
    "deleted": _deleted,
    "doubled": _doubled,
    "swapped": _swapped,
    "truncated": _truncated,
    "wrong-typed": _wrong_typed,
    "renamed": _renamed,
    "indented": _indented,
    "scribbled": _scribbled,
    "binary": _binary,
    "recoded": _recoded,
    "huge": _huge,
    "nested": _nested,
    "exploding": _exploding,
}
"""Each kind of accident by its name; gets lines with their ends, and may change the list."""
