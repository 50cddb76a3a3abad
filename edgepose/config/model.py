"""Every key of the configuration, declared once. Adding a key means: declare it here, read it.

Owns names, types, defaults, bounds, sentences, costs and the rules across keys. What is null by
default because it depends on the machine is worked out elsewhere (`device.py`).
Pure and frozen; safe to share between threads. Building a `Config` by hand raises pydantic's
`ValidationError`; a file goes through `load.py`, which says the same in plain words.
"""

from collections.abc import Iterator
from typing import Final, Literal

from edgepose.address import shown
from edgepose.config.declare import Broken, Cost, Section, key
from edgepose.config.polygons import cover_all
from edgepose.config.values import (
    BaseTopic,
    Controls,
    Formats,
    Host,
    Level,
    Listen,
    Megabytes,
    Model,
    Name,
    Names,
    Pixels,
    Place,
    Polygons,
    Protocol,
    Rotation,
    Share,
    Uri,
    User,
)

_LIVE, _VISION, _RECONNECT = Cost.LIVE, Cost.REBUILD_VISION, Cost.RECONNECT


class Device(Section, frozen=True):
    """Who this device is."""

    id: Level | None = key(
        None,
        cost=_RECONNECT,
        text="The device's own level in every MQTT topic; null takes the host name.",
        example="hallway",
    )
    name: Name | None = key(
        None,
        cost=_LIVE,
        text="What people call the device; null takes the id.",
        example="Hallway",
    )


class Camera(Section, frozen=True):
    """Where the pictures come from."""

    source: Literal["picamera2", "actor", "uri"] = key(
        "picamera2",
        cost=_VISION,
        text="A camera on the Pi's connector or on USB (picamera2), a drawn person (actor), or a"
        " network camera, a film or pictures (uri).",
    )
    camera: int = key(
        0,
        cost=_VISION,
        ge=0,
        le=15,
        text="Which camera, as `rpicam-hello --list-cameras` counts them; for picamera2 only.",
    )
    scene: Literal["standing", "waving", "walking", "two_people", "empty"] = key(
        "waving", cost=_VISION, text="What the drawn person does; for the source actor only."
    )
    uri: Uri | None = key(
        None,
        cost=_VISION,
        text="A network camera's address, /dev/videoN, a film or a folder of pictures; of an"
        " address only scheme, host and port are ever shown.",
        example="rtsp://NAME:PASSWORD@192.168.1.20/stream2",
        secret=True,
        open_part=shown,
    )
    loop: bool = key(
        True,
        cost=_VISION,
        text="Start again when the film or the folder ends; with false edgepose itself ends then,"
        " with exit status 0. A camera has no end.",
    )
    size: tuple[Pixels, Pixels] = key(
        (640, 480),
        cost=_VISION,
        unit="pixels",
        text="Width and height of the picture; a larger stream, film or picture is scaled down to"
        " fit within it and keeps its shape.",
    )
    rate: float = key(
        30.0,
        cost=_VISION,
        ge=0,
        le=120,
        unit="frames/s",
        text="How many frames to take; 0 takes them as fast as they are used, for measuring.",
    )
    idle_rate: float = key(
        2.0,
        cost=_LIVE,
        ge=1,
        le=120,
        unit="frames/s",
        text="How many frames to look at while nobody is there and nothing moves; at camera.rate or"
        " above it never idles.",
    )
    field_of_view: Literal["full", "fastest"] = key(
        "full",
        cost=_VISION,
        text="The sensor mode of a camera: as much of its view as the rate allows, or the fastest"
        " mode, which often sees only the middle.",
    )
    rotation: Rotation = key(
        0, cost=_VISION, unit="degrees", text="How far to turn the picture clockwise."
    )
    controls: Controls = key(
        {},
        cost=_VISION,
        text="The camera's own controls by libcamera's names; an unknown one is refused with the"
        " list of those that the camera has.",
        example={"Brightness": 0.1, "AwbMode": "Indoor"},
    )
    mask: Polygons = key(
        (),
        cost=_VISION,
        text="Areas to black before anything looks at the picture, in parts of its width and height"
        " as it is after the rotation and before the mirror.",
        example=(((0.0, 0.0), (0.3, 0.0), (0.25, 1.0), (0.0, 1.0)),),
    )
    mirror: bool = key(
        False,
        cost=_LIVE,
        text="Swap left and right in the landmarks' coordinates; their names stay the person's.",
    )

    def rules(self) -> Iterator[Broken]:
        """A source that plays something needs to know what, and a mask leaves something to see."""
        if self.source == "uri" and self.uri is None:
            yield Broken(
                ("source", "uri"),
                "is uri, but camera.uri is not set: give it the address of a network camera, or the"
                " path of a film or of a folder of pictures",
            )
        if cover_all(self.mask):
            yield Broken(
                ("mask",),
                "leaves nothing of the picture: nobody would ever be there; leave a part of it"
                " open, or pause the detection instead",
            )


