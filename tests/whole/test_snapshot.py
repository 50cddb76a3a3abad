"""`edgepose snapshot` from a running daemon, and the notice that tells of the camera's picture."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pytest

from edgepose.drawing import COLOURS, GROUND
from edgepose.vision.frame import Image
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, PYTHON
from tests.harness.site import Site, at_work, opened, threads_named
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]
CAMERA: Final[dict[str, Any]] = {"scene": "standing", "rate": 10}
SHARED: Final[dict[str, Any]] = {"camera": CAMERA, "snapshot": {"camera_picture": True}}


def snapshot(site: Site, name: str, *words: str) -> tuple[int, str]:
    """Call the command; its exit status, and what it said."""
    done = subprocess.run(
        [PYTHON, "-m", "edgepose", "snapshot", name, *words],
        cwd=site.folder,
        env={**os.environ, "RUNTIME_DIRECTORY": str(site.runtime)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, (done.stdout + done.stderr).strip()


def picture_in(path: Path) -> Image:
    """The picture in a file, RGB."""
    image = cv2.imread(str(path))
    assert image is not None
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)  # type: ignore[return-value]


def plain_share(image: Image) -> float:
    """How much of a picture is plain ground."""
    return float(np.mean((image == GROUND).all(axis=2)))


def notices(site: Site) -> list[dict[str, Any] | None]:
    """What was said on /notice; None where it was taken back."""
    return [json.loads(m.payload) if m.payload else None for m in site.stranger.on("/notice")]


def wait_notice(site: Site, what: dict[str, Any] | None) -> None:
    """Wait until the newest notice holds this, or is taken back."""

    def said() -> bool:
        last = notices(site)[-1:]
        if what is None or not last or last[0] is None:
            return last == [what]
        return what.items() <= last[0].items()

    wait_for(said, 10, f"{what}: {notices(site)}")


def test_a_snapshot_and_who_hears_of_it(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker, {"camera": CAMERA}) as site:
        assert snapshot(site, "plain.png") == (0, "plain.png: 320 x 240, 1 person")
        plain = picture_in(tmp_path / "plain.png")
        assert plain.shape == (240, 320, 3)
        assert 0.85 < plain_share(plain) < 0.999
        code, said = snapshot(site, "behind.png", "--picture")
        assert code == 77
        assert "set snapshot.camera_picture to true" in said
        assert not (tmp_path / "behind.png").exists()
        assert set(notices(site)) == {None}
        vision = site.daemon.wait_vision()
        assert "pictures" not in threads_named(vision)

        # Once the config lets it out, that is said before anybody has one.
        assert site.edit(SHARED)["last"]["result"] == "accepted"
        wait_notice(site, {"camera_picture": ["snapshot"], "snapshots": 0, "last_snapshot": None})
        site.wait_health(lambda said: said["camera_picture"] == ["snapshot"])
        assert snapshot(site, "behind.png", "--picture")[0] == 0
        wait_notice(site, {"snapshots": 1})
        assert plain_share(picture_in(tmp_path / "behind.png")) < 0.05
        # The drawn person stands at the same place in both.
        assert in_place(plain, picture_in(tmp_path / "behind.png")) > 0.9
        assert f"edgepose/{DEVICE}/notice" in site.late(f"edgepose/{DEVICE}/#")
        assert site.daemon.vision_pids == [vision]
        assert "pictures" in threads_named(vision)
        # Numbers alone are nobody's business.
        assert snapshot(site, "plain.png", "--overwrite")[0] == 0
        assert notices(site)[-1]["snapshots"] == 1  # type: ignore[index]

        # The page's own key lets no snapshot out.
        site.edit({"camera": CAMERA, "live": {"camera_picture": True}})
        wait_notice(site, None)
        assert snapshot(site, "no.png", "--picture")[0] == 77
        site.edit(SHARED)
        wait_notice(site, {"snapshots": 1})

        # A file that is no good may have taken it back.
        site.edit(b"camera: {ratte: 5}\n")
        wait_notice(site, None)
        code, said = snapshot(site, "no.png", "--picture")
        assert code == 77
        assert "OLD CONFIG" in said
        assert snapshot(site, "plain.png", "--overwrite")[0] == 0
        site.edit(SHARED)
        wait_notice(site, {"snapshots": 1})

        # A new name takes it along.
        site.edit({**SHARED, "device": {"id": "other"}})
        wait_for(lambda: site.stranger.on("other/notice"), 10, "it under the new name")
        found = wait_for(
            lambda: {
                topic
                for topic, payload in site.late("edgepose/#").items()
                if topic.endswith("/notice") and payload
            },
            10,
            "what is retained",
        )
        assert found == {"edgepose/other/notice"}

        # While the broker is away it is there all the same, and is told afterwards.
        broker.stop()
        assert snapshot(site, "away.png", "--picture")[0] == 0
        assert plain_share(picture_in(tmp_path / "away.png")) < 0.05
        broker.start()
        wait_for(
            lambda: any(
                json.loads(payload)["snapshots"] == 2
                for topic, payload in site.late("edgepose/other/#").items()
                if topic.endswith("/notice")
            ),
            20,
            "the notice of it",
        )
        assert site.daemon.stop() == 0
        assert not [t for t in site.late("edgepose/other/#") if t.endswith("/notice")]
        assert not (site.runtime / "snapshot.sock").exists()
        code, said = snapshot(site, "gone.png")
        assert code == 69
        assert said.startswith("no edgepose runs as a service here")


def in_place(plain: Image, behind: Image) -> float:
    """How much of the lines on plain ground is there in the other picture, too, within some pixels:
    he sways a little. Without the upper third: on plain ground alone a head is drawn."""
    pictures = (each.astype(int) for each in (plain, behind))
    lines, others = (np.abs(each - COLOURS[0]).max(axis=2) < 60 for each in pictures)
    rows = np.flatnonzero(lines.any(axis=1))
    lines[: rows[0] + (rows[-1] - rows[0]) // 3] = False
    assert np.count_nonzero(lines) > 200
    near = cv2.dilate(others.astype(np.uint8), np.ones((7, 7), np.uint8))
    return float(np.mean(near[lines]))


def test_what_there_is_no_snapshot_of(tmp_path: Path, broker: Broker) -> None:
    empty: dict[str, Any] = {"camera": {**CAMERA, "scene": "empty"}}
    with opened(tmp_path, broker, empty) as site:
        site.fresh_poses(1, 40)
        assert snapshot(site, "empty.png") == (0, "empty.png: 320 x 240, nobody")
        assert plain_share(picture_in(tmp_path / "empty.png")) == 1
        site.stranger.publish(f"edgepose/{DEVICE}/command/pause", b"")
        site.wait_health(lambda said: said["status"] == "paused")
        assert snapshot(site, "no.png") == (69, "detection is paused, and the camera closed")
        site.stranger.publish(f"edgepose/{DEVICE}/command/resume", b"")
        site.wait_health(lambda said: said["status"] == "ok")
        assert snapshot(site, "empty.png", "--overwrite") == (0, "empty.png: 320 x 240, nobody")
        site.end()
    assert not (tmp_path / "no.png").exists()


def test_without_opencv_it_says_so(tmp_path: Path) -> None:
    """A subscriber's machine: this Python sees no package of anybody's."""
    blind = "import sys, runpy; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; "
    run = (
        "sys.argv[1:] = ['snapshot', 'out.png']; runpy.run_module('edgepose', run_name='__main__')"
    )
    done = subprocess.run(
        [PYTHON, "-S", "-c", blind + run],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 69
    assert done.stderr.startswith(
        "a snapshot is drawn with OpenCV, which this Python does not have"
    )
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("out.jpg", 2, "a snapshot is a PNG; give it a name that ends with .png"),
        ("nowhere/out.png", 74, "nowhere: no such folder"),
        ("there.png", 74, "there.png: is there already; --overwrite writes over it"),
        ("folder.png", 74, "folder.png: is a folder"),
        ("out.png", 69, "no edgepose runs as a service here"),
    ],
)
def test_what_cannot_be_written_is_not_asked_for(
    tmp_path: Path, name: str, code: int, words: str
) -> None:
    (tmp_path / "there.png").write_bytes(b"mine")
    (tmp_path / "folder.png").mkdir()
    site = Site(tmp_path, None, None, None)  # type: ignore[arg-type]
    found, said = snapshot(site, name)
    assert (found, words in said) == (code, True), said
    assert (tmp_path / "there.png").read_bytes() == b"mine"
