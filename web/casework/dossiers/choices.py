"""What advisers decide of structures: keep, discard, add by hand, put in order, undo.

Each choice keeps what the matcher said that day: decisions are compared with it later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from matcher import Matcher, Need

from .. import audit, clock
from ..audit import Action
from ..states import Discarded, Forbidden, Labelled, State, Step
from ..store.tables import Choice, Dossier

SHOWN = 10
"""Suggestions that an adviser sees at first: beyond them, a structure is added by hand."""


class Verdict(Labelled):
    """What was decided of a structure."""

    KEPT = "gardee", "gardée"
    DISCARDED = "ecartee", "écartée"
    ADDED = "ajoutee", "ajoutée à la main"


SELECTED = (Verdict.KEPT, Verdict.ADDED)
"""Verdicts of the structures to introduce."""


@dataclass(frozen=True)
class MatcherOpinion:
    """What the matcher says of a structure for a need, the day it is asked.

    Parameters
    ----------
    rank : int or None
        Among all that cover the commune, from 1; None where the structure does not cover it.
    score : float or None
        In [0, 1]; None with the rank.
    weights : mapping of str to float
        By criterion, of those that applied.
    catalogue : str
        Fingerprint of the catalogue.
    """

    rank: int | None
    score: float | None
    weights: Mapping[str, float]
    catalogue: str

    @classmethod
    def of(cls, matcher: Matcher, need: Need, structure_id: str) -> MatcherOpinion:
        """Ask the matcher.

        Raises
        ------
        UnknownStructure
            When the catalogue does not have it.
        NeedError
            When the need cannot be read.
        """
        why = matcher.why_not(need, structure_id)
        parts = [part for part in why.contributions if part.score is not None]
        return cls(
            rank=why.rank,
            score=None if why.rank is None else sum(part.points for part in parts),
            weights={part.criterion: part.weight for part in parts},
            catalogue=matcher.catalogue.fingerprint,
        )

    @property
    def shown(self) -> bool:
        """Whether the matcher shows it by itself."""
        return self.rank is not None and self.rank <= SHOWN


def selected(dossier: Dossier) -> list[Choice]:
    """The structures to introduce, in the order of the adviser."""
    return sorted(
        (choice for choice in dossier.choices if choice.verdict in SELECTED),
        key=lambda choice: choice.position,
    )


def of(dossier: Dossier, structure_id: str) -> Choice | None:
    """What was decided of a structure."""
    return next((c for c in dossier.choices if c.structure_id == structure_id), None)


def keep(
    session: Session, dossier: Dossier, structure_id: str, opinion: MatcherOpinion, actor: int
) -> Choice:
    """Keep a structure that the matcher shows.

    Raises
    ------
    Forbidden
        When it does not show it: it is added by hand, with a reason.
    """
    if not opinion.shown:
        raise Forbidden(
            "Cette structure n’est pas parmi les premières suggestions : ajoutez-la à la main, en "
            "disant pourquoi."
        )
    return _decide(session, dossier, structure_id, opinion, actor, Verdict.KEPT)


def add(
    session: Session,
    dossier: Dossier,
    structure_id: str,
    opinion: MatcherOpinion,
    actor: int,
    comment: str | None = None,
) -> Choice:
    """Add a structure by hand; one that the matcher shows by itself is merely kept.

    Raises
    ------
    Forbidden
        Without a comment, where the matcher does not show it.
    """
    if not opinion.shown and not comment:
        raise Forbidden("Dites pourquoi vous l’ajoutez : elle n’est pas parmi les suggestions.")
    verdict = Verdict.KEPT if opinion.shown else Verdict.ADDED
    return _decide(session, dossier, structure_id, opinion, actor, verdict, comment=comment)


def discard(
    session: Session,
    dossier: Dossier,
    structure_id: str,
    opinion: MatcherOpinion,
    actor: int,
    reason: str,
    comment: str | None = None,
) -> Choice:
    """Leave a structure aside, for a reason of `states.Discarded`.

    Raises
    ------
    Forbidden
        When the reason is unknown, or the structure is being introduced.
    """
    if reason not in {known.value for known in Discarded}:
        raise Forbidden("Choisissez un motif dans la liste pour écarter une structure.")
    _not_introduced(dossier, structure_id)
    return _decide(
        session, dossier, structure_id, opinion, actor, Verdict.DISCARDED, reason, comment
    )


def undo(session: Session, dossier: Dossier, structure_id: str, actor: int) -> None:
    """Forget what was decided of a structure; the audit log remembers it.

    Raises
    ------
    Forbidden
        When nothing was decided, or the structure is being introduced.
    """
    _open(dossier)
    choice = of(dossier, structure_id)
    if choice is None:
        raise Forbidden("Aucun choix n’est enregistré sur cette structure.")
    _not_introduced(dossier, structure_id)
    dossier.choices.remove(choice)
    audit.record(
        session, Action.CHOICE, actor, dossier.reference, structure=structure_id, choix=None
    )


def shift(session: Session, dossier: Dossier, structure_id: str, up: bool, actor: int) -> None:
    """Move a structure one place up or down; the first stays first, the last stays last."""
    order = [choice.structure_id for choice in selected(dossier)]
    if structure_id not in order:
        raise Forbidden("Cette structure n’est pas parmi celles que vous avez gardées.")
    at = order.index(structure_id)
    other = at - 1 if up else at + 1
    if 0 <= other < len(order):
        order[at], order[other] = order[other], order[at]
    arrange(session, dossier, order, actor)


def arrange(session: Session, dossier: Dossier, order: Sequence[str], actor: int) -> None:
    """Put the structures to introduce in the order of the adviser.

    Raises
    ------
    Forbidden
        When `order` does not name each of them once.
    """
    _open(dossier)
    by_id = {choice.structure_id: choice for choice in selected(dossier)}
    if sorted(order) != sorted(by_id):
        raise Forbidden("L’ordre doit nommer une fois chacune des structures gardées.")
    for position, structure_id in enumerate(order, 1):
        by_id[structure_id].position = position
    audit.record(session, Action.CHOICE_ORDER, actor, dossier.reference, ordre=list(order))


def _decide(
    session: Session,
    dossier: Dossier,
    structure_id: str,
    opinion: MatcherOpinion,
    actor: int,
    verdict: Verdict,
    reason: str | None = None,
    comment: str | None = None,
) -> Choice:
    _open(dossier)
    choice = of(dossier, structure_id)
    if choice is None:
        choice = Choice(structure_id=structure_id, verdict="", position=0)
        dossier.choices.append(choice)
    if verdict not in SELECTED:
        choice.position = 0
    elif choice.verdict not in SELECTED:
        choice.position = max((c.position for c in selected(dossier)), default=0) + 1
    choice.verdict, choice.reason, choice.comment = verdict.value, reason, comment or None
    choice.rank, choice.score = opinion.rank, opinion.score
    choice.weights, choice.catalogue = dict(opinion.weights), opinion.catalogue
    choice.account_id, choice.decided_at = actor, clock.now()
    audit.record(
        session,
        Action.CHOICE,
        actor,
        dossier.reference,
        structure=structure_id,
        choix=verdict.value,
        rang=opinion.rank,
        motif=reason,
    )
    return choice


def _open(dossier: Dossier) -> None:
    if dossier.state == State.CLOSED:
        raise Forbidden("Ce dossier est clos : rouvrez-le pour changer les structures.")


def _not_introduced(dossier: Dossier, structure_id: str) -> None:
    over = (Step.WITHDRAWN, Step.DECLINED)
    if any(i.structure_id == structure_id and i.step not in over for i in dossier.introductions):
        raise Forbidden("Une introduction à cette structure est en cours : retirez-la d’abord.")
