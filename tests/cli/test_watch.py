"""`edgepose watch`, as it is typed: real broker, simulated devices."""

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgepose import cli
from tests.harness.broker import Broker, Encryption, free_port
from tests.harness.daemon import PYTHON
from tests.harness.wait import wait_for
from tests.mqtt.certificates import Certificates
from tests.terminal.people import person
from tests.terminal.post import NOTICE, state
from tests.terminal.pseudo import Terminal
from tests.terminal.simulated import Devices

# Whoever runs the tests may have told the size of another terminal.
TOLD = {"COLUMNS", "LINES", "NO_COLOR"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in TOLD}


def watch(*words: str | Path | int) -> list[str]:
    return [PYTHON, "-m", "edgepose", "watch", *map(str, words)]


def run(*words: str | Path | int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(watch(*words), capture_output=True, text=True, check=False, timeout=60)


class Lines:
    """A watcher whose lines are read."""

    def __init__(self, folder: Path, *words: str | Path | int) -> None:
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(watch(*words), stdout=out, stderr=err)

    @property
    def text(self) -> str:
        return self._out.read_text()

    @property
    def errors(self) -> str:
        return self._err.read_text()

    def wait_text(self, word: str, limit_s: float = 20) -> None:
        wait_for(lambda: word in self.text, limit_s, f"{word!r} in {self.text} {self.errors}")

    def end(self) -> list[str]:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(10) == 0, self.errors
        return self.text.splitlines()


@contextlib.contextmanager
def lines(folder: Path, *words: str | Path | int) -> Iterator[Lines]:
    watcher = Lines(folder, *words)
    try:
        yield watcher
    finally:
        watcher.process.kill()
        watcher.process.wait()


def objects(text: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text]


def test_one_device_is_a_skeleton_and_more_are_a_table(broker: Broker) -> None:
    with (
        Devices(broker.port, ["hall"]) as devices,
        Terminal(watch("--port", broker.port), ENVIRONMENT, 100, 30) as terminal,
    ):
        terminal.wait_screen("edgepose/hall/...", "somebody is there", "no pose yet")
        devices.see()
        devices.see()
        shown = terminal.wait_screen(" 17 ", "frame 9", "mediapipe, model full", "busy")
        assert re.search("[⠁-⣿]{3}", shown)
        assert "missing" not in shown
        devices.say("yard", status="degraded", why=["hot"])
        rows = terminal.wait_screen("yard", "hall", "hot", "yes").splitlines()
        assert [row.split()[0] for row in rows[2:4]] == ["yard", "hall"]
        # Behind these it says for how long nothing has come.
        assert rows[2].split()[1:7] == ["online", "degraded", "yes", "1", "-", "-"]
        assert rows[2].split()[-1] == "hot"
        terminal.press(b"abc\x1a\x13\x03")
        assert terminal.wait() == 0
        (last,) = terminal.after
        assert re.fullmatch(r"edgepose watch: 2 poses from 2 devices in \d+\.\d s", last)
        assert terminal.modes == terminal.before
        assert "abc" not in terminal.shown


@pytest.mark.slow
def test_a_hundred_devices_are_all_on_the_screen(broker: Broker) -> None:
    names = [f"device-{number:03}" for number in range(100)]
    with (
        Devices(broker.port, names) as devices,
        Terminal(watch("--port", broker.port), ENVIRONMENT, 150, 103) as terminal,
    ):
        terminal.wait_screen(*names, limit_s=60)
        for _ in range(3):
            devices.see()
        devices.publish(names[70], "availability", "offline")
        shown = terminal.wait_screen("offline", *names)
        assert shown.splitlines()[2].split()[:2] == [names[70], "offline"]
        terminal.press(b"\x03")
        assert terminal.wait() == 0
        # Nothing that was published is missing, and no pose counts twice.
        assert terminal.after[0].startswith("edgepose watch: 300 poses from 100 devices in ")
        assert len(terminal.after) == 1


@pytest.mark.slow
def test_without_a_terminal_one_is_a_line_a_second_and_a_fleet_a_line_a_change(
    tmp_path: Path, broker: Broker
) -> None:
    with Devices(broker.port, ["hall"]) as devices, lines(tmp_path, "--port", broker.port) as out:
        out.wait_text("no pose yet, device online")
        devices.see()
        out.wait_text("1 person")
        devices.say("yard")
        out.wait_text("yard  online  status ok  presence yes  people 1")
        devices.publish("yard", "availability", "offline")
        out.wait_text("yard  offline")
        devices.publish("hall", "availability", "offline")
        out.wait_text("hall  offline")
        text = out.end()
    assert text[0] == f"edgepose watch, broker localhost:{broker.port}"
    # What was said in one moment may come in two, but nothing is said twice.
    said = [line.partition("yard")[2] for line in text if "yard" in line]
    assert len(said) == len(set(said))
    assert text[-1].startswith("edgepose watch: 1 pose from 2 devices")
    assert out.errors == ""


def test_json_has_every_message_once(tmp_path: Path, broker: Broker) -> None:
    words = ("--port", broker.port, "--json")
    with Devices(broker.port, ["hall", "yard"]) as devices, lines(tmp_path, *words) as out:
        devices.publish("hall", "config", '{"v":1}', retain=True)
        out.wait_text('"config"')
        for _ in range(3):
            devices.see()
        devices.publish("yard", "event", '{"event_type":"entered","id":17,"reasons":{}}')
        devices.publish("yard", "health", "{")
        devices.publish("hall", "state", b"", retain=True)
        out.wait_text('"message":null')
        found = objects(out.end())
    kinds = [(each["device"], each["kind"]) for each in found]
    assert kinds.count(("hall", "pose")) == kinds.count(("yard", "pose")) == 3
    assert {kind for _, kind in kinds} == {
        *("pose", "state", "event", "health", "config", "availability")
    }
    poses = [each for each in found if each["kind"] == "pose"]
    assert poses[0]["message"]["people"][0]["id"] == 17
    assert len(poses[0]["message"]["people"][0]["landmarks"]) == 33
    assert not poses[0]["retained"]
    assert abs(poses[0]["received_us"] - poses[0]["message"]["unix_us"]) < 5_000_000
    assert found[0]["retained"]
    (unread,) = [each for each in found if "error" in each]
    assert (unread["device"], unread["kind"]) == ("yard", "health")
    assert out.errors == ""


@pytest.mark.slow
def test_json_can_be_of_some_kinds_and_of_one_device(tmp_path: Path, broker: Broker) -> None:
    words = ("yard", "--port", broker.port, "--json", "--only", "event,availability")
    with Devices(broker.port, ["hall", "yard"]) as devices, lines(tmp_path, *words) as out:
        out.wait_text("online")
        devices.see()
        for device in ("hall", "yard"):
            devices.publish(device, "event", '{"a":1}')
        out.wait_text("event")
        found = objects(out.end())
    assert [(each["device"], each["kind"]) for each in found] == [
        ("yard", "availability"),
        ("yard", "event"),
    ]


@pytest.mark.slow
def test_a_name_that_nobody_has_is_said(tmp_path: Path, broker: Broker) -> None:
    told = "nothing heard of nosuch yet; heard of: hall, yard"
    words = ("nosuch", "--port", broker.port)
    for number in range(2):
        (tmp_path / str(number)).mkdir()
    with (
        Devices(broker.port, ["yard", "hall"]) as devices,
        Terminal(watch(*words), ENVIRONMENT, 80, 24) as terminal,
        lines(tmp_path / "0", *words) as plain,
        lines(tmp_path / "1", *words, "--json") as json_lines,
    ):
        terminal.wait_screen("nothing heard of nosuch yet", "heard of  hall, yard")
        plain.wait_text(told)
        wait_for(lambda: json_lines.errors, 20, "a word")
        assert json_lines.errors == f"{told}\n"
        devices.say("nosuch")
        terminal.wait_screen("somebody is there", "--json for programs")
        plain.wait_text("device online")
        json_lines.wait_text('"health"')
        found = objects(json_lines.end())
        # Each of its messages once, and nobody else's.
        assert sorted((each["device"], each["kind"]) for each in found) == [
            ("nosuch", kind) for kind in ("availability", "health", "state")
        ]


@pytest.mark.slow
def test_what_came_while_the_watcher_was_not_connected_is_not_missing(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, lines(tmp_path, "--port", broker.port) as out:
        for first, presence, word in ((5, True, "yes"), (50, False, "no")):
            with Devices(broker.port, ["hall"], begin=first) as devices:
                devices.publish("hall", "state", json.dumps(state(presence, 1)), retain=True)
                out.wait_text(f"presence {word}")
                devices.see()
                devices.see()
                devices.publish("hall", "availability", "offline", retain=True)
                wait_for(lambda: out.text.rstrip().endswith("offline  hall"), 20, "offline")
            broker.stop()
            # Lost, and soon after refused.
            out.wait_text(": connection ")
            broker.start()
        text = out.end()
    assert text[-1].startswith("edgepose watch: 4 poses from 1 device")


@pytest.mark.slow
def test_a_reader_that_has_gone_ends_it_without_a_word(broker: Broker) -> None:
    command = watch("--port", broker.port, "--json")
    with (
        Devices(broker.port, ["hall"]),
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        # Nothing comes that could not be written: it looks by itself.
        assert process.wait(10) == 141
        assert process.stderr.read() == b""


@pytest.mark.slow
def test_what_is_recorded_comes_back_as_it_was(tmp_path: Path, broker: Broker) -> None:
    file = tmp_path / "hall.jsonl"
    words = ("--port", broker.port, "--json", "--record", file)
    with Devices(broker.port, ["hall", "yard"]) as devices, lines(tmp_path, *words) as out:
        out.wait_text('"kind":"health"')
        for number in range(5):
            devices.see(person(number / 10, id_=17))
        devices.publish("yard", "event", '{"event_type":"left","id":17,"reasons":{}}')
        out.wait_text("left")
        live = objects(out.end())
    assert "recorded" not in out.errors
    kept = [each for each in live if each["kind"] != "health"]
    again = objects(run("--replay", file, "--json").stdout.splitlines())
    for each in (*kept, *again):
        del each["received_us"]
    assert again == kept
    one = objects(run("yard", "--replay", file, "--json", "--only", "pose").stdout.splitlines())
    assert [each["message"]["seq"] for each in one] == [0, 1, 2, 3, 4]
    text = run("--replay", file, "--speed", "10").stdout
    assert "10 poses from 2 devices" in text
    refused = run("--port", broker.port, "--record", file)
    assert (refused.returncode, refused.stdout) == (69, "")
    assert refused.stderr == f"{file}: is there already; give the name of a file that is not\n"
    with Terminal(watch("hall", "--replay", file), ENVIRONMENT, 100, 30) as terminal:
        assert terminal.wait() == 0
        assert "replay of" in terminal.shown
        assert terminal.after[0].startswith("edgepose watch: 5 poses from 1 device")


@pytest.mark.slow
def test_a_damaged_recording_is_one_line_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "bad"
    file.write_text('{"edgepose_recording":1,"started_us":1,"base":"edgepose"}\n{"t":0}\n')
    for words in (("--json",), ()):
        done = run("--replay", file, *words)
        assert (done.returncode, done.stderr) == (69, f"{file}:2: damaged: no name of a device\n")


@pytest.mark.parametrize("words", [["--json"], []])
def test_no_broker_is_one_line_and_an_exit_status(words: list[str]) -> None:
    port = free_port()
    done = run("--port", port, *words)
    assert done.returncode == 69
    assert done.stderr == (
        f"broker localhost:{port}: connection refused: nothing listens on this port there;"
        " does the broker run?\n"
    )


@pytest.mark.slow
def test_who_looks_at_a_screen_may_wait_for_the_broker(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        broker.stop()
        with Terminal(watch("--port", broker.port), ENVIRONMENT, 130, 20) as terminal:
            terminal.wait_screen("connection refused", "keeps trying")
            broker.start()
            with Devices(broker.port, ["hall"]) as devices:
                terminal.wait_screen("edgepose/hall/...", "somebody is there")
                devices.see()
                terminal.wait_screen("frame 9")
                broker.kill()
                # Soon after it is refused.
                wait_for(lambda: "connection lost" in terminal.shown, 20, "that it is lost")
                shown = terminal.wait_screen("no connection; last heard", "not known: no")
                assert not re.search("somebody|online|device  ok|[⠁-⣿]{3}", shown)
            broker.start()
            # It knows of nobody any more.
            shown = terminal.wait_screen("no pose for")
            assert not re.search("somebody|online|device  ok", shown)
            with Devices(broker.port, ["hall", "yard"]):
                terminal.wait_screen("yard", "yes")
                broker.kill()
                rows = terminal.wait_screen("yard               -        -").splitlines()
                assert [row.split()[1:5] for row in rows[2:4]] == [["-"] * 4] * 2


@pytest.mark.slow
def test_a_password_is_in_a_file_and_a_wrong_one_is_said(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("secret\n")
    bad.write_text("guess\n")
    config = tmp_path / "edgepose.yaml"
    with Broker(tmp_path, {"reader": "secret"}) as broker:
        config.write_text(f"mqtt: {{port: {broker.port}, username: reader, password_file: good}}\n")
        login = ("--port", broker.port, "--username", "reader", "--password-file")
        for refused in ((*login, bad), ("--port", broker.port)):
            done = run(*refused, "--json")
            assert done.returncode == 69
            assert done.stderr == (
                f"broker localhost:{broker.port}: refuses us: not authorized;"
                " look at username and password\n"
            )
        with Devices(broker.port, ["hall"], ("reader", "secret")):
            for number, words in enumerate(((*login, good), ("--config", config))):
                folder = tmp_path / str(number)
                folder.mkdir()
                with lines(folder, *words, "--json") as out:
                    out.wait_text("online")
                    out.end()
    done = run("--port", 1, "--username", "reader", "--password-file", tmp_path / "none")
    assert done.returncode == 78
    assert done.stderr.startswith("--password-file: the file with the password cannot be read")


@pytest.mark.slow
def test_an_encrypted_broker_is_looked_at_closely(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    encryption = Encryption(made.pem("broker"), made.key("broker"), clients=made.pem("ca"))
    ca, own = ("--cafile", made.pem("ca")), ("--certfile", made.pem("device"))
    with Broker(tmp_path, encryption=encryption) as broker, Devices(broker.port, ["hall"]):
        port = ("--json", "--port", broker.tls_port)
        for words, told in (
            (("--tls",), "its certificate is not accepted: .*; --cafile must hold"),
            (("--cafile", made.pem("foreign")), "its certificate is not accepted: .*--cafile"),
            ((), "closed the connection at once; does it want TLS on this port?"),
            (ca, "(wants|does it want) a certificate.*--certfile"),
            (("--port", broker.port, *ca), "ended the connection.*TLS|does not speak TLS"),
        ):
            done = run(*port, *words)
            assert done.returncode == 69
            assert re.search(told.replace("port?", r"port\?"), done.stderr), done.stderr
            assert done.stderr.count("\n") == 1
        with lines(tmp_path, *port, *ca, *own, "--keyfile", made.key("device")) as out:
            out.wait_text("online")
            out.end()
        done = run(*port, *ca, *own, "--keyfile", made.key("ca"))
        assert (done.returncode, done.stderr.split()[0]) == (78, "--certfile:")


@pytest.mark.slow
def test_what_others_wrote_cannot_touch_the_terminal(tmp_path: Path, broker: Broker) -> None:
    # The broker itself takes no topic with control characters in it, but this one.
    hostile = "\u202ehall"
    with Devices(broker.port, ["yard"]) as devices:
        devices.publish(hostile, "availability", "\x1b]0;title\x07", retain=True)
        devices.publish(hostile, "health", json.dumps({"why": ["\x1b[5m"]}), retain=True)
        for number, words in enumerate(((), ("--json",), (hostile,))):
            folder = tmp_path / str(number)
            folder.mkdir()
            with lines(folder, "--port", broker.port, *words) as out:
                out.wait_text("hall")
                text = "\n".join(out.end())
            assert all(line.isprintable() for line in text.splitlines())
        for words in ((), (hostile,)):
            command = watch("--port", broker.port, *words)
            with Terminal(command, ENVIRONMENT, 130, 30) as terminal:
                terminal.wait_screen("hall")
                for escape in ("\x1b]0", "\x1b[5m", "\u202e"):
                    assert escape not in terminal.shown.partition("\x1b[?1049h")[2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["a/b"], "a device is one level"),
        (["+"], "a device is one level"),
        (["--host", "mqtt://x"], "--host 'mqtt://x': allowed is a host name"),
        (["--port", "0"], "--port '0': allowed is 1 to 65535"),
        (["--base", "a/#"], "--base 'a/#': allowed is"),
        (["--only", "pose"], "--only needs --json"),
        (["--speed", "2"], "--speed needs --replay"),
        (["--replay", "x", "--port", "7"], "--port does nothing with --replay"),
        (["--replay", "x", "--record", "y"], "--record does nothing with --replay"),
        (["--password-file", "x"], "--password-file needs --username"),
        (["--certfile", "x"], "--certfile needs --keyfile"),
    ],
)
def test_what_makes_no_sense_is_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert cli.main(["watch", *words]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--json", "--only", "poses"], ["--speed", "0"], ["--speed", "inf"], ["--port", "x"]]
)
def test_what_cannot_be_read_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["watch", *words])


def test_it_needs_no_engine_and_no_camera() -> None:
    code = (
        "import sys; from edgepose.cli import main\n"
        f"assert main(['watch', '--json', '--port', '{free_port()}']) == 69\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(re.findall(r"\w+", done.stdout))
    assert {"edgepose", "paho"} <= loaded
    assert not loaded & {"numpy", "cv2", "mediapipe", "ai_edge_litert", "picamera2", "aiohttp"}


@pytest.mark.slow
def test_nothing_of_a_fleet_is_lost(tmp_path: Path, broker: Broker) -> None:
    names = [f"device-{number:03}" for number in range(100)]
    words = ("--port", broker.port, "--json", "--only", "pose")
    with Devices(broker.port, names) as devices, lines(tmp_path, *words) as out:
        # A watcher that is there sees the first one of each.

        def heard() -> bool:
            devices.see(formats=("packed",))
            return bool(out.text)

        wait_for(heard, 20, "a pose", 0.2)
        devices.publish("end", "pose", "x")
        out.wait_text("end")
        begun = out.text.count("\n")
        devices.stream(50, 10)
        devices.publish("end", "pose", "x")
        wait_for(lambda: out.text.count("\n") >= begun + 5001, 20, "all of them")
        found = objects(out.end())
    seqs: dict[str, list[int]] = {}
    for each in found:
        if "message" in each:
            seqs.setdefault(each["device"], []).append(each["message"]["seq"])
    assert sorted(seqs) == names
    for run_ in seqs.values():
        assert run_ == list(range(run_[0], run_[0] + len(run_)))
        assert len(run_) >= 50


def test_a_notice_is_had_by_json_and_taken_back_is_null(tmp_path: Path, broker: Broker) -> None:
    words = ("--port", broker.port, "--json", "--only", "notice")
    with Devices(broker.port, ["hall"]) as devices, lines(tmp_path, *words) as out:
        devices.publish("hall", "notice", json.dumps(NOTICE), retain=True)
        out.wait_text('"snapshots":2')
        devices.publish("hall", "notice", b"", retain=True)
        out.wait_text('"message":null')
        found = objects(out.end())
    assert [(each["kind"], each["message"]) for each in found] == [
        ("notice", NOTICE),
        ("notice", None),
    ]
