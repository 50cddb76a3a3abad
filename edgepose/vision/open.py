"""From the daemon's `configure` to an opened source and the options of its engines."""

from edgepose.messages.control import Configure
from edgepose.messages.page import Page
from edgepose.vision.engines import EngineOptions
from edgepose.vision.sources import Source


def open_source(configure: Configure, page: Page) -> Source:
    """The source that `camera.source` names. Raises UserError where it cannot be opened."""
    if configure.source == "picamera2":
        from edgepose.vision.sources.pi.camera import PiCamera
        from edgepose.vision.sources.pi.configure import Wanted

        wanted = Wanted(configure.size, configure.rate, configure.field_of_view, configure.controls)
        return PiCamera(configure.camera, wanted, page.miss)
    if configure.stream is not None:
        from edgepose.vision.sources.stream import StreamSource

        return StreamSource(configure.stream)
    if configure.source == "uri":
        from edgepose.vision.sources.uri import open_uri

        return open_uri(configure.uri or "", configure.size, configure.rate, configure.loop)
    from edgepose.vision.sources.actor import ActorSource

    return ActorSource(configure.scene, configure.size, configure.rate)


def engine_options(configure: Configure) -> EngineOptions:
    """What `detection` says, as an engine takes it."""
    return EngineOptions(
        model=configure.model,
        num_poses=configure.num_poses,
        min_pose_detection_confidence=configure.min_pose_detection_confidence,
        min_pose_presence_confidence=configure.min_pose_presence_confidence,
        min_tracking_confidence=configure.min_tracking_confidence,
        output_segmentation_masks=configure.output_segmentation_masks,
        world=configure.world,
        threads=configure.threads,
    )
