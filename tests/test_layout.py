"""The house keeps its order: names at the top, direction of imports, what an import costs."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = CHECKOUT / "edgepose"

TOP = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "config",
    "edgepose",
    "models",
    "pyproject.toml",
    "scripts",
    "systemd",
    "tests",
}
HEAVY = {"ai_edge_litert", "aiohttp", "cv2", "mediapipe", "numpy", "paho", "picamera2"}
MAY_IMPORT: dict[str, set[str]] = {
    "__main__": {"cli"},
    "address": set(),
    "app": {
        "commands",
        "config",
        "errors",
        "front",
        "messages",
        "mqtt",
        "reload",
        "scene",
        "service",
        "snapshot",
        "translate",
    },
    "bench": {"config", "errors", "messages", "models", "service", "translate", "vision"},
    "cli": {
        "address",
        "app",
        "bench",
        "config",
        "detect",
        "doctor",
        "errors",
        "landmarker",
        "live",
        "models",
        "mqtt",
        "messages",
        "reload",
        "service",
        "snapshot",
        "terminal",
        "vision",
    },
    "commands": {"config", "messages", "mqtt", "reload", "service"},
    "config": {"address", "errors"},
    "contract": {"errors", "messages", "mqtt"},
    "detect": {"address", "drawing", "errors", "landmarker", "messages", "scene", "vision"},
    "doctor": {
        "address",
        "config",
        "errors",
        "live",
        "models",
        "mqtt",
        "service",
        "translate",
        "vision",
    },
    "drawing": {"messages"},
    "errors": set(),
    "front": {"config", "home_assistant", "live", "mqtt", "reload", "service", "translate"},
    "home_assistant": {"messages", "mqtt"},
    "landmarker": {"errors", "messages", "models", "vision"},
    "live": {"errors", "messages", "mqtt"},
    "messages": set(),
    "models": {"errors"},
    "mqtt": {"errors", "wall_clock"},
    "reload": {"config", "errors", "live", "messages", "models", "mqtt", "service", "translate"},
    "scene": {"messages"},
    "service": {"address", "errors", "messages", "models", "mqtt", "scene", "wall_clock"},
    "snapshot": {"drawing", "errors", "messages", "service"},
    "terminal": {"errors", "messages", "mqtt", "service"},
    "translate": {
        "address",
        "config",
        "errors",
        "live",
        "messages",
        "models",
        "mqtt",
        "scene",
        "service",
    },
    "vision": {"address", "errors", "messages", "models"},
    "wall_clock": set(),
}
"""What each file and folder of the package knows; the overview's table, written out."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every file that git would take, relative to the checkout, be it a clone or not."""
    empty = tmp_path_factory.mktemp("empty")
    subprocess.run(["git", "init", "--quiet", "--bare", str(empty)], check=True)
    asked = ["ls-files", "-z", "--others", "--exclude-standard"]
    listed = subprocess.run(
        ["git", f"--git-dir={empty}", f"--work-tree={CHECKOUT}", *asked],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [Path(name) for name in listed.stdout.split("\0") if name]


def imports(source: str, package: str) -> set[str]:
    """The dotted names that a module imports, anywhere in it; `package` holds the module."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def parts() -> Iterator[tuple[str, str, str]]:
    """Each module's name, the part of edgepose that it is in, and the parts that it imports."""
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE).with_suffix("").parts
        package = ".".join(["edgepose", *inside[:-1]])
        for name in imports(path.read_text(), package):
            if name.startswith("edgepose."):
                yield ".".join(inside), inside[0], name.split(".")[1]


def may_import(part: str, other: str) -> bool:
    """Whether the direction of imports lets one part of edgepose import another."""
    return other in {part, "__version__", *MAY_IMPORT[part]}


def test_the_top_level_holds_only_the_agreed_names(tree: list[Path]) -> None:
    names = {path.parts[0] for path in tree}
    assert "pyproject.toml" in names
    assert {name for name in names if not name.startswith(".")} <= TOP


def test_imports_go_one_way() -> None:
    wrong = {
        f"{module} imports {other}"
        for module, part, other in parts()
        if not may_import(part, other)
    }
    assert wrong == set()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import edgepose.mqtt.client", {"edgepose.mqtt.client"}),
        ("from edgepose import mqtt", {"edgepose.mqtt"}),
        ("def late():\n    from ..mqtt import client", {"edgepose.mqtt.client"}),
        ("from . import slot", {"edgepose.vision.slot"}),
        ("from .. import mqtt", {"edgepose.mqtt"}),
    ],
)
def test_an_import_is_seen_in_each_of_its_forms(source: str, expected: set[str]) -> None:
    assert imports(source, "edgepose.vision") == expected


def loaded_by(code: str, *arguments: str) -> set[str]:
    """The top-level modules that a fresh Python holds after this code."""
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


def test_importing_edgepose_costs_nothing() -> None:
    assert loaded_by("import edgepose") & HEAVY == set()


def test_check_loads_no_engine_no_camera_and_no_network() -> None:
    code = """
from edgepose.cli import main
try:
    result = main()
except SystemExit as end:
    result = end.code
assert not result, result
"""
    config = CHECKOUT / "config" / "edgepose.yaml"
    modules = loaded_by(code, "check", str(config))
    assert "edgepose" in modules
    assert modules & HEAVY == set()


# In pieces, so that this file does not name them itself.
REGISTRIES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "pi" + "wheels.org",
    "deb.deb" + "ian.org",
    "security.deb" + "ian.org",
    "archive.rasp" + "berrypi",
    "registry.np" + "mjs.org",
]
FORBIDDEN = re.compile(
    "|".join(re.escape(host) for host in REGISTRIES) + r"|(?<![\w.~-])/(?:work|root|home/\w+)/",
)


def test_no_file_names_a_registry_or_a_developer_s_machine(tree: list[Path]) -> None:
    found = {
        f"{path}: {match[0]}"
        for path in tree
        for match in FORBIDDEN.finditer((CHECKOUT / path).read_text(errors="replace"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "text", ["https://" + REGISTRIES[0] + "/simple", "'/ro" + "ot/x'", "cd /ho" + "me/jo/edgepose"]
)
def test_such_a_name_would_be_found(text: str) -> None:
    assert FORBIDDEN.search(text)
