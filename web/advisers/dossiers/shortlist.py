"""The structures of a dossier: what the adviser decided, in their order, then the suggestions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import object_session

from matcher import NeedError, Structure
from matcher.reports import describe, present

from ...casework import clock
from ...casework.dossiers import choices
from ...casework.dossiers.dossiers import need_of
from ...casework.introductions import memory
from ...casework.introductions.memory import Memory
from ...casework.store.tables import Choice, Dossier
from ...context import answers, flag_of, matcher, structure_of


@dataclass(frozen=True)
class ShortlistLine:
    """A structure as the page of a dossier shows it.

    Parameters
    ----------
    structure : Structure or None
        None when it left the catalogue since.
    card : presentation of a suggestion, or None
        What the matcher says today; None where the structure does not cover the commune.
    wished : bool
        Whether the commune asked for it.
    memory : Memory
        What the team remembers of it.
    """

    id: str
    structure: Structure | None
    card: Any
    choice: Choice | None
    wished: bool
    memory: Memory

    @property
    def name(self) -> str:
        """Its name; its id when it left the catalogue."""
        return self.structure.name if self.structure else self.id

    @property
    def flag(self) -> str:
        """What is said of a structure that is outside of the directory."""
        return flag_of(self.id)

    @property
    def facts(self) -> Any:
        """What a page says of it."""
        if self.card:
            return self.card.facts
        return describe(self.structure, matcher) if self.structure else None

    @property
    def shown(self) -> bool:
        """Whether the matcher shows it by itself today."""
        return self.card is not None and self.card.suggestion.rank <= choices.SHOWN


@dataclass(frozen=True)
class Shortlist:
    """What the page shows of the structures.

    Parameters
    ----------
    answer : what the matcher read in the need, or None
        None when it cannot be read any more; `trouble` says why.
    selected, suggested, discarded : list of ShortlistLine
        Kept or added, in the order of the adviser; still to decide: those that the commune asked
        for, then the suggestions; left aside.
    """

    answer: Any
    trouble: str
    selected: list[ShortlistLine]
    suggested: list[ShortlistLine]
    discarded: list[ShortlistLine]


def shortlist(dossier: Dossier) -> Shortlist:
    """Merge the suggestions of today with what was decided."""
    need = need_of(dossier)
    decided = {choice.structure_id: choice for choice in dossier.choices}
    try:
        answered = answers.of(need)
    except NeedError as error:  # a commune that is no more, a theme that was withdrawn
        return _lists(dossier, {}, None, str(error))
    first = {s.structure.id: s for s in answered.first[: choices.SHOWN]}
    wanted = {*decided, *dossier.wished} - set(first)
    if wanted:
        first |= {s.structure.id: s for s in answered.every if s.structure.id in wanted}
    answer = present(matcher, answered.question, list(first.values()), answered.ranking)
    cards = {card.suggestion.structure.id: card for card in answer.cards}
    return _lists(dossier, cards, answer, "")


def _lists(dossier: Dossier, cards: dict[str, Any], answer: Any, trouble: str) -> Shortlist:
    decided = {choice.structure_id for choice in dossier.choices}
    decided |= {matcher.structures[i].id for i in decided if i in matcher.structures}
    open_ids = [i for i in dict.fromkeys([*dossier.wished, *cards]) if i not in decided]
    remembered = _memories(dossier, open_ids)

    def line(structure_id: str, choice: Choice | None = None) -> ShortlistLine:
        structure = structure_of(structure_id)
        wished = structure_id in dossier.wished
        today = structure.id if structure else structure_id
        known = remembered.get(today) or remembered[structure_id]
        return ShortlistLine(structure_id, structure, cards.get(today), choice, wished, known)

    kept = [line(choice.structure_id, choice) for choice in choices.selected(dossier)]
    aside = [
        line(choice.structure_id, choice)
        for choice in dossier.choices
        if choice.verdict not in choices.SELECTED
    ]
    return Shortlist(answer, trouble, kept, [line(i) for i in open_ids], aside)


def _memories(dossier: Dossier, open_ids: list[str]) -> dict[str, Memory]:
    """What the team remembers of each structure of a dossier, by its id of today."""
    session = object_session(dossier)
    assert session is not None
    named = [choice.structure_id for choice in dossier.choices] + open_ids
    known = matcher.structures
    today = {known[i].id if i in known else i for i in named}
    return memory.memories(session, today, clock.now())
