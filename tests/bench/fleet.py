"""A hundred devices at one mosquitto, and `edgepose watch --json` that is to see every pose.

`measure` runs this module as a process of its own, `python -m tests.bench.fleet PORT KIND DEVICES
RATE SECONDS`: so many of the daemon's clients with its scene, encoder and books, each in place of a
device whose engine sees somebody who moves. It prints the books. Beside it the same fleet sends
MediaPipe's result as plain JSON to a subscriber that decodes it.
"""

import asyncio
import json
import os
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, Literal, get_args

from edgepose.bench.machine import cpu_s
from edgepose.errors import EX_SOFTWARE, UserError
from edgepose.messages.observation import Observation
from edgepose.messages.pose import Landmark, Person
from edgepose.mqtt.client import Client, State
from edgepose.mqtt.delivery import POSE
from edgepose.mqtt.settings import Settings
from edgepose.mqtt.topics import Topics
from edgepose.scene.presence import Rules
from edgepose.scene.scene import Scene, View
from edgepose.service.counters import Fate
from edgepose.service.flow import Flow
from tests.bench.number import Number, Rival, Wanted
from tests.bench.setting import CHECKOUT, Setting, boottime_ns, say
from tests.harness.broker import Broker
from tests.harness.wait import wait_for
from tests.messages.poses import seen

Kind = Literal["ours", "plain"]
DEVICES: Final = 100
RATE: Final = 10.0
"""Poses a second of each."""
READY_S: Final = 60.0
BASE: Final = "fleet"


def measure(setting: Setting) -> dict[str, Number]:
    """Poses that no counter explains, bytes and processor time, of both kinds in one run."""
    seconds = setting.times(20, 3)
    of = {kind: _run(setting, kind, seconds) for kind in get_args(Kind)}
    ours, plain = of["ours"], of["plain"]
    for kind, each in of.items():
        say(f"fleet: {kind}, {each['received']} of {each['published']} received, {each['cpu']}")
    what = "the same fleet, MediaPipe's landmarks as plain JSON"
    about = {"devices": DEVICES, "rate": RATE, "seconds": seconds, "ours": ours, "plain": plain}
    lost = ours["published"] - ours["received"]
    numbers = {
        "fleet_unexplained": Number(abs(lost), "poses", Wanted("<=", 0), None, about),
        "fleet_devices_seen": Number(ours["devices"], "devices", Wanted(">=", DEVICES)),
        "fleet_bytes": Number(
            ours["bytes"] / seconds, "bytes/s", None, Rival(what, plain["bytes"] / seconds)
        ),
    }
    for process in ("fleet", "broker", "subscriber"):
        mine, theirs = (100 * each["cpu"][process] / each["took_s"] for each in (ours, plain))
        numbers[f"fleet_cpu_{process}"] = Number(mine, "% of a core", None, Rival(what, theirs))
    return numbers


def _run(setting: Setting, kind: Kind, seconds: int) -> dict[str, Any]:
    folder = setting.empty_folder(f"fleet-{kind}")
    with Broker(folder) as broker, _subscriber(broker.port, kind) as subscriber:
        command = [sys.executable, "-m", "tests.bench.fleet", str(broker.port), kind]
        command += [str(DEVICES), str(RATE), str(seconds)]
        before = {"broker": cpu_s(broker.pid), "subscriber": cpu_s(subscriber.pid)}
        began_ns = boottime_ns()
        fleet = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        assert subscriber.stdout is not None
        received, devices = _count(subscriber.stdout)
        took_s = (boottime_ns() - began_ns) / 1e9
        cpu = {
            "broker": cpu_s(broker.pid) - before["broker"],
            "subscriber": cpu_s(subscriber.pid) - before["subscriber"],
        }
        told, _ = fleet.communicate(timeout=READY_S)
    if fleet.returncode != 0:
        raise UserError(f"the fleet ended with {fleet.returncode}", EX_SOFTWARE)
    books = json.loads(told)
    return {
        **books,
        "received": received,
        "devices": devices,
        "took_s": round(took_s, 1),
        "cpu": {"fleet": books.pop("cpu_s"), **{name: round(s, 2) for name, s in cpu.items()}},
    }