class Detection(Section, frozen=True):
    """How people are found. The names are those of MediaPipe's Pose Landmarker."""

    engine: Literal["auto", "mediapipe", "litert"] = key(
        "auto",
        cost=_VISION,
        text="What runs the model: MediaPipe's own library or LiteRT; auto takes MediaPipe where"
        " it works.",
    )
    model: Model = key(
        "auto",
        cost=_VISION,
        text="The model bundle; auto takes lite below 1 GB of memory, else full.",
        example="/srv/models/pose_landmarker_full.task",
    )
    num_poses: int = key(1, cost=_VISION, ge=1, le=10, text="How many people to find at most.")
    min_pose_detection_confidence: float = key(
        0.5, cost=_VISION, ge=0, le=1, text="How sure the detector must be of a person."
    )
    min_pose_presence_confidence: float = key(
        0.5, cost=_VISION, ge=0, le=1, text="How sure the landmarks must be of a person."
    )
    min_tracking_confidence: float = key(
        0.5,
        cost=_VISION,
        ge=0,
        le=1,
        text="How sure the tracking from frame to frame must be before the detector runs again.",
    )
    output_segmentation_masks: bool = key(
        False,
        cost=_VISION,
        text="Also work out which pixels are a person; this costs time, and nothing is sent of it.",
    )
    workers: Share = key(
        "auto",
        cost=_VISION,
        text="How many frames are in work at once, for more frames a second; auto takes one, for"
        " several may each follow another person.",
        example=2,
    )
    threads: Share = key(
        "auto",
        cost=_VISION,
        text="How many cores share the work on one frame, for less delay; for litert only; auto"
        " leaves one core to others.",
        example=3,
    )


class Messages(Section, frozen=True):
    """What the landmark stream holds."""

    formats: Formats = key(
        ("json", "packed"),
        cost=_LIVE,
        text="The formats to publish, each on a topic of its own; take out what nobody reads.",
        example=("packed",),
    )
    landmarks: Literal["blazepose33", "coco17"] = key(
        "blazepose33", cost=_LIVE, text="The set of landmarks: all 33, or the 17 of COCO."
    )
    world: bool = key(False, cost=_VISION, text="Add the landmarks in metres, from mid-hip.")


class Mqtt(Section, frozen=True):
    """The broker."""

    host: Host = key(
        "localhost", cost=_RECONNECT, text="Where the broker runs.", example="broker.lan"
    )
    port: int = key(1883, cost=_RECONNECT, ge=1, le=65535, text="The broker's TCP port.")
    base: BaseTopic = key(
        "edgepose",
        cost=_RECONNECT,
        text="What every topic begins with; the device's id follows it.",
        example="home/edgepose",
    )
    version: Protocol = key(
        "auto",
        cost=_RECONNECT,
        text="The version of MQTT; auto speaks 5, and 3.1.1 when the broker asks for it.",
    )
    username: User | None = key(
        None,
        cost=_RECONNECT,
        text="The name to log in with; null logs in without one.",
        example="hallway",
    )
    password_file: Place | None = key(
        None,
        cost=_RECONNECT,
        text="A file whose first line is the password; needs a username.",
        example="/etc/edgepose/password",
        secret=True,
    )
    tls: bool = key(
        False,
        cost=_RECONNECT,
        text="Encrypt the connection and check the broker's name; brokers mostly do this on port"
        " 8883.",
    )
    cafile: Place | None = key(
        None,
        cost=_RECONNECT,
        text="A file with the certificates of those who may vouch for the broker; null takes the"
        " system's.",
        example="/etc/edgepose/ca.crt",
    )
    certfile: Place | None = key(
        None,
        cost=_RECONNECT,
        text="A file with this device's own certificate, for a broker that asks for one.",
        example="/etc/edgepose/device.crt",
    )
    keyfile: Place | None = key(
        None,
        cost=_RECONNECT,
        text="A file with the private key of that certificate, not encrypted; null where the"
        " certificate's file holds it.",
        example="/etc/edgepose/device.key",
    )

    def rules(self) -> Iterator[Broken]:
        """A password belongs to somebody, and a certificate to TLS and to its key."""
        if self.password_file is not None and self.username is None:
            yield Broken(
                ("password_file", "username"),
                "is set, but mqtt.username is not: a broker takes a password only with a name",
            )
        for name in ("cafile", "certfile", "keyfile"):
            if getattr(self, name) is not None and not self.tls:
                yield Broken((name, "tls"), "is set, but mqtt.tls is false, so nothing is checked")
        if self.keyfile is not None and self.certfile is None:
            yield Broken(
                ("keyfile", "certfile"), "is set, but mqtt.certfile is not: whose key is it"
            )


