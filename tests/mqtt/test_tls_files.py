"""Which files of certificates and keys a config may name, and what is said of the others."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edgepose.config.model import Config
from edgepose.errors import UserError
from edgepose.mqtt.tls import read_tls
from edgepose.reload.candidate import Refused, read
from edgepose.translate import broker as broker_of
from tests.mqtt.certificates import Certificates


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


Files = Callable[[Certificates, Path], tuple[Path | None, Path | None, Path | None]]


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (lambda _m, t: (t / "nothing", None, None), "cafile: {t}/nothing: cannot be read: No such"),
        (lambda _m, t: (t / "garbage", None, None), "cafile: {t}/garbage: holds no certificate"),
        (lambda _m, t: (t / "empty", None, None), "cafile: {t}/empty: holds no certificate"),
        (lambda _m, t: (t / "pipe", None, None), "cafile: {t}/pipe: is no file"),
        (lambda _m, t: (t, None, None), "cafile: {t}: is no file"),
        (lambda m, _t: (m.key("ca"), None, None), "cafile: {m}/ca.key: holds no certificate"),
        (
            lambda m, t: (None, m.pem("device"), t / "nothing"),
            "keyfile: {t}/nothing: cannot be read: No such file",
        ),
        (
            lambda m, _t: (None, m.pem("device"), m.key("stranger")),
            "certfile: {m}/device.pem and {m}/stranger.key do not belong together",
        ),
        (
            lambda m, _t: (None, m.pem("device"), m.key("locked")),
            "certfile: the key in {m}/locked.key is encrypted; edgepose takes one that is not",
        ),
        (
            lambda m, _t: (None, m.pem("device"), None),
            "certfile: {m}/device.pem: no certificate with its private key in PEM",
        ),
        (
            lambda m, t: (None, t / "garbage", m.key("device")),
            "certfile: {t}/garbage and {m}/device.key: not a certificate and its private key",
        ),
    ],
)
def test_files_that_are_no_good(
    tmp_path: Path, made: Certificates, files: Files, text: str
) -> None:
    (tmp_path / "garbage").write_text("no certificate")
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError) as caught:
        read_tls(*files(made, tmp_path))
    folder = made.pem("ca").parent
    assert str(caught.value).startswith("mqtt." + text.format(t=tmp_path, m=folder))


def test_files_with_another_content_are_another_connection(
    tmp_path: Path, made: Certificates
) -> None:
    for name in ("ca.pem", "device.pem", "device.key"):
        (tmp_path / name).write_bytes((made.pem("ca").parent / name).read_bytes())
    mqtt = {"tls": True, "cafile": "ca.pem", "certfile": "device.pem", "keyfile": "device.key"}
    config = Config.model_validate({"mqtt": mqtt})
    first = broker_of(config, "tested", tmp_path)
    assert broker_of(config, "tested", tmp_path) == first
    assert first.tls is not None
    assert first.tls.keyfile == tmp_path / "device.key"
    with (tmp_path / "ca.pem").open("ab") as file:
        file.write(made.pem("foreign").read_bytes())
    assert broker_of(config, "tested", tmp_path) != first


@pytest.mark.usefixtures("model_full")
@pytest.mark.parametrize(
    ("keys", "line", "text"),
    [
        ("cafile: nothing", 3, "mqtt.cafile: {t}/nothing: cannot be read: No such file"),
        (
            "certfile: device.pem",
            3,
            "mqtt.certfile: {t}/device.pem: no certificate with its private key",
        ),
        (
            "cafile: ca.pem\n  certfile: device.pem\n  keyfile: absent",
            5,
            "mqtt.keyfile: {t}/absent: ",
        ),
    ],
)
def test_a_config_with_such_files_is_refused_by_key_and_line(
    tmp_path: Path, made: Certificates, keys: str, line: int, text: str
) -> None:
    for name in ("ca.pem", "device.pem"):
        (tmp_path / name).write_bytes((made.pem("ca").parent / name).read_bytes())
    file = tmp_path / "edgepose.yaml"
    file.write_text(f"mqtt:\n  tls: true\n  {keys}\n")
    with pytest.raises(Refused) as caught:
        read(file)
    problem = caught.value.problems[0]
    assert str(problem).startswith(f"{file}:{line}:")
    assert text.format(t=tmp_path) in str(problem)
