"""The messages about the device itself: `/health` and `/config`. Both are retained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, get_args

from edgepose.messages.doc import Doc
from edgepose.messages.notice import Way
from edgepose.messages.plain import ABSENT, TIME
from edgepose.messages.state import Camera, Clock

VERSION: Final = 1

COUNTED: Final = (
    "captured",
    "paced",
    "busy",
    "refused",
    "engine_lost",
    "link_full",
    "crashed",
    "observed",
    "in_flight",
    "published",
    "offline",
    "backpressure",
    "unchanged",
    "stale",
    "missed",
)
"""The names of the books' counters."""

Status = Literal["starting", "ok", "degraded", "paused"]
V = Annotated[Literal[1], Doc("Version of this message.")]


@dataclass(frozen=True, slots=True)
class Rate:
    """Frames a second since the message before; null where they are not known yet."""

    camera: Annotated[float | None, Doc("Frames that the camera gave.", unit="frames/s")] = None
    pose: Annotated[float | None, Doc("Frames that were looked at.", unit="frames/s")] = None
    wanted: Annotated[
        float | None,
        Doc(
            "What is aimed at now: less in an empty room, and where the machine is held back.",
            unit="frames/s",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Latency:
    """Capture to message, since the message before."""

    p50: Annotated[float, Doc("The median.", unit="ms")]
    p99: Annotated[float, Doc("The 99th percentile.", unit="ms")]


Cause = Literal[
    "signal",
    "exit",
    "capture_stalled",
    "picture_frozen",
    "engine_stalled",
    "memory",
    "camera_refused",
    "engine_refused",
    "start_refused",
    "start_too_long",
    "in_the_way",
    "link",
]
"""Why the vision process was started again, for programs."""


@dataclass(frozen=True, slots=True)
class Restarts:
    """Restarts that nobody asked for."""

    vision: Annotated[int, Doc("Of the vision process, since the daemon started.", minimum=0)]
    last: Annotated[str | None, Doc("Why it was restarted the last time.")]
    causes: Annotated[
        Mapping[str, int],
        Doc("How often for each cause.", propertyNames={"enum": list(get_args(Cause))}),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory; null where it is not known."""

    daemon: Annotated[int | None, Doc("Of the daemon.", unit="MB")]
    vision: Annotated[int | None, Doc("Of the vision process, and of ffmpeg with it.", unit="MB")]
    limit: Annotated[
        int | None, Doc("What these may take before they are started anew.", unit="MB")
    ] = None


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """Open file descriptors; null where they are not known."""

    daemon: Annotated[int | None, Doc("Of the daemon.", minimum=0)] = None
    vision: Annotated[int | None, Doc("Of the vision process.", minimum=0)] = None


@dataclass(frozen=True, slots=True)
class Events:
    """Messages of /event that are not with the broker."""

    waiting: Annotated[int, Doc("Kept until the broker has them.", minimum=0)]
    dropped: Annotated[int, Doc("Lost, because too many were waiting.", minimum=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the device is. What is not known is null."""

    v: V = VERSION
    time: Annotated[str, Doc("When this was said.", **TIME)]
    status: Annotated[Status, Doc("How it is in one word.")]
    why: Annotated[tuple[str, ...], Doc("Why it is not ok, for a person.")]
    camera: Annotated[Camera | None, Doc("How the camera is; null before its first frame.")]
    sensor: Annotated[str | None, Doc("What the camera calls itself.")]
    mode: Annotated[Any, Doc("The sensor's mode, where the camera tells it.")]
    engine: Annotated[str | None, Doc("What runs the model.")]
    engine_why: Annotated[str | None, Doc("Why it is this one, where it was not named.")]
    model: Annotated[str | None, Doc("Name or path of the model bundle.")]
    model_why: Annotated[str | None, Doc("Why it is another one than was asked for.")]
    rate: Annotated[Rate, Doc("How fast it goes.")]
    latency_ms: Annotated[Latency | None, Doc("The delay of poses; null where none were sent.")]
    counters: Annotated[
        Mapping[str, int],
        Doc(
            "Where every frame went since the daemon started: captured = paced + busy + refused +"
            " engine_lost + link_full + crashed + observed + in_flight; observed = published +"
            " offline + backpressure + unchanged + stale. Beside them missed, where it is known:"
            " frames that the camera made and nobody saw.",
            propertyNames={"enum": list(COUNTED)},
        ),
    ]
    events: Annotated[Events, Doc("Events that could not be sent.")]
    restarts: Annotated[Restarts, Doc("What was started again.")]
    last_frame_s: Annotated[float | None, Doc("Age of the newest frame.", unit="s")]
    temperature_c: Annotated[float | None, Doc("Of the processor.", unit="°C")]
    throttled: Annotated[
        tuple[str, ...] | None, Doc("What holds the machine back now; null where nobody tells.")
    ]
    memory_mb: Annotated[Memory, Doc("What the two processes take.")]
    open_files: Annotated[OpenFiles, Doc("What the two processes have open.")] = OpenFiles()
    camera_picture: Annotated[
        tuple[Way, ...],
        Doc("By what the camera's pictures can be had, as on /notice; mostly by nothing."),
    ] = ()
    clock: Annotated[Literal["ok", "unset"], Doc("Whether the device's clock is set.")]
    run: Annotated[str, Doc("Tells one start of the daemon from another.")]
    installation: Annotated[str, Doc("Tells one machine from another.")]
    versions: Annotated[Mapping[str, str], Doc("Of edgepose.")]


@dataclass(frozen=True, slots=True)
class Change:
    """A key that has another value than before."""

    key: Annotated[str, Doc("Its name, with its section.", examples=["camera.rate"])]
    old: Annotated[Any, Doc("What it was; *** stands for a secret.")]
    new: Annotated[Any, Doc("What it is in the new file.")]
    cost: Annotated[
        Literal["live", "rebuild-vision", "reconnect"], Doc("What a change of it touches.")
    ]


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that is wrong with the file."""

    line: Annotated[int | None, Doc("Where, from 1; null for the file as a whole.", minimum=1)]
    column: Annotated[int | None, Doc("Where in the line, from 1.", minimum=1)]
    key: Annotated[str | None, Doc("The key that it is about.")]
    message: Annotated[str, Doc("What is wrong, and what is allowed.")]
    nearest: Annotated[str | None, Doc("The known key that looks most like an unknown one.")]


@dataclass(frozen=True, slots=True)
class Reload:
    """How the last change of the config went."""

    time: Annotated[str, Doc("When.", **TIME)]
    from_: Annotated[Literal["start", "file", "signal", "command"], Doc("Who asked for it.")]
    result: Annotated[Literal["accepted", "refused", "rolled_back"], Doc("What became of it.")]
    changes: Annotated[tuple[Change, ...], Doc("Each key that differs.")]
    errors: Annotated[tuple[Mistake, ...], Doc("Why it is not in force.")]
    more_errors: Annotated[int, Doc("How many errors are not told here.", minimum=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What config runs, what is on disk, and how the last change of it went."""

    v: V = VERSION
    time: Annotated[str, Doc("When this was said.", **TIME)]
    running: Annotated[str, Doc("The first digits of the SHA-256 of the file that runs.")]
    on_disk: Annotated[str | None, Doc("The same of the file as it is now; null if unreadable.")]
    last: Annotated[Reload, Doc("The last change.")]
    config: Annotated[
        Mapping[str, Any], Doc("Every key as the file that runs has it; *** stands for a secret.")
    ]
    set: Annotated[
        Mapping[str, Any], Doc("Keys that a command has set for this run, over the file.")
    ] = field(default_factory=dict)
    clock: Clock = ABSENT
