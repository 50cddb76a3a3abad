"""A subscriber may take `edgepose.messages` alone: it needs the standard library and no more."""

import json
import pkgutil
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
