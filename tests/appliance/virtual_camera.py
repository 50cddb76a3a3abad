"""Lets picamera2 open libcamera's virtual camera. It belongs in the rehearsal's root only.

A .pth file loads it at the start of every Python, so it only waits until picamera2 is imported.
Four things differ from a camera on a Pi: there is no Raw role, which picamera2 asks for to learn
the sensor's modes; a picture has two planes, each with a buffer of its own, which picamera2's
usual allocator does not give; nobody writes a frame's status, so that chance decides which frames
picamera2 throws away; and a frame is ready as soon as it is ordered, which keeps one core busy.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

PERIOD_S = 1 / 30


class _Adapted(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _adapt()


class _Waiting(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname != "picamera2":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Adapted(spec.loader)
        return spec


class _Paced:
    """Orders reach the camera one at a time, as often as a sensor would have a frame."""

    def __init__(self, camera: Any) -> None:
        self._orders: deque[tuple[Any, Any]] = deque()
        self._lock = threading.Lock()
        self._order, self._stop = camera.queue_request, camera.stop
        camera.queue_request = lambda which, request: self._orders.append((which, request))
        camera.stop = lambda which: self._stop_now(which)  # noqa: PLW0108 - a method, not bound
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        never = threading.Event()
        due = time.monotonic()
        while True:
            due = max(due + PERIOD_S, time.monotonic())
            never.wait(due - time.monotonic())
            with self._lock:
                if self._orders:
                    self._order(*self._orders.popleft())

    def _stop_now(self, which: Any) -> Any:
        with self._lock:
            self._orders.clear()
            return self._stop(which)


def _adapt() -> None:
    import libcamera
    from picamera2 import Picamera2
    from picamera2.allocators import LibcameraAllocator

    generate = libcamera.Camera.generate_configuration
    initialise = Picamera2.__init__

    def generate_configuration(camera: Any, roles: Any) -> Any:
        raw_only = list(roles) == [libcamera.StreamRole.Raw]
        return generate(camera, [libcamera.StreamRole.Viewfinder] if raw_only else roles)

    def open_camera(self: Any, *args: Any, **kwargs: Any) -> None:
        # It allocates at `configure`: the camera is known then.
        allocator = kwargs.setdefault("allocator", LibcameraAllocator(None))
        initialise(self, *args, **kwargs)
        allocator.camera = self.camera

    success = libcamera.FrameMetadata.Status.Success
    libcamera.FrameMetadata.status = property(lambda _metadata: success)
    _Paced(libcamera.Camera)
    libcamera.Camera.generate_configuration = generate_configuration
    Picamera2.__init__ = open_camera


sys.meta_path.insert(0, _Waiting())
