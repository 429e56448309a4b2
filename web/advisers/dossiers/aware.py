"""What the team knows of a commune: its dossiers, told without what only their members read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from matcher import Need, NeedError, Theme, UnknownCommune

from ...access import may_read
from ...answers.asking import LONGEST_PLACE
from ...casework import clock
from ...casework.dossiers import same
from ...casework.dossiers.dossiers import need_of
from ...casework.states import State
from ...casework.store.tables import Account, Dossier
from ...context import database, matcher
from . import desk

NEIGHBOURS = 10
"""Other dossiers of a commune that are shown, those that are alike first, then the newest."""
LIKE_DAYS = 183
"""Days during which a need that comes again is most often the same one: half a year."""
SUBJECTS = 3
"""Subjects that say what a need is about."""


@dataclass(frozen=True)
class Neighbour:
    """A dossier as every colleague may know it.

    Parameters
    ----------
    subject : str
        What it is about, as the matcher reads it.
    who : str
        Names of those who follow it; "" of nobody.
    need : str
        Its words, for those who read the dossier; "" for the others, who get no link either.
    like : bool
        Whether it may be the same need: a subject in common, in half a year.
    """

    reference: str
    subject: str
    state: str
    who: str
    received: datetime
    readable: bool
    need: str
    like: bool


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/besoin/commune")(need_neighbours)


def need_neighbours() -> ResponseReturnValue:
    """The dossiers of a commune, while its need is typed: a part of a page."""
    try:
        found = matcher.place(request.args.get("commune", "")[:LONGEST_PLACE])
    except UnknownCommune:
        return "", 204
    communes = [commune.insee for commune in found.communes]
    with database.reading() as session:
        known = neighbours(session, desk.me(session), communes)
    return render_template("advisers/_neighbours.html", neighbours=known)


def neighbours(
    session: Session,
    account: Account,
    communes: Collection[str],
    need: Need | None = None,
    but: str | None = None,
) -> list[Neighbour]:
    """The other dossiers of some communes, those that may hold the same need first."""
    known = [shown(one, account, need) for one in same.of_communes(session, communes, but)]
    return sorted(known, key=lambda one: not one.like)[:NEIGHBOURS]


def alike(
    session: Session, account: Account, communes: Collection[str], need: Need, but: str
) -> list[Neighbour]:
    """The dossiers that may hold the need that is being typed."""
    return [one for one in neighbours(session, account, communes, need, but) if one.like]


def linked(session: Session, account: Account, dossier: Dossier) -> list[Neighbour]:
    """The dossiers that a person said to hold the same need."""
    return [shown(one, account, None) for one in same.linked(session, dossier)]


def shown(dossier: Dossier, account: Account, need: Need | None) -> Neighbour:
    """A dossier as this colleague may know it, beside a need."""
    readable = may_read(account, dossier)
    recent = dossier.created_at > clock.now() - timedelta(days=LIKE_DAYS)
    return Neighbour(
        dossier.reference,
        _subject(need_of(dossier)),
        State(dossier.state).label,
        ", ".join(member.name for member in dossier.members),
        dossier.created_at,
        readable,
        dossier.need if readable else "",
        need is not None and recent and is_like(need, need_of(dossier)),
    )


def is_like(one: Need, other: Need) -> bool:
    """Whether two needs share a subject or, where one of them names none, their first theme."""
    (subjects, themes), (others, other_themes) = _about(one), _about(other)
    if subjects and others:
        return not set(subjects).isdisjoint(others)
    return bool(themes) and themes[:1] == other_themes[:1]


def _subject(need: Need) -> str:
    subjects, themes = _about(need)
    labels = matcher.knowledge.subject_labels
    named = [labels[code] for code in subjects[:SUBJECTS] if code in labels]
    return ", ".join(named or [theme.label for theme in themes[:SUBJECTS]]) or "sujet non reconnu"


def _about(need: Need) -> tuple[Sequence[str], Sequence[Theme]]:
    """The subjects of a need, heaviest first, and its themes; none when it is no longer read."""
    try:
        question = matcher.question(need)
    except NeedError:
        return (), ()
    return [*question.main_subjects], [*map(Theme, question.themes)]
