"""Opinions and impressions as `matcher evaluate-pertinence` and `matcher pool` read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher import Theme
from matcher.tables import BOM, french_csv

from ..store.memories import Impression, Opinion
from .opinions import Fair

GRADES: Mapping[Fair, int | None] = {
    Fair.YES: 2,
    Fair.OFF_TOPIC: 0,
    Fair.TOO_FAR: 0,
    Fair.NOT_ITS_FIELD: 0,
    Fair.KNOWN: None,  # it fits so well that they know each other
    Fair.GONE: None,  # a fault of the record, not of the ranking
    Fair.OTHER: None,
}
"""The grade of a structure that each opinion gives, from 0 to 3; None says nothing of it."""

Need = tuple[str, str]
"""Digest and commune."""


def judged(session: Session) -> dict[str, str]:
    """The files, by name, as CSV.

    The words of needs are not kept: a need is told by the labels of its themes. One without themes
    cannot be asked again and is left out.
    """
    needs: dict[Need, str] = {}
    grades: dict[tuple[Need, str], list[int]] = defaultdict(list)
    for one in session.scalars(select(Opinion).order_by(Opinion.id)):
        grade, told = GRADES.get(Fair(one.reason)), _told(one.themes)
        if grade is not None and told:
            needs[one.digest, one.commune] = told
            grades[(one.digest, one.commune), one.structure_id].append(grade)
    seen = session.scalars(select(Impression).order_by(Impression.id)).all()
    names = {need: f"V{number:04}" for number, need in enumerate(needs, 1)}
    files: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]] = {
        "besoins.csv": (
            ("id", "insee", "besoin"),
            [(names[need], need[1], told) for need, told in needs.items()],
        ),
        "notes.csv": (
            ("id", "structure_id", "juge_visiteurs"),
            [
                (names[need], structure, str(sorted(given)[(len(given) - 1) // 2]))
                for (need, structure), given in grades.items()
            ],
        ),
        "affichages.csv": (
            ("jour", "insee", "themes", "rang", "structure_id", "fois"),
            [
                (one.day, one.commune, "|".join(one.themes), str(rank), structure, str(one.times))
                for one in seen
                for rank, structure in enumerate(one.shown, 1)
            ],
        ),
    }
    return {name: BOM + french_csv(header, rows) for name, (header, rows) in files.items()}


def _told(themes: list[str]) -> str:
    known = {theme.value: theme.label for theme in Theme}
    return ", ".join(known[code] for code in themes if code in known)
