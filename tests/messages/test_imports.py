"""A subscriber may take `edgepose.messages` alone: it needs the standard library and no more."""

import json
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import edgepose
import edgepose.messages

MODULES = [
    "edgepose.messages",
    *(f"edgepose.messages.{m.name}" for m in pkgutil.iter_modules(edgepose.messages.__path__)),
]
# -S: what an installation loads into every Python must not hide what we load.
CODE = """
import json, sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
for name in sys.argv[2:]:
    __import__(name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""

COPY = """
import sys
sys.path.insert(0, sys.argv[1])
from edgepose.messages import DecodeError, decode_json, decode_packed
from pathlib import Path
golden = Path(sys.argv[2])
pose = decode_packed((golden / "one.bin").read_bytes())
assert len(decode_json((golden / "one.json").read_bytes()).people) == len(pose.people) == 1
loaded = [m for name, m in sys.modules.items() if name.startswith("edgepose") and m.__file__]
assert all(m.__file__.startswith(sys.argv[1]) for m in loaded), loaded
"""


def test_only_the_standard_library_is_loaded() -> None:
    assert len(MODULES) > 7
    place = Path(edgepose.__path__[0]).parent
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CODE, str(place), *MODULES],
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = set(json.loads(done.stdout))
    assert set(MODULES) <= loaded
    foreign = {name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names}
    assert foreign == {"edgepose", *MODULES}
    assert not {"asyncio", "multiprocessing", "ssl"} & loaded


def test_the_folder_alone_is_enough(tmp_path: Path) -> None:
    # Somebody copies edgepose/messages beside a program, and nothing else of edgepose.
    [source] = edgepose.messages.__path__
    shutil.copytree(source, tmp_path / "edgepose" / "messages")
    golden = Path(__file__).with_name("golden")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", COPY, str(tmp_path), str(golden)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
