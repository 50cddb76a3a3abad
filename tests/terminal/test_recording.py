"""What was received, kept in a file and read again."""

import json
import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgepose.errors import UserError
from edgepose.messages import json_format, packed
from edgepose.terminal.arrival import Arrival, Sorter
from edgepose.terminal.recorder import Recorder
from edgepose.terminal.recording import Recording, poses
from tests.terminal.people import person, pose
from tests.terminal.post import said, state

LINE = '{"t":1.5,"device":"hall","kind":"event","json":{"event_type":"left"}}'
HEAD = '{"edgepose_recording":1,"started_us":1795340123456789,"base":"edgepose"}'


def arrivals(count: int) -> list[Arrival]:
    sorter = Sorter("edgepose")
    shown = [replace(pose(person(id_=3)), seq=seq, unix_us=10**15 + seq) for seq in range(count)]
    found = [
        sorter.sort("edgepose/hall/pose/packed", packed.encode(each), each.unix_us)
        for each in shown
    ]
    # A key that no decoder looks at is kept, too.
    foreign = json_format.encode(shown[0]).replace(b'{"v"', b'{"mine":"\xc3\xa4","v"')
    found.append(sorter.sort("edgepose/yard/pose", foreign, 7))
    found.append(sorter.sort("edgepose/yard/pose", foreign.replace(b'"\xc3\xa4"', b"1e999"), 7))
    return [each for each in found if each is not None]


def record(path: Path, messages: list[Arrival]) -> Recorder:
    recorder = Recorder(path, "edgepose")
    for message in messages:
        recorder.take(message)
    recorder.close()
    return recorder


def test_what_comes_back_is_what_was_received(tmp_path: Path) -> None:
    path = tmp_path / "hall.jsonl"
    extra = [said("state", state(True, 1)), said("event", {"a": [1, 2.5]})]
    extra.append(replace(said("availability", "online"), retained=True))
    messages = [*arrivals(5), *extra]
    # The second of the same pose is none.
    assert messages[6].again
    assert record(path, messages).poses == 6
    back = [arrival for _, arrival in Recording(path)]
    expected = [each for each in messages if not each.again]
    assert [(a.device, a.kind, a.content, a.packed, a.retained) for a in back] == [
        (a.device, a.kind, a.content, a.packed, a.retained) for a in expected
    ]
    assert [a.payload for a in back if a.packed] == [a.payload for a in expected if a.packed]
    assert json.loads(back[5].payload) == json.loads(expected[5].payload)
    assert [each.seq for each in poses(path, "hall")] == [0, 1, 2, 3, 4]
    assert len(list(poses(path))) == 6


def test_it_is_text_that_grep_finds_its_way_in(tmp_path: Path) -> None:
    path = tmp_path / "hall.jsonl"
    record(path, arrivals(3))
    head, *lines = path.read_text().splitlines()
    assert json.loads(head)["edgepose_recording"] == 1
    assert len(lines) == 4
    assert '"device":"hall","kind":"pose","seq":2,' in lines[2]
    assert head.isascii()


def test_a_pose_with_a_number_beyond_all_bounds_in_it_is_kept(tmp_path: Path) -> None:
    payload = json_format.encode(pose(person())).replace(b'{"v"', b'{"mine":1e999,"v"')
    arrival = Sorter("edgepose").sort("edgepose/hall/pose", payload, 7)
    assert arrival is not None
    record(tmp_path / "file", [arrival])
    assert [a.payload for _, a in Recording(tmp_path / "file")] == [payload]


def test_what_names_hosts_and_what_is_no_message_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    kinds = [said("health", {"a": 1}), said("config", {"a": 1}), said("state", "{")]
    record(path, [*kinds, said("availability", "my address")])
    assert list(Recording(path)) == []


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("precious")
    with pytest.raises(UserError, match="is there already"):
        Recorder(path, "edgepose")
    assert path.read_text() == "precious"
    with pytest.raises(UserError, match="No such file or directory"):
        Recorder(tmp_path / "none" / "file", "edgepose")


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may have more than 4096 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files")
def test_a_full_disk_ends_it_with_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "file"
    recorder = record(path, arrivals(40))
    assert recorder.trouble == f"{path}: recording has ended: File too large"
    recording = Recording(path)
    assert len(list(recording)) == recorder.poses > 5
    assert not recording.cut


def test_a_cut_line_at_the_end_is_left_out_and_known(tmp_path: Path) -> None:
    path = tmp_path / "file"
    record(path, arrivals(5))
    path.write_bytes(path.read_bytes()[:-30])
    recording = Recording(path)
    assert len(list(recording)) == 5
    assert recording.cut


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], ":1: this is no recording"),
        (["{}"], ":1: this is no recording"),
        (["not JSON"], ":1: damaged: not JSON"),
        ([HEAD.replace(":1,", ":2,", 1)], ":1: version 2; this edgepose reads 1"),
        ([HEAD.replace("1795340123456789", "-1")], ":1: damaged: no started_us"),
        ([HEAD, LINE, "[]"], ":3: damaged: not a JSON object"),
        ([HEAD, LINE, LINE.replace("1.5", "1.4")], ":3: damaged: t is no time"),
        ([HEAD, LINE.replace("1.5", "1e999")], ":2: damaged: t is no time"),
        ([HEAD, LINE.replace('"hall"', "7")], ":2: damaged: no name"),
        ([HEAD, LINE.replace('"event"', '"health"')], ":2: damaged: an unknown kind"),
        ([HEAD, LINE.replace("json", "packed")], ":2: damaged: no payload"),
        ([HEAD, LINE.replace('{"event_type":"left"}', "7")], ":2: damaged: not a JSON object"),
        ([HEAD, LINE.replace('"event","json"', '"pose","json"')], ":2: damaged: "),
        ([HEAD, LINE.replace('"event","json":{"event_type":"left"}', '"pose","packed":"6Q=="')],
         ":2: damaged: 1 bytes"),
        ([HEAD, LINE.replace('"event","json":{"event_type":"left"}', '"pose","packed":"%"')],
         ":2: damaged: no payload"),
        ([HEAD, "x" * 400_000], ":2: damaged: not JSON"),
    ],
)  # fmt: skip
def test_what_is_damaged_is_named_with_its_line(
    tmp_path: Path, lines: list[str], words: str
) -> None:
    path = tmp_path / "file"
    path.write_text("".join(f"{line}\n" for line in lines))
    with pytest.raises(UserError) as caught:
        list(Recording(path))
    assert str(caught.value).startswith(f"{path}{words}")
    assert str(caught.value).isprintable()


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read: No such file"):
        Recording(tmp_path / "none")
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        Recording(tmp_path)
