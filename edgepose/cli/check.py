"""`edgepose check FILE`: is this configuration good, and if not, what is to be mended.

Loads nothing but the configuration, so that it answers at once and on any machine.
"""

import argparse
import sys
from pathlib import Path

from edgepose.config.device import identify
from edgepose.config.load import load
from edgepose.config.model import Camera
from edgepose.config.problem import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of this sub-command."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the configuration to check")


def run(arguments: argparse.Namespace) -> int:
    """Print every problem to stderr and return 78, or say what the file means and return 0."""
    file: Path = arguments.file
    try:
        config = load(file)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{file}: ok")
    print(
        f"device {identify(config.device).id}, pictures from {_pictures(config.camera)}, ", end=""
    )
    print(f"broker {config.mqtt.host}:{config.mqtt.port}")
    return 0


def _pictures(camera: Camera) -> str:
    which = {"actor": camera.scene, "uri": camera.uri, "picamera2": f"camera {camera.camera}"}
    return f"{camera.source} ({which[camera.source]})"
