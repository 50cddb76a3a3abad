"""From the config to what each part needs to know; no part reads the config itself.

Paths in the config are relative to the folder of the config file.
"""

import hashlib
import os
import re
import uuid
from collections.abc import Hashable
from pathlib import Path
from typing import Final

from edgepose import address
from edgepose.config.model import Config
from edgepose.errors import EX_CONFIG, UserError
from edgepose.live.settings import Settings as LiveSettings
from edgepose.live.settings import Subject
from edgepose.live.token import read as read_token
from edgepose.messages.control import Configure
from edgepose.messages.notice import Way
from edgepose.models.resolve import Resolved, resolve
from edgepose.mqtt.settings import Settings, Tls, read_password
from edgepose.scene.presence import Rules
from edgepose.scene.scene import View
from edgepose.service.address_filter import OwnFilter
from edgepose.service.cores import share
from edgepose.service.stream import Stream

CREDENTIAL: Final = "mqtt-password"
"""What the unit calls the password among systemd's credentials."""
TLS_FILES: Final = ("cafile", "certfile", "keyfile")
"""The keys of `mqtt` that name one."""
_OWN_FILTER: Final = OwnFilter()
"""Of this process, whatever the config."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def bundle(config: Config, relative_to: Path, directory: Path | None = None) -> Resolved:
    """The model bundle to run. `directory` holds the bundles, those of this installation unless
    given. Raises UserError where there is none."""
    model = config.detection.model
    if not model.endswith(".task"):
        return resolve(model, directory)
    path = _path("detection.model", model, relative_to)
    try:
        return resolve(str(path), directory)
    except UserError as error:
        if not os.path.isfile(path):  # noqa: PTH113 - which raises nothing
            # Its disk may be there later, and one of the list comes with the installation.
            raise
        raise UserError(str(error), EX_CONFIG) from error


def vision(
    config: Config, engine: str, model: Path, relative_to: Path, first_frame: int
) -> Configure:
    """What the vision process is to do, with the engine that was chosen."""
    camera, detection = config.camera, config.detection
    workers, threads = share(engine, detection.workers, detection.threads)
    # Of what is on a network the vision process is told nothing: it reads a pipe.
    streams = camera.uri is None or is_stream(camera.uri, relative_to)
    return Configure(
        source=camera.source,
        scene=camera.scene,
        camera=camera.camera,
        uri=None if streams else place(camera.uri or "", relative_to),
        loop=camera.loop,
        size=camera.size,
        rate=camera.rate,
        field_of_view=camera.field_of_view,
        controls=camera.controls,
        rotation=camera.rotation,
        engine=engine,
        workers=workers,
        threads=threads,
        model=str(model.resolve()),
        num_poses=detection.num_poses,
        min_pose_detection_confidence=detection.min_pose_detection_confidence,
        min_pose_presence_confidence=detection.min_pose_presence_confidence,
        min_tracking_confidence=detection.min_tracking_confidence,
        output_segmentation_masks=detection.output_segmentation_masks,
        world=config.messages.world,
        mask=camera.mask,
        first_frame=first_frame,
    )


def stream(config: Config, relative_to: Path) -> Stream | None:
    """What ffmpeg is to read; None where the vision process has a source of its own."""
    camera = config.camera
    if camera.source != "uri" or camera.uri is None or not is_stream(camera.uri, relative_to):
        return None
    return Stream(camera.uri, camera.size, camera.rate, _OWN_FILTER.why_silent)


def is_stream(uri: str, relative_to: Path) -> bool:
    """Whether `camera.uri` means a camera on the network or in /dev."""
    return address.is_device(uri) or (
        address.is_network(uri) and not os.path.lexists(relative_to / uri)
    )


def place(uri: str, relative_to: Path) -> str:
    """The path that `camera.uri` means, or the address. Raises UserError."""
    # A file may have a colon in its name; what is no file is an address.
    if _SCHEME.match(uri) and not os.path.lexists(relative_to / uri):
        return uri
    return str(_path("camera.uri", uri, relative_to))


def _path(key: str, text: str, relative_to: Path) -> Path:
    try:
        return relative_to / Path(text).expanduser()
    except RuntimeError:
        raise UserError(f"{key}: {text}: there is no such user", EX_CONFIG) from None


def broker(config: Config, device: str, relative_to: Path) -> Settings:
    """Where the broker is and who we are to it. Raises UserError for a bad password file."""
    mqtt = config.mqtt
    file = None
    if mqtt.password_file is not None:
        file = _path("mqtt.password_file", mqtt.password_file, relative_to)
    elif mqtt.username is not None:
        # systemd's LoadCredential= puts it where nobody else can read it.
        given = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nowhere")) / CREDENTIAL
        file = given if given.is_file() else None
    return Settings(
        host=mqtt.host,
        port=mqtt.port,
        client_id=f"edgepose-{device}-{installation()}",
        version=mqtt.version,
        username=mqtt.username,
        password=None if file is None else read_password(file),
        tls=tls(config, relative_to),
        installation=installation(),
        why_silent=_OWN_FILTER.why_silent,
    )


def tls(config: Config, relative_to: Path) -> Tls | None:
    """What the connection is encrypted with; None where it is not. Raises UserError for the first
    file that is no good."""
    if not config.mqtt.tls:
        return None
    # Only who wants it waits for it.
    from edgepose.mqtt.tls import read_tls

    return read_tls(*(_tls_file(config, name, relative_to) for name in TLS_FILES))


def tls_file(config: Config, name: str, relative_to: Path) -> None:
    """Raises UserError where this one of TLS_FILES cannot be read."""
    if (path := _tls_file(config, name, relative_to)) is not None:
        from edgepose.mqtt.tls import read_pem

        read_pem(name, path)


def _tls_file(config: Config, name: str, relative_to: Path) -> Path | None:
    text: str | None = getattr(config.mqtt, name)
    return None if text is None else _path(f"mqtt.{name}", text, relative_to)


def live(config: Config, relative_to: Path) -> LiveSettings | None:
    """How the live page is served; None where it is off. Raises UserError for a bad token file."""
    page = config.live
    if not page.enabled:
        return None
    file = None
    if page.require_token and page.token_file is not None:
        file = _path("live.token_file", page.token_file, relative_to)
        read_token(file)
    return LiveSettings(
        host=page.host,
        port=page.port,
        hosts=page.hosts,
        require_token=page.require_token,
        token_file=file,
        camera_picture=page.camera_picture,
    )


def subject(config: Config, device: str) -> Subject:
    """What viewers of the live page look at."""
    camera = config.camera
    return Subject(device, config.device.name or device, camera.mirror, camera.mask)


def view(config: Config) -> View:
    """How subscribers want to see people."""
    return View(config.messages.landmarks, config.messages.world, config.camera.mirror)


def looks_at(config: Config) -> Hashable:
    """What the camera looks at: somebody who stays there is in the same place of its pictures."""
    camera = config.camera
    of_source = {
        "picamera2": (camera.camera, camera.field_of_view, str(camera.controls.get("ScalerCrop"))),
        "actor": camera.scene,
        "uri": camera.uri,
    }
    # What comes from elsewhere keeps its shape.
    width, height = camera.size
    shape = None if camera.source == "uri" else width / height
    return camera.source, of_source[camera.source], camera.rotation, shape


def rules(config: Config) -> Rules:
    """When somebody counts as there."""
    presence = config.presence
    return Rules(presence.on_after, presence.off_after, presence.min_confidence)


def shared(config: Config) -> tuple[Way, ...]:
    """By what the camera's pictures can be had."""
    live = config.live.enabled and config.live.camera_picture
    ways: dict[Way, bool] = {"live": live, "snapshot": config.snapshot.camera_picture}
    return tuple(way for way, allowed in ways.items() if allowed)


def installation() -> str:
    """Eight hex digits of this installation, so that a device that comes back takes over its own
    connection and nobody else's. systemd asks that /etc/machine-id itself be shown to nobody."""
    try:
        machine = Path("/etc/machine-id").read_text().strip()
    except OSError:
        machine = ""
    machine = machine or f"{uuid.getnode():x}"
    return hashlib.sha256(f"edgepose {machine}".encode()).hexdigest()[:8]
