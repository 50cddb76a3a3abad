"""What the service may not do, tried from its own place; whom it reaches, and that this is all.

In a network of its own, with a broker that the unit's filter does not allow, on a shared machine:
in the order of these tests, and the machine is as it was behind them.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from tests.appliance import attempts, far
from tests.appliance.far import Far, far_away
from tests.appliance.house import UNIT, House
from tests.harness.connections import ANYBODY, on_the_page, seen_in
from tests.harness.programs import attached, by_program
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.appliance, pytest.mark.slow]
Tried = dict[str, dict[str, str | None]]
PROGRAMS = {'"run", "--config"': "the daemon", '"edgepose.vision': "the vision process"}
DOCTOR = "edgepose doctor"
PLACES = {
    f"{far.ADDRESS}:{far.PORT}": "mqtt.host:mqtt.port",
    f"{far.NOWHERE}:{far.PORT}": "mqtt.host:mqtt.port",
    f"{far.ADDRESS}:0": "mqtt.host:0",
    f"{far.NOWHERE}:0": "mqtt.host:0",
    f"{far.SERVER}:53": "resolver:53",
    "0.0.0.0:8474": "live.host",
    "127.0.0.1:8474": "live.host:live.port",
}
NOT_HERE = {
    "local /run/avahi-daemon/socket",
    "local /run/systemd/resolve/io.systemd.Resolve",
}
"""Asked for names where the machine has them."""
ATTEMPTS = "srv/attempts.py"
PYTHON = "/opt/edgepose/bin/python -I"
REACHED = {"this-machine": "127.0.0.1", "a-stranger": far.NEIGHBOUR}
NEEDED = {
    *(f"write {place}" for place in ("/var/lib/edgepose", "/run/edgepose", "/tmp", "/var/tmp")),
    "write /dev/shm",
    "read the config",
    *(f"read {path}" for path in attempts.ABOUT_THE_MACHINE),
    "see the daemon",
    "signal the daemon",
    "ask systemd",
    "the kernel's events",
    "connect to this-machine",
    "send to this-machine",
}
"""What has to work; all else is denied."""
OF_ROOT = {"write /run", "read passwords", "see process 1", "signal process 1", "command systemd"}
"""What only the service's user is denied, and not its sandbox."""
OF_THE_SANDBOX = {
    *(f"run from {place}" for place in ("/var/lib/edgepose", "/run/edgepose", "/tmp", "/dev/shm")),
    "make a program that runs as its owner",
    "open the kernel's log",
    "read a home",
    "memory to write and run",
    "memory written, then run",
    "a user name space",
    "change the user",
    "another personality",
    "see process 1",
    *(f"call {name}" for name in ("bpf", "io_uring_setup", "keyctl", "userfaultfd", "setns")),
    "connect to a-stranger",
    "send to a-stranger",
}
"""What its user might do without it; so these attempts are no empty ones."""


class Traced(Far):
    """The network, and in `calls` all system calls that could be connections, until `end`."""

    def __init__(self, house: House, calls: Path) -> None:
        super().__init__(house)
        self.calls = calls
        self._tracing = ExitStack()
        self._tracing.enter_context(attached(calls, self.machine.init))

    def end(self) -> None:
        """Look no more at system calls."""
        self._tracing.close()

    def wait_status(self, words: str) -> str:
        """Wait until the status has these words; the status."""
        wait_for(lambda: words in self.status, 120, words)
        return self.status

    def troubles(self) -> list[str]:
        """What the daemon that runs has written about its broker, in its order."""
        pid = self.machine.show(UNIT, "MainPID")["MainPID"]
        own = [entry for entry in self.machine.journal(UNIT) if entry.get("_PID") == pid]
        return [e["MESSAGE"] for e in own if "edgepose keeps trying" in str(e["MESSAGE"])]


