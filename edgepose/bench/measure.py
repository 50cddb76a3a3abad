"""One setting measured: the real vision process, or plain MediaPipe, on the same pictures.

Owns the processes, which are ended in good order however the measuring ends. Runs on the loop.
Raises Failed.
"""

import asyncio
import json
from typing import Final

from edgepose.bench.numbers import Numbers
from edgepose.bench.watch import Failed, Watch, Window
from edgepose.messages.control import Configure
from edgepose.messages.observation import Event, Observation
from edgepose.service import child
from edgepose.service.vision_run import VisionRun

STOP_S: Final = 2.0
_ANSWER: Final = b"answer "
"""What a line of `bare` with an answer begins with."""


async def vision(configure: Configure, window: Window) -> Numbers:
    """Measure the vision process, told this."""
    watch = Watch(window, configure.workers)

    def receive(packet: Observation | Event) -> None:
        if isinstance(packet, Observation):
            watch.answer(packet.answered_ns, len(packet.people))

    run = await VisionRun.start(configure, receive)
    watch.pid = run.pid
    try:
        await watch.run(run.over)
        if run.over.done():
            await run.wait()
            run.drain()
            raise Failed(run.describe_end().words)
    finally:
        await run.stop(STOP_S)
        run.close()
    return watch.numbers()


async def bare(configure: Configure, window: Window) -> Numbers:
    """Measure plain MediaPipe with the model, the pictures and the options of this."""
    watch = Watch(window, workers=1)
    options = {
        "model": configure.model,
        "num_poses": configure.num_poses,
        "min_pose_detection_confidence": configure.min_pose_detection_confidence,
        "min_pose_presence_confidence": configure.min_pose_presence_confidence,
        "min_tracking_confidence": configure.min_tracking_confidence,
        "output_segmentation_masks": configure.output_segmentation_masks,
    }
    process = await child.start("edgepose.bench.bare", configure.uri or "", json.dumps(options))
    watch.pid = process.pid

    async def read() -> int:
        async for line in child.lines(process):
            if line.startswith(_ANSWER):
                watch.answer(*map(int, line.split()[1:]))
            elif line:
                watch.last_line = line.decode(errors="replace")
        return await process.wait()

    over = asyncio.create_task(read())
    try:
        await watch.run(over)
        if over.done():
            raise Failed(child.describe_end(over.result(), watch.last_line))
    finally:
        child.kill(process)
        over.cancel()
        await process.wait()
    return watch.numbers()
