"""The documents name only what there is; `documents.py` holds the rules."""

import pytest

from tests.documents import CHECKOUT, problems


@pytest.mark.parametrize(
    "name", ["README.md", "edgepose/README.md", "CONTRIBUTING.md", "config/recipes/README.md"]
)
def test_a_document_names_only_what_there_is(name: str) -> None:
    path = CHECKOUT / name
    assert path.is_file(), f"{name} is missing"
    assert problems(path.read_text(), path.parent) == []


@pytest.mark.parametrize(
    "text",
    [
        "[the guide](guide.md)",
        "`edgepose/nowhere.py`",
        "`nowhere.md`",
        "`scripts/nowhere`",
        "`./scripts/nowhere --fast`",
        "`edgepose nowhere`",
        "`edgepose check --nowhere`",
        "`edgepose model get nowhere`",
        "`--nowhere`",
        "`camera.ratte`",
        "`edgepose.nowhere`",
        "`edgepose.errors.NowhereError`",
        "`edgepose.errors.UserError.nowhere`",
        "`NowhereError`",
        "`nowhere_at_all`",
        "`nowhere()`",
        "```sh\nsudo edgepose nowhere\n```",
        "```sh\ntrue && ./scripts/nowhere --fast\n```",
        "```sh\n./scripts/demo --nowhere\n```",
        "```sh\npython3 -m edgepose.nowhere\n```",
    ],
)
def test_what_is_not_there_is_found(text: str) -> None:
    assert len(problems(text, CHECKOUT)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[the licence](LICENSE), [a host](https://example.org/a.md), [below](#below)",
        "`edgepose/errors.py`, `errors.py`, `pyproject.toml`, `models/manifest`",
        "`pose_landmarker_lite.task`",
        "`/etc/edgepose.yaml`, `/pose/packed`, `edgepose/<device>/pose`",
        "`edgepose check FILE`, `edgepose model get --force full`, `--force`",
        "`camera.rate`, `camera`, `edgepose.errors.UserError`, `errors.UserError`, `json.loads`",
        "`UserError`, `exit_code`, `UserError.exit_code`, `HostError`, `models.manifest.load()`",
        "```sh\n./scripts/test -k 'not slow' # a remark\nedgepose check <file> | less\n```",
        '```json\n{"nowhere": 1}\n```',
    ],
)
def test_what_is_there_is_no_problem(text: str) -> None:
    assert problems(text, CHECKOUT) == []