class Presence(Section, frozen=True):
    """When somebody counts as there, and no more."""

    on_after: float = key(
        0.5,
        cost=_LIVE,
        ge=0,
        le=60,
        unit="s",
        text="How long somebody must have been seen to count as there.",
    )
    off_after: float = key(
        30.0,
        cost=_LIVE,
        ge=1,
        le=3600,
        unit="s",
        text="How long somebody still counts as there after the last pose.",
    )
    min_confidence: float = key(
        0.5, cost=_LIVE, ge=0, le=1, text="How sure the landmarks must be for somebody to count."
    )


class HomeAssistant(Section, frozen=True):
    """Home Assistant."""

    discovery: bool = key(
        True,
        cost=_LIVE,
        text="Announce the device to Home Assistant; false takes it away there.",
    )
    prefix: BaseTopic = key(
        "homeassistant",
        cost=_RECONNECT,
        text="What Home Assistant's discovery topics begin with.",
    )


class Health(Section, frozen=True):
    """The device's report about itself."""

    interval: float = key(
        30.0, cost=_LIVE, ge=1, le=3600, unit="s", text="The time from one report to the next."
    )
    memory_limit: Megabytes = key(
        "auto",
        cost=_LIVE,
        unit="MB",
        text="Above it the vision process, with ffmpeg, is started anew, when nobody is there"
        " if that can wait; auto takes half of the machine's memory.",
        example=800,
    )


_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class Live(Section, frozen=True):
    """The live page: what edgepose sees, in a browser."""

    enabled: bool = key(
        False,
        cost=_LIVE,
        text="Serve the page; `edgepose live` prints its address and the token to open it with.",
    )
    host: Listen = key(
        "127.0.0.1",
        cost=_LIVE,
        text="The address to listen on: 127.0.0.1 for this machine alone, 0.0.0.0 for every"
        " network that it is in.",
        example="0.0.0.0",
    )
    port: int = key(8474, cost=_LIVE, ge=1, le=65535, text="The TCP port of the page.")
    hosts: Names = key(
        (),
        cost=_LIVE,
        text="Other names by which browsers reach the page; the machine's own name and addresses"
        " need none.",
        example=("hallway.example.org",),
    )
    require_token: bool = key(
        True, cost=_LIVE, text="Show the page to nobody who does not know its token."
    )
    token_file: Place | None = key(
        None,
        cost=_LIVE,
        text="A file whose first line is the token, of 16 to 256 characters; null takes one that"
        " edgepose makes and keeps in its state directory.",
        example="/etc/edgepose/live-token",
        secret=True,
    )
    camera_picture: bool = key(
        False,
        cost=_LIVE,
        text="Also show the camera's picture there; a retained notice on MQTT says so while it is"
        " on.",
    )

    def rules(self) -> Iterator[Broken]:
        """A picture is for nobody who is not known."""
        if self.camera_picture and not self.require_token and self.host not in _LOOPBACK:
            yield Broken(
                ("camera_picture", "require_token"),
                "is true, and live.require_token is false: the picture would be anybody's who"
                " reaches this machine; set live.require_token to true, or live.host to 127.0.0.1",
            )


class Snapshot(Section, frozen=True):
    """What `edgepose snapshot` may take from the running daemon."""

    camera_picture: bool = key(
        False,
        cost=_LIVE,
        text="Take the camera's picture, too, not only the skeleton; a retained notice on MQTT says"
        " so while it is on.",
    )


class Commands(Section, frozen=True):
    """Commands over MQTT."""

    enabled: bool = key(
        True,
        cost=_LIVE,
        text="Do what the device's command topics ask for; whoever may publish there may do it.",
    )


class Reload(Section, frozen=True):
    """How a changed file takes effect while edgepose runs."""

    confirm_within: float = key(
        20.0,
        cost=_LIVE,
        ge=1,
        le=600,
        unit="s",
        text="A change of camera or detection is taken back when no frame has come for so long.",
    )


class Config(Section, frozen=True):
    """The whole configuration."""

    device: Device = Device()
    camera: Camera = Camera()
    detection: Detection = Detection()
    messages: Messages = Messages()
    mqtt: Mqtt = Mqtt()
    presence: Presence = Presence()
    home_assistant: HomeAssistant = HomeAssistant()
    commands: Commands = Commands()
    live: Live = Live()
    snapshot: Snapshot = Snapshot()
    health: Health = Health()
    reload: Reload = Reload()
