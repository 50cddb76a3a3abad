"""The document in the checkout is the one that the code makes, and a person can read it."""

import subprocess
import sys

import yaml

from edgepose.config.model import Config
from edgepose.contract.__main__ import FILE
from edgepose.contract.document import document
from edgepose.contract.text import text


def test_what_the_checkout_holds_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == text(document()), "run python -m edgepose.contract"


def test_the_text_is_the_document() -> None:
    assert yaml.safe_load(text(document())) == document()


def test_it_says_first_what_it_is_and_what_makes_it() -> None:
    head = text(document()).split("\n\n")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert "python -m edgepose.contract" in head


def test_no_line_is_too_long_and_none_ends_in_a_space() -> None:
    for line in text(document()).splitlines():
        assert len(line) <= 100
        assert line == line.rstrip()


def test_defaults_are_those_of_the_config() -> None:
    parameters = document()["components"]["parameters"]
    config = Config()
    assert parameters["base"]["default"] == config.mqtt.base
    assert parameters["prefix"]["default"] == config.home_assistant.prefix


def test_making_it_loads_nothing_heavy() -> None:
    code = "import sys, edgepose.contract.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded & {"cv2", "mediapipe", "numpy", "paho"} == set()
