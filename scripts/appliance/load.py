"""Loads what the service will load, but for the engine: `load.py CONFIG FOLDER [picamera2]`.

Prints the path of the model bundle that the service will take. Runs with the installed edgepose.
Paths in CONFIG are relative to FOLDER, where it will be. What sees pictures is imported behind the
same filter as in the service; with the third word picamera2 is, too. What is loaded is thereby
compiled, which the service itself may not do. The engine has a trial of its own,
`edgepose.vision.trial`.
Exit status 0, else what is wrong is in the last line of stderr.
"""

import importlib
import sys
from pathlib import Path
from typing import Final

from edgepose import translate
from edgepose.config.load import load
from edgepose.errors import EX_UNAVAILABLE, UserError
from edgepose.vision import sandbox

DAEMON: Final = ("edgepose.app", "edgepose.cli.run", "edgepose.vision.process")
VISION: Final = (
    "edgepose.vision.sources.actor",
    "edgepose.vision.sources.uri",
    "edgepose.vision.capture",
    "edgepose.vision.crew",
    "edgepose.vision.outcome",
    "edgepose.vision.pacer",
)


def main(file: str, folder: str, camera: str = "") -> int:
    """Load it all, and say what fails."""
    try:
        config = load(Path(file))
        model = translate.bundle(config, Path(folder))
        for name in DAEMON:
            importlib.import_module(name)
        sandbox.enter()
        for name in VISION:
            importlib.import_module(name)
        if camera:
            _import_camera(camera)
    except (UserError, ImportError) as error:
        print(error, file=sys.stderr)
        return EX_UNAVAILABLE
    print(model.path.resolve())
    return 0


def _import_camera(name: str) -> None:
    # Its modules are the system's, whose folders are apt's.
    sys.dont_write_bytecode = True
    try:
        importlib.import_module(name)
    except (ImportError, ValueError) as error:
        # ValueError is how a module ends that is built for another numpy.
        raise UserError(
            f"{name} cannot be used here: {error}; it is made for Raspberry Pi OS, elsewhere there "
            "is --source actor"
        ) from error
    finally:
        sys.dont_write_bytecode = False


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
