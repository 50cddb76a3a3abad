"""`python -P -m edgepose.doctor.camera_child find | open NUMBER`: is this camera there, can it be
opened?

A process of its own, behind the sandbox of the vision process: libcamera is heavy, and may end
it. `find` opens nothing. Exit status 0, and the camera's model as the last line; else the reason.
"""

import sys

from edgepose.errors import UserError
from edgepose.vision import sandbox


def main(what: str, number: str) -> int:
    """Look, and say what there is."""
    try:
        sandbox.enter()
        from edgepose.vision.sources.pi.opening import find_cameras, open_camera

        if what == "open":
            camera, model = open_camera(int(number))
            camera.close()
        else:
            model = find_cameras(int(number))[1][int(number)]
    except UserError as error:
        print(" ".join(str(error).split()), flush=True)
        return error.exit_code
    print(model, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
