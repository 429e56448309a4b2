"""What an answer carries to be made again: its need, whom it names, and the digests.

In a PDF it is an attached file, in a JSON a key. It proves nothing by itself: the answer is made
again from it, and only bytes that are all the same are called identical.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matcher.catalogue.model import Need
from matcher.ranking.explain import Suggestion

from .digests import Digests

NAME = "preuve-maillage.json"
"""Of the file that is attached to a PDF."""
KEY = "preuve"
"""In a JSON."""
_ATTACHED = re.compile(rb"/EmbeddedFile\b.*?\bstream\r?\n(.*?)\r?\nendstream", re.DOTALL)
LARGEST = 2**20
"""Bytes of a stamp, at most: one that swells beyond when it is unpacked is not ours."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an answer was made of.

    Parameters
    ----------
    shown : tuple of (int, str, float)
        Rank, id and score of each suggestion, as the answer has them.
    """

    digests: Digests
    need: Need
    shown: tuple[tuple[int, str, float], ...]


def stamped(need: Need, suggestions: Sequence[Suggestion], folder: Path) -> dict[str, Any]:
    """The stamp of an answer that was made from a data folder, as a plain record."""
    themes = need.themes
    said = {str(t): w for t, w in themes.items()} if isinstance(themes, Mapping) else list(themes)
    return {
        "empreintes": asdict(Digests.of(folder)),
        "demande": {**asdict(need), "themes": said},
        "suggestions": [[s.rank, s.structure.id, round(s.score, 4)] for s in suggestions],
    }


def read_stamp(data: bytes) -> Stamp | None:
    """The stamp of a PDF or of a JSON; None where there is none that can be read."""
    try:
        record = _attached(data) if data.startswith(b"%PDF") else json.loads(data)[KEY]
        asked = {key: _frozen(key, value) for key, value in record["demande"].items()}
        shown = tuple((int(r), str(i), float(s)) for r, i, s in record["suggestions"])
        return Stamp(Digests(**record["empreintes"]), Need(**asked), shown)
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
        return None


def _frozen(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(str, value))
    if key == "themes" and isinstance(value, dict):
        return {str(theme): float(weight) for theme, weight in value.items()}
    return value


def _attached(data: bytes) -> Any:
    found = _ATTACHED.search(data)
    if not found:
        raise ValueError("no file is attached")
    unpacked = found[1]
    if b"/FlateDecode" in found[0][: found.start(1) - found.start()]:
        unpacked = zlib.decompressobj().decompress(found[1], LARGEST)
    return json.loads(unpacked)
