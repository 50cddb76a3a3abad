"""What YAML takes a bare word for that a person may have meant otherwise.

Owns the phrases. Pure.
"""

import yaml

_BASES = (("0x", 16, "hexadecimal"), ("0b", 2, "binary"), ("0", 8, "octal"))


def misread(node: yaml.Node) -> str | None:
    """Say what YAML reads in a word, going on from it: "is a date in YAML"; None for text.

    YAML 1.1, "language-independent types": a leading 0 is octal, and a colon counts by sixties,
    as in hours and minutes.
    """
    tag = node.tag.rpartition(":")[2]
    if tag == "timestamp":
        return "is a date in YAML"
    if tag not in ("int", "float"):
        return None
    digits = node.value.replace("_", "").lstrip("+-").lower()
    if digits in (".inf", ".nan"):
        return "is no finite number"
    return f"is {_number(digits, tag)} in YAML{', counted by sixties' if ':' in digits else ''}"


def _number(digits: str, tag: str) -> str:
    if len(digits) > 20:
        return "a number"
    if ":" in digits:
        total = 0.0
        for part in digits.split(":"):
            total = total * 60 + float(part)
        return f"the number {int(total) if total.is_integer() else total}"
    for prefix, base, word in _BASES:
        if tag == "int" and digits.startswith(prefix) and digits != "0":
            return f"the {word} number {int(digits, base)}"
    return "a number"
