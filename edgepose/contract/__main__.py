"""`python -m edgepose.contract` writes config/asyncapi.yaml into the checkout it is part of."""

import sys
from pathlib import Path
from typing import Final

from edgepose.contract.document import document
from edgepose.contract.text import text
from edgepose.errors import EX_UNAVAILABLE

CHECKOUT: Final = Path(__file__).resolve().parents[2]
FILE: Final = CHECKOUT / "config" / "asyncapi.yaml"


def main() -> int:
    """Write the document."""
    if not (CHECKOUT / "pyproject.toml").is_file():
        print(f"{CHECKOUT} is no checkout of edgepose: run this there", file=sys.stderr)
        return EX_UNAVAILABLE
    FILE.write_text(text(document()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
