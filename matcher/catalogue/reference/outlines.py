"""Outlines for maps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .communes import Administrative
from .contours import Place


def build(target: Path, administrative: Administrative, places: Mapping[str, Place]) -> list[str]:
    """Write the outlines."""
    return []
