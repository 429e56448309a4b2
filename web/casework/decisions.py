"""What advisers decided and visitors said, as `calibrate` and `evaluate-pertinence` read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matcher import Matcher, NeedError, Theme
from matcher.cohorts import ACCEPTED, DECLINED
from matcher.tables import BOM, french_csv

from . import clock
from .dossiers.choices import SELECTED, Verdict
from .dossiers.dossiers import need_of
from .dossiers.same import communes_of
from .opinions import Fair
from .states import Declined, Discarded, Labelled, Step
from .store.memories import Impression, Opinion
from .store.tables import Choice, Dossier, Introduction

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
    Declined.PAUSE: False,
    Declined.COMMUNE: False,
    Declined.NO_ANSWER: False,  # silence says nothing
    Declined.UNSAID: False,
}
"""Whether each reason says that the structure does not fit the need: of an adviser who set it
aside, of a structure that declined."""
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


class LeftOut(Labelled):
    """Why no criterion can learn from a decision."""

    UNREAD = "besoin", "le besoin ne se lit plus"
    GONE = "catalogue", "la structure n’est plus au catalogue"
    AWAY = "commune", "la structure, ajoutée à la main, n’intervient pas dans la commune"
    OTHER = "motif", "le motif ne dit pas si la structure convient au besoin"
    OUTDATED = "depassee", "un autre dossier du même besoin en a décidé plus tard"


@dataclass(frozen=True)
class Decided:
    """The last decision on a structure for a dossier."""

    fits: bool
    reason: str
    at: datetime


def decisions(
    session: Session, matcher: Matcher
) -> tuple[list[tuple[str, ...]], dict[LeftOut, list[str]]]:
    """Give the decisions of all dossiers, one for each need and structure: the last one.

    A need of several communes is one row, which names them all.

    Returns
    -------
    list of tuple of str
        Rows of `COLUMNS`, by need.
    dict of LeftOut to list of str
        For each reason, the dossiers of the decisions that are left out, one each.
    """
    rows: dict[tuple[str, ...], tuple[datetime, tuple[str, ...], str]] = {}
    left_out: dict[LeftOut, list[str]] = {}
    dossiers = session.scalars(
        select(Dossier)
        .options(selectinload(Dossier.choices), selectinload(Dossier.introductions))
        .order_by(Dossier.id)
    )
    for dossier in dossiers:
        asked = _asked(dossier, matcher)
        for structure, decided in _of(dossier).items():
            row = _row(matcher, asked, structure, decided)
            if isinstance(row, LeftOut):
                left_out.setdefault(row, []).append(dossier.reference)
                continue
            at, key, found = row
            one, other = (at, found, dossier.reference), rows.get(key)
            if other is None:
                rows[key] = one
                continue
            # Another dossier says the same need: what was decided last holds.
            rows[key], lost = (other, one) if other[0] > at else (one, other)
            left_out.setdefault(LeftOut.OUTDATED, []).append(lost[2])
    return [found for _, (_, found, _) in sorted(rows.items())], left_out


def as_csv(rows: Sequence[tuple[str, ...]]) -> str:
    """The same as a CSV, with its byte-order mark."""
    return BOM + french_csv(COLUMNS, rows)


def _row(
    matcher: Matcher, asked: tuple[str, ...] | None, structure_id: str, decided: Decided | None
) -> tuple[datetime, tuple[str, ...], tuple[str, ...]] | LeftOut:
    """When it was decided, what on, and the row that tells it; or why there is none."""
    if asked is None:
        return LeftOut.UNREAD
    structure = matcher.structures.get(structure_id)
    if structure is None:
        return LeftOut.GONE
    places = [matcher.territory.communes[insee] for insee in asked[0].split(",")]
    if all(matcher.coverage.reach(structure, place) is None for place in places):
        return LeftOut.AWAY
    if decided is None:
        return LeftOut.OTHER
    key = (*asked, structure_id)
    verdict = ACCEPTED if decided.fits else DECLINED
    return decided.at, key, (*key, verdict, decided.reason, f"{clock.day_of(decided.at):%Y-%m-%d}")


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
    resolve = matcher.territory.resolve
    insee = ",".join(dict.fromkeys(resolve(code) or code for code in communes_of(dossier)))
    themes = set(dossier.themes)
    excluded = set(dossier.excluded) - themes
    return (insee, text, "|".join(sorted(themes)), "|".join(sorted(excluded)), need.stage or "")


def _of(dossier: Dossier) -> dict[str, Decided | None]:
    """What was decided in a dossier; None where it does not tell whether a structure fits.

    What the structure answered outranks what was chosen.
    """
    found: dict[str, Decided | None] = {}
    for choice in dossier.choices:
        found[choice.structure_id] = _chosen(choice)
    for introduction in dossier.introductions:
        if introduction.answered_at is not None:
            answered = _answered(introduction, introduction.answered_at)
            known = found.get(introduction.structure_id)
            found[introduction.structure_id] = answered or known
    return found


def _chosen(choice: Choice) -> Decided | None:
    if choice.verdict in SELECTED:
        return Decided(True, choice.verdict, choice.decided_at)
    if choice.verdict == Verdict.DISCARDED and SET_ASIDE[Discarded(choice.reason or "")]:
        return Decided(False, choice.reason or "", choice.decided_at)
    return None


def _answered(introduction: Introduction, at: datetime) -> Decided | None:
    if introduction.step in (Step.ACCEPTED, Step.MET):
        return Decided(True, introduction.step, at)
    if introduction.step == Step.DECLINED and ANSWERED[Declined(introduction.reason or "")]:
        return Decided(False, introduction.reason or "", at)
    return None


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