@pytest.fixture(scope="module")
def place(installed: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    """The service, in its network, with its broker's name in the config, not yet started."""
    with far_away(installed) as there:
        there.machine.run("systemctl", "stop", UNIT)
        there.broker(far.NAME)
        # Each of its system calls stops it twice.
        there.configure("camera", rate=3.0)
        there.configure("live", enabled=True, host="0.0.0.0")
        traced = Traced(installed, tmp_path_factory.mktemp("connections") / "calls")
        try:
            yield traced
        finally:
            traced.end()
            for name in ("override", "attempts"):
                there.drop_in(name, "")


@pytest.fixture(scope="module")
def tried(place: Traced) -> Tried:
    """What the attempts came to, by who made them: `service`, behind the whole sandbox; `root`, the
    same as root; `bare`, the service's user without a sandbox."""
    machine = place.machine
    shutil.copy(attempts.__file__, machine.root / ATTEMPTS)
    machine.run("sh", "-ec", PREPARE)
    words = [f"{name}={address}:{far.PORT}" for name, address in REACHED.items()]
    command = f"{PYTHON} /{ATTEMPTS} {{}} $MAINPID {' '.join(words)}"
    as_service, as_root = command.format("service"), command.format("root")
    place.drop_in("attempts", f"[Service]\nExecStartPost={as_service}\nExecStartPost=!{as_root}\n")
    try:
        machine.run("systemctl", "start", UNIT)
        pid = machine.show(UNIT, "MainPID")["MainPID"]
        bare = ("User=edgepose", "PrivateTmp=yes", f"NetworkNamespacePath={far.SPACE}")
        options = [word for each in bare for word in ("-p", each)]
        program = (*PYTHON.split(), f"/{ATTEMPTS}", "bare", pid, *words)
        said = machine.run("systemd-run", "-qGP", *options, *program).stdout.splitlines()
        said += [str(entry["MESSAGE"]) for entry in machine.journal(UNIT)]
    finally:
        place.drop_in("attempts", "")
        machine.run("sh", "-c", CLEAR)
    tried: Tried = {}
    for line in said:
        if line.startswith("ATTEMPT "):
            _, label, told = line.split(" ", 2)
            name, result = json.loads(told)
            tried.setdefault(label, {})[name] = result
    return tried


def worked(results: dict[str, str | None]) -> set[str]:
    """The attempts that were not denied."""
    return {name for name, error in results.items() if error is None}


def test_the_service_may_do_what_it_needs_and_nothing_else(tried: Tried) -> None:
    assert worked(tried["service"]) == NEEDED


def test_the_sandbox_holds_root_too(tried: Tried) -> None:
    assert worked(tried["root"]) - NEEDED == OF_ROOT


def test_without_the_sandbox_it_might_do_more(tried: Tried) -> None:
    assert worked(tried["bare"]) >= NEEDED | OF_THE_SANDBOX


def test_a_broker_outside_the_filter_is_named_and_mended_as_it_says(
    place: Traced, tried: Tried
) -> None:
    assert tried
    status = place.wait_status("blocked by the unit's address filter")
    assert status.startswith(f"no broker: {far.NAME}:{far.PORT}: ")
    edit, *lines, restart = re.findall("`([^`]+)`", status)
    # Its other address is one that the filter allows.
    assert lines == ["[Service]", f"IPAddressAllow={far.ADDRESS}"]
    for typed in (edit, restart):
        assert typed.startswith("sudo systemctl ")
    place.machine.run(*edit.split()[1:], "--stdin", stdin="\n".join(lines))
    # Who stops here is told that it does not count yet.
    place.wait_status("the unit's address filter has changed")
    troubles = place.troubles()
    assert any("blocked by the unit's address filter" in each for each in troubles)
    # A line for each new one, and not for each time that it is tried.
    assert all(one != other for one, other in pairwise(troubles))
    place.machine.run(*restart.split()[1:])
    place.poses_come()
    assert "no broker" not in place.status


def test_the_live_page_answers_those_whom_the_filter_allows(place: Traced) -> None:
    # By root, for the service's user.
    said = place.machine.run("edgepose", "live", "--new-token").stdout
    (word,) = set(re.findall(r"\?token=(\S+)", said))
    asked = (*PYTHON.split(), "-c", ASKS, far.ADDRESS, word)
    # Until it is known to the daemon, which answers how it is: nobody is let in.
    answers = lambda: json.loads(place.run(*asked, far.ADDRESS).stdout) == [401, 303]  # noqa: E731
    wait_for(answers, 20, "the new token", step_s=1.0)
    assert json.loads(place.run(*asked, far.NEIGHBOUR).stdout) == "TimeoutError"
    file = place.machine.root / "var/lib/edgepose/live-token"
    owner = file.stat()
    assert (owner.st_uid, oct(owner.st_mode)) == (file.parent.stat().st_uid, "0o100600")
    assert owner.st_uid != 0
    assert not [e for e in place.machine.journal(UNIT) if word in str(e)]


def test_whom_it_connects_to_is_on_the_page_and_no_more_is(place: Traced) -> None:
    # As root and as somebody else it asks systemd in different ways.
    for user in ("root", "edgepose"):
        words = ("-p", f"User={user}", "-p", f"NetworkNamespacePath={far.SPACE}")
        command = ("/opt/edgepose/bin/edgepose", "doctor", "--json")
        # What it finds is not for this test.
        place.machine.run("systemd-run", "-qGP", *words, *command, check=False)
    place.end()
    calls = by_program(place.calls, {**PROGRAMS, '"doctor", "--json"': DOCTOR})
    page = on_the_page()
    seen = {who: seen_in(calls[who], PLACES) for who in (*PROGRAMS.values(), DOCTOR)}
    print("", *(f"{who}: {', '.join(sorted(found))}" for who, found in seen.items()), sep="\n")
    assert seen["the daemon"] == page["the daemon"] | page[ANYBODY] - NOT_HERE
    assert seen["the vision process"] == page["the vision process"]
    assert seen[DOCTOR] - page[ANYBODY] == page[DOCTOR]


def test_a_config_that_goes_outside_is_told_and_not_followed(place: Traced) -> None:
    kept = (place.machine.root / far.CONFIG).read_text()
    place.broker(far.NEIGHBOUR)
    status = place.wait_status(f"`IPAddressAllow={far.NEIGHBOUR}`")
    assert status.startswith("OLD CONFIG: line ")
    assert f": mqtt.host: {far.NEIGHBOUR}:{far.PORT}: " in status
    words = ("-h", far.ADDRESS, "-p", str(far.PORT), "-t", "edgepose/+/health", "-C", "1")
    why = json.loads(place.run("mosquitto_sub", *words, "-W", "20").stdout)["why"]
    assert any("blocked by the unit's address filter" in each for each in why)
    place.poses_come()
    (place.machine.root / far.CONFIG).write_text(kept)


def test_a_filter_is_judged_as_systemd_judges_it(place: Traced) -> None:
    machine, found = place.machine, []
    machine.run(
        "systemctl", "set-property", "--runtime", "far.slice", f"IPAddressDeny={far.NEIGHBOUR}"
    )
    options = ("--slice=far-a.slice", "-p", f"NetworkNamespacePath={far.SPACE}")
    for more in ("IPAddressDeny=", f"IPAddressAllow={far.NEIGHBOUR}", "IPAddressDeny=any"):
        program = (*PYTHON.split(), "-c", JUDGES, str(far.PORT), far.ADDRESS, far.NEIGHBOUR)
        said = machine.run("systemd-run", "-qGP", *options, "-p", more, *program).stdout
        judged, real = json.loads(said)
        assert judged == real
        found.append(real)
    machine.run("systemctl", "revert", "far.slice")
    assert found == [[True, False], [True, True], [False, False]]


def test_a_name_server_outside_the_filter_is_named(place: Traced) -> None:
    place.name_server(far.FAR_SERVER)
    place.machine.run("systemctl", "restart", UNIT)
    status = place.wait_status(f"the name server {far.FAR_SERVER} is blocked")
    assert f"`IPAddressAllow={far.FAR_SERVER}`" in status


JUDGES = """
import ipaddress, json, socket, sys
from edgepose.service.address_filter import own_unit, read

def reaches(address):
    try:
        socket.create_connection((address, int(sys.argv[1])), 0.5).close()
    except TimeoutError:
        return False
    return True

own = read(own_unit())
judged = [own.allows(ipaddress.ip_address(each)) for each in sys.argv[2:]]
print(json.dumps([judged, [reaches(each) for each in sys.argv[2:]]]))
"""
ASKS = """
import http.client, json, sys
address, word, source = sys.argv[1:]
answers = []
try:
    for path in ("/", f"/?token={word}"):
        line = http.client.HTTPConnection(address, 8474, timeout=2, source_address=(source, 0))
        line.request("GET", path)
        answers.append(line.getresponse().status)
    print(json.dumps(answers))
except OSError as error:
    print(json.dumps(type(error).__name__))
"""
PREPARE = f"""
echo private >/home/letter
echo private >/tmp/letter
mknod -m 666 {attempts.KERNEL_LOG} c 1 11
"""
CLEAR = f"rm -f /home/letter /tmp/letter {attempts.KERNEL_LOG} /{ATTEMPTS}"
