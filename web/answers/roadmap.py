"""What the road map of an answer shows: whom to call first, the steps, the doors, the mairies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

from matcher import Commune, Project, Stage, Structure, Suggestion, Theme
from matcher.catalogue import Area, Scale, french
from matcher.ranking import Ranking
from matcher.reports import Answer, Fit, Leg, ReachLine, fit, reason, road
from matcher.territory import Place
from matcher.upkeep import Absence, Matrix

from . import letters
from .kept import Answered
from .letters import DraftLetter
from .questions import SUBJECT, NextQuestion, pending, surely_read

WHY = 115
"""Characters of the reason that is read first: three structures fit on a screen of a phone."""
MAILTO = "mailto:"
MAIN = 0.5
"""Share of the heaviest theme from which another is said in the line of what was understood."""
THEMES = 2
"""Themes that this line says at most: the page of the whole list says them all."""
DECLARED = max(len(choice.themes) for choice in SUBJECT.choices)
"""Declared ones that it says at most: all that an answer names."""
MAIRIES = 3
"""Projects of other communes that are shown: one calls one or two."""


@dataclass(frozen=True)
class Called:
    """A structure to call: how well it fits, why, how to reach it, what to write."""

    suggestion: Suggestion
    fit: Fit
    why: str
    reach: tuple[ReachLine, ...]
    warning: str
    letter: DraftLetter

    @property
    def structure(self) -> Structure:
        """Who it is."""
        return self.suggestion.structure

    @property
    def ways(self) -> list[tuple[str, str]]:
        """What opens a way to it, in few words, and the address."""
        found = []
        for line in self.reach:
            if line.href and not line.told:  # nothing but its site is known
                found.append(("Son site", line.href))
            elif line.href:
                found.append((line.label if line.href.startswith("http") else line.text, line.href))
        return found

    @property
    def draft(self) -> str:
        """Where its message is: addressed to it when its box is known, else on the page."""
        boxes = [line.href for line in self.reach if line.href.startswith(MAILTO)]
        return self.letter.mailto(boxes[0].removeprefix(MAILTO)) if boxes else "#message"


@dataclass(frozen=True)
class KnownDoor:
    """A basic door of the territory and the structure that is one there."""

    label: str
    structure: Structure
    doubtful: bool


@dataclass(frozen=True)
class Mairie:
    """A commune that did something alike, who helped it, and what to write to it."""

    project: Project
    commune: Commune | None
    reason: str
    helpers: tuple[Structure, ...]
    letter: DraftLetter


class Roadmap:
    """The road map of an answer, each part found when it is first asked for.

    Parameters
    ----------
    said : Answer
        The same in words, with a card for each structure to call.
    given : mapping of str to str
        Answers to our questions: see `questions`.
    """

    def __init__(
        self,
        answered: Answered,
        said: Answer,
        doors: Matrix,
        place: Place,
        given: Mapping[str, str],
    ) -> None:
        self._answered, self._cards = answered, said.cards
        self._doubt = said.trails.why if said.trails else None
        self._doors = doors
        self._given = given
        self._matcher = answered.matcher
        self.commune = place.commune
        department = Area(Scale.DEPARTEMENT, place.commune.departement)
        area = self._matcher.territory.name(department)
        self.place = place.name if place.places else f"{place.name} ({area})"

    @cached_property
    def _ranking(self) -> Ranking:
        """That of the answer; what it says of other situations goes when the page is made."""
        return copy(self._answered.ranking)

    @cached_property
    def stage(self) -> Stage | None:
        """The main situation of the need, None when none is known."""
        stages = self._answered.ranking.question.stages
        return max(stages, key=lambda s: stages[s], default=None)

    @property
    def supposed(self) -> Stage | None:
        """The main situation when the text let us guess it."""
        return None if self._answered.ranking.question.stage_declared else self.stage

    @cached_property
    def understood(self) -> str:
        """The main themes and the situation, in one line; empty when nothing was read."""
        labels = [theme.label for theme in self._main_themes]
        said = [label if not i else french.within(label) for i, label in enumerate(labels)]
        stage = french.within(self.stage.label) if self.stage else ""
        if self.supposed:
            stage = f"situation supposée : {stage}"
        return " ; ".join(filter(None, (", ".join(said), stage)))

    @property
    def _main_themes(self) -> list[Theme]:
        """Those of the line of what was understood.

        What is declared, as much as an answer may, and beside it what the text surely says.
        """
        question = self._answered.ranking.question
        declared = [theme for theme in question.themes if theme in question.need.themes]
        if declared:
            beside = (t for t in surely_read(question.reading.themes) if t not in declared)
            kept = [t for t in beside if t in question.themes]
            return [*declared[:DECLARED], *kept[:1]]
        least = MAIN * max(question.themes.values(), default=0.0)
        return [theme for theme, weight in question.themes.items() if weight >= least][:THEMES]

    @cached_property
    def called(self) -> list[Called]:
        """Whom to call first."""
        found = []
        for one, card in zip(self._answered.called, self._cards, strict=True):
            facts = card.facts
            why = letters.first_words(reason(one), WHY)
            found.append(Called(one, fit(one), why, facts.reach, facts.warning, self.letter))
        return found

    @cached_property
    def letter(self) -> DraftLetter:
        """What to write to any of them."""
        return letters.to_structure(self.place, self._answered.need.text, self.stage, self._doubt)

    @property
    def structures(self) -> Mapping[str, Structure]:
        """All structures, by id."""
        return self._matcher.structures

    @cached_property
    def unmet(self) -> list[str]:
        """What the text names and is not among the first, with why."""
        question = self._answered.ranking.question
        shown = [one.structure for one in self.called]
        said = []
        for named in dict.fromkeys(question.actors):
            if any(named.means(structure) for structure in shown):
                continue
            if named.doubtful:
                said += self._other_name(named.words, self._matcher.structures[named.code])
                continue
            if named.code in self._matcher.structures:
                said.append(self._matcher.why_not(question, named.code).sentence)
            elif not any(named.means(s) for s in self._answered.eligible):
                called = f"Vous nommez « {named.words} »"
                said.append(f"{called} : nous n’en connaissons pas encore ici.")
        return said

    def _other_name(self, words: str, body: Structure) -> list[str]:
        """What to say of a name that may be somebody else's: nothing where its body is away."""
        if body not in self._answered.eligible:
            return []
        kind = french.within(body.kind.label)
        return [
            f"« {words} » : si vous pensez à {body.name} ({kind}), ce besoin n’est pas son "
            "métier ; elle est plus loin dans la liste."
        ]

    @property
    def prepared(self) -> str:
        """What to have at hand before the call."""
        return letters.PREPARED[self.stage or Stage.EMERGENCE]

    @property
    def to_ask(self) -> tuple[str, ...]:
        """What to ask any structure."""
        return letters.QUESTIONS

    @cached_property
    def questions(self) -> list[NextQuestion]:
        """The questions whose answer would change the first ones."""
        return pending(self._ranking, self._matcher, self._given)

    @cached_property
    def legs(self) -> tuple[Leg, ...]:
        """The steps in order."""
        return road(self._ranking, self._doors)

    @cached_property
    def doors(self) -> list[KnownDoor]:
        """The basic doors of the territory that we know, each by one structure."""
        rows, covering = self._matcher.profiles.rows, set(self._ranking.pool.rows.tolist())
        found = []
        for cell in self._doors.of(self.commune.departement):
            sure = [key for key in (*cell.verified, *cell.partly) if rows[key] in covering]
            doubtful = [key for key in cell.doubtful if rows[key] in covering]
            if sure or doubtful:
                structure = self._matcher.structures[(sure or doubtful)[0]]
                found.append(KnownDoor(cell.door.short, structure, not sure))
        return found

    @cached_property
    def unknown_doors(self) -> list[str]:
        """The doors that we do not know there yet."""
        known = {one.label for one in self.doors} | {one.door for one in self.absent}
        # Who is named for a step is not said to be unknown below.
        known |= {one.name for leg in self.legs for one in (leg.first, leg.then) if one}
        cells = self._doors.of(self.commune.departement)
        return [c.door.short for c in cells if not {c.door.short, c.door.id} & known]

    @cached_property
    def absent(self) -> Sequence[Absence]:
        """The doors that are known not to exist there, each with what says so."""
        return self._doors.absent_at(self.commune)

    @cached_property
    def mairies(self) -> list[Mairie]:
        """Communes that did something alike."""
        text = self._answered.need.text
        known = self._matcher.structures
        return [
            Mairie(
                one.project,
                one.commune,
                _alike(one.reason),
                _helpers(one.project, known),
                letters.to_mairie(self.place, text, one.project),
            )
            for one in self._answered.inspirations[:MAIRIES]
        ]


def _alike(reason: str) -> str:
    """How a commune is alike, when something else than the theme of its project says so."""
    theme, _, others = reason.partition(" ; ")
    return french.sentence(others or theme)


def _helpers(project: Project, known: Mapping[str, Structure]) -> tuple[Structure, ...]:
    """The structures that helped."""
    backings = project.backings.items()
    return tuple(known[key] for key, role in backings if role.proves and key in known)
