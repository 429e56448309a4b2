"""What advisers decided, as `matcher calibrate` reads it: a structure fits a need, or does not.

A structure that was kept, added or that accepted fits. One that was set aside or that declined
does not when the reason speaks of fit (`SET_ASIDE`, `ANSWERED`): a structure without time today
fits as well as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matcher import ACCEPTED, BOM, DECLINED, Matcher, NeedError, french_csv

from .choices import SELECTED, Verdict
from .dossiers import need_of
from .states import Declined, Discarded, Step
from .tables import Choice, Dossier, Introduction

COLUMNS = (
    *("commune", "besoin", "themes", "themes_ecartes", "etape"),
    *("structure_id", "decision", "motif", "decide_le"),
)

SET_ASIDE: Mapping[Discarded, bool] = {
    Discarded.KNOWN: False,  # it fits so well that they work together already
    Discarded.FULL: False,  # its time, not its trade
    Discarded.NOT_ITS_FIELD: True,
    Discarded.NOT_ITS_AREA: True,
    Discarded.REFUSED: False,  # the commune may have a reason that no criterion knows
    Discarded.BETTER: True,  # a comparison, which is what calibration learns from
}
ANSWERED: Mapping[Declined, bool] = {
    Declined.NO_TIME: False,
    Declined.NOT_ITS_FIELD: True,
    Declined.NOT_ITS_AREA: True,
    Declined.TOO_EARLY: True,  # the situation of the project is a criterion
    Declined.NO_FUNDS: False,  # the money, not the match
    Declined.COMMUNE: False,
    Declined.NO_ANSWER: False,  # silence says nothing
}
"""Whether each reason says that the structure does not fit the need: of an adviser who set it
aside, of a structure that declined."""


@dataclass(frozen=True)
class Decided:
    """The last decision on a structure for a dossier."""

    fits: bool
    reason: str
    at: datetime


def decisions(session: Session, matcher: Matcher) -> tuple[list[tuple[str, ...]], int]:
    """Give the decisions of all dossiers, one for each need and structure: the last one.

    Returns
    -------
    list of tuple of str
        Rows of `COLUMNS`, by need.
    int
        Decisions left out: the structure left the catalogue or does not cover the commune (it was
        added by hand), or the need is no longer read. No criterion can learn from them.
    """
    rows: dict[tuple[str, ...], tuple[datetime, tuple[str, ...]]] = {}
    left_out = 0
    dossiers = session.scalars(
        select(Dossier)
        .options(selectinload(Dossier.choices), selectinload(Dossier.introductions))
        .order_by(Dossier.id)
    )
    for dossier in dossiers:
        asked = _asked(dossier, matcher)
        for structure, decided in _of(dossier).items():
            if asked is None or not _covers(matcher, structure, asked[0]):
                left_out += 1
                continue
            key = (*asked, structure)
            if key in rows and rows[key][0] > decided.at:
                continue  # another dossier with the same need, decided later
            verdict = ACCEPTED if decided.fits else DECLINED
            rows[key] = decided.at, (*key, verdict, decided.reason, f"{decided.at:%Y-%m-%d}")
    return [row for _, (_, row) in sorted(rows.items())], left_out


def written(session: Session, matcher: Matcher) -> str:
    """The same as a CSV, with its byte-order mark."""
    rows, _ = decisions(session, matcher)
    return BOM + french_csv(COLUMNS, rows)


def _asked(dossier: Dossier, matcher: Matcher) -> tuple[str, ...] | None:
    """The need in the columns of a table, as it is read there; None when it no longer is.

    On one line, without what `read_rows` or a spreadsheet would take for something else than text:
    no word of it is lost, so that it reads the same.
    """
    visible = "".join(c if c.isprintable() else " " for c in dossier.need)
    text = " ".join(visible.split()).lstrip("=+-@ ")
    need = replace(need_of(dossier), text=text)
    try:
        matcher.question(need)
    except NeedError:
        return None
    insee = matcher.territory.resolve(dossier.commune) or dossier.commune
    themes = set(dossier.themes)
    excluded = set(dossier.excluded) - themes
    return (insee, text, "|".join(sorted(themes)), "|".join(sorted(excluded)), need.stage or "")


def _covers(matcher: Matcher, structure_id: str, insee: str) -> bool:
    structure = matcher.structures.get(structure_id)
    commune = matcher.territory.communes[insee]
    return structure is not None and matcher.coverage.reach(structure, commune) is not None


def _of(dossier: Dossier) -> dict[str, Decided]:
    """What was decided in a dossier; what the structure answered outranks what was chosen."""
    found = {}
    for decided in (*map(_chosen, dossier.choices), *map(_answered, dossier.introductions)):
        if decided is not None:
            found[decided[0]] = decided[1]
    return found


def _chosen(choice: Choice) -> tuple[str, Decided] | None:
    if choice.verdict in SELECTED:
        return choice.structure_id, Decided(True, choice.verdict, choice.decided_at)
    if choice.verdict == Verdict.DISCARDED and SET_ASIDE[Discarded(choice.reason or "")]:
        return choice.structure_id, Decided(False, choice.reason or "", choice.decided_at)
    return None


def _answered(introduction: Introduction) -> tuple[str, Decided] | None:
    at = introduction.answered_at
    if at is None:
        return None
    if introduction.step in (Step.ACCEPTED, Step.MET):
        return introduction.structure_id, Decided(True, introduction.step, at)
    if introduction.step == Step.DECLINED and ANSWERED[Declined(introduction.reason or "")]:
        return introduction.structure_id, Decided(False, introduction.reason or "", at)
    return None