@contextmanager
def _subscriber(port: int, kind: Kind) -> Iterator[subprocess.Popen[str]]:
    """What prints a line of JSON for each pose, and for each word of a device on how it is."""
    watch = ["-m", "edgepose", "watch", "--json", "--only", "pose,availability"]
    command = [*watch, "--host", "127.0.0.1", "--port", str(port), "--base", BASE]
    if kind == "plain":
        command = ["-m", "tests.bench.plain_subscriber", str(port), BASE]
    process = subprocess.Popen(
        [sys.executable, *command], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    try:
        wait_for(lambda: _connected_to(port), READY_S, "the subscriber's connection")
        yield process
    finally:
        process.terminate()
        process.wait(READY_S)
        if process.stdout is not None:
            process.stdout.close()


def _connected_to(port: int) -> bool:
    """Whether anybody on this machine is connected to the port, as the kernel lists it."""
    with open("/proc/net/tcp", encoding="ascii") as table:  # noqa: PTH123 - a stream of lines
        return any(f":{port:04X} " in line.split()[2] + " " for line in list(table)[1:])


def _count(lines: Any) -> tuple[int, int]:
    """Poses, and devices that they came from, until every device has said `offline`."""
    poses, devices, left = 0, set(), set()
    for line in lines:
        told = json.loads(line)
        if told["kind"] == "pose":
            poses += 1
            devices.add(told["device"])
        elif told["message"] == "offline":
            left.add(told["device"])
            if len(left) == DEVICES:
                break
    return poses, len(devices)


class Device:
    """What the daemon does with an observation, without a camera and an engine."""

    def __init__(self, number: int, port: int, kind: Kind) -> None:
        topics = Topics(BASE, f"device{number:03}")
        settings = Settings("127.0.0.1", port, f"fleet-{number}", installation="f1ee70f1")
        self.client = Client(settings, topics)
        self.books: Counter[Fate] = Counter()
        self.bytes = 0
        scene = Scene(View(), Rules(0.5, 30.0, 0.5))
        flow = Flow(scene, self.client, ["packed"])
        self._observe: Callable[[Observation], Fate] = flow.observe
        if kind == "plain":
            self._observe = self._send_plain

    def see(self, frame: int, person: Person) -> None:
        """Publish what an engine has seen now."""
        now_ns = boottime_ns()
        seen_now = Observation(frame, now_ns, now_ns, (640, 480), (person,))
        self.books[self._observe(seen_now)] += 1

    def _send_plain(self, observation: Observation) -> Fate:
        names = ("x", "y", "z", "visibility", "presence")
        people = [
            [dict(zip(names, landmark, strict=True)) for landmark in person.landmarks]
            for person in observation.people
        ]
        payload = json.dumps({"pose_landmarks": people, "pose_world_landmarks": []}).encode()
        self.bytes += len(payload)
        return self.client.stream([POSE.message(self.client.topics.pose, payload)])


async def main(port: int, kind: Kind, count: int, rate: float, seconds: float) -> None:
    """Be the fleet, and print its books."""
    devices = [Device(number, port, kind) for number in range(count)]
    tasks = [asyncio.create_task(device.client.run()) for device in devices]
    async with asyncio.timeout(READY_S):
        while any(each.client.state is not State.CONNECTED for each in devices):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    loop = asyncio.get_running_loop()
    person, began = _as_an_engine_tells(seen("waving")), loop.time()
    for step in range(round(seconds * rate * count)):
        # One after the other, as devices that know nothing of each other.
        await asyncio.sleep(max(0.0, began + step / (rate * count) - loop.time()))
        frame = step // count
        moved = tuple(p._replace(x=p.x + frame % 10 / 1000) for p in person.landmarks)
        devices[step % count].see(frame, replace(person, landmarks=moved))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.gather(*(device.client.close(10) for device in devices))
    books = sum((device.books for device in devices), Counter[Fate]())
    told: dict[str, float] = {"published": 0}
    told.update((str(fate), count) for fate, count in books.items())
    told["bytes"] = sum(device.bytes for device in devices) or 304 * books["published"]
    print(json.dumps({**told, "cpu_s": round(cpu_s(os.getpid()), 2)}))


def _as_an_engine_tells(person: Person) -> Person:
    """With all the digits of a 32-bit number, as MediaPipe's result has them."""
    rows = ((struct.unpack("f", struct.pack("f", n))[0] for n in row) for row in person.landmarks)
    return replace(person, landmarks=tuple(Landmark(*row) for row in rows), world=())


if __name__ == "__main__":
    _port, _kind, _count_, _rate, _seconds = sys.argv[1:]
    asyncio.run(main(int(_port), _kind, int(_count_), float(_rate), float(_seconds)))  # type: ignore[arg-type]
