"""Where the real pictures and films are: the one place that knows."""

from pathlib import Path
from typing import Final

MEDIA: Final = Path(__file__).resolve().parents[3] / "shared" / "media"
"""Beside the checkout; not everywhere."""
