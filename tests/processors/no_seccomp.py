"""Stands in for the module `pyseccomp` where the emulator has no seccomp.

qemu-user refuses the system call, as a kernel without it would, and the vision process then looks
at nothing. Inside the emulated root, and nowhere else, this module is called pyseccomp: it takes
the filter and loads none. What the filter does is tested where there is one.
"""

from typing import Any, Final

ALLOW: Final = 0
EQ: Final = 0
GT: Final = 0
NE: Final = 0


class Attr:
    """Attributes that a filter has."""

    ACT_BADARCH: Final = 0
    CTL_TSYNC: Final = 0


def ERRNO(number: int) -> int:  # noqa: N802 - pyseccomp's own name
    return number


def Arg(*comparison: int) -> tuple[int, ...]:  # noqa: N802 - pyseccomp's own name
    return comparison


class SyscallFilter:
    """A filter that is never loaded."""

    def __init__(self, defaction: int) -> None:
        self.default = defaction

    def set_attr(self, *_: Any) -> None:
        pass

    def add_rule(self, *_: Any) -> None:
        pass

    def load(self) -> None:
        pass
