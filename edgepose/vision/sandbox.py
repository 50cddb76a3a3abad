"""What a process, or one thread, that sees pictures may not do, by seccomp: reach a network.

MediaPipe sends usage metrics to its maker by default, and no documented switch turns that off.
This guards against accidents and vendor code, not against an attacker inside the process.

`socket()` answers EACCES except for AF_UNIX and for AF_NETLINK with protocol
NETLINK_KOBJECT_UEVENT, without which libcamera's udev finds no camera. `connect()` and
`io_uring_setup()` (whose rings open sockets of their own) answer EACCES always, and so does
every system call of a foreign ABI. The filter cannot be taken off again, and passes to children and
to the threads that are started behind it.
"""

import errno
import socket
import threading
from typing import Final

import pyseccomp

from edgepose.errors import UserError

NETLINK_KOBJECT_UEVENT: Final = 15
"""linux/netlink.h"""


_whole_process: Final = threading.Event()
"""Set once the filter is on the whole process."""


def enter() -> None:
    """Load the filter for the whole process. Call it before any other thread runs and any engine is
    imported.

    Raises UserError where the kernel has no seccomp: edgepose then does not look at pictures.
    """
    _load(threads=True)
    _whole_process.set()


def enter_thread() -> None:
    """Load the filter for the calling thread alone, unless the whole process is behind it already.

    For a library in somebody else's program, whose other threads keep their network. Raises what
    `enter` raises.
    """
    if not _whole_process.is_set():
        _load(threads=False)


def _load(*, threads: bool) -> None:
    deny = pyseccomp.ERRNO(errno.EACCES)
    try:
        filter_ = pyseccomp.SyscallFilter(defaction=pyseccomp.ALLOW)
        filter_.set_attr(pyseccomp.Attr.ACT_BADARCH, deny)
        # With threads: those that a library has begun, too.
        filter_.set_attr(pyseccomp.Attr.CTL_TSYNC, int(threads))
        # libseccomp compares one argument once in a rule, hence a rule for each family. The last
        # also catches what has garbage above the 32 bits that the kernel looks at.
        for family in range(socket.AF_NETLINK):
            if family != socket.AF_UNIX:
                filter_.add_rule(deny, "socket", pyseccomp.Arg(0, pyseccomp.EQ, family))
        filter_.add_rule(deny, "socket", pyseccomp.Arg(0, pyseccomp.GT, socket.AF_NETLINK))
        filter_.add_rule(
            deny,
            "socket",
            pyseccomp.Arg(0, pyseccomp.EQ, socket.AF_NETLINK),
            pyseccomp.Arg(2, pyseccomp.NE, NETLINK_KOBJECT_UEVENT),
        )
        filter_.add_rule(deny, "connect")
        filter_.add_rule(deny, "io_uring_setup")
        filter_.load()
    except OSError as error:
        raise UserError(
            f"the sandbox for what sees pictures cannot be loaded: {error}; "
            "a kernel with seccomp is needed (CONFIG_SECCOMP_FILTER)"
        ) from error
