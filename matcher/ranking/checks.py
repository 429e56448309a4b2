"""The check of the reference tables that people edit and that the ranking reads."""

from __future__ import annotations

from pathlib import Path

from matcher.catalogue.faults import Fault
from matcher.reading.knowledge import check_knowledge
from matcher.reading.wordlists import check_thesaurus


def check_reference(folder: Path) -> list[Fault]:
    """Every fault of the tables under `folder/reference/` that the ranking reads."""
    return [*check_knowledge(folder), *check_thesaurus(folder)]
