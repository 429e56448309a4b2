"""What a visitor asks, as typed, within bounds; and the few questions worth asking back.

Those are the questions whose answer would change the first suggestions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from werkzeug.datastructures import MultiDict

from matcher import Matcher, Need, Stage, Theme
from matcher.ranking import Ranking
from matcher.tables import CONTROLS, MAX_TEXT, PASTED, repair
from matcher.territory import Place

ASKED = 2
"""Questions on a page at most: more would be a form again."""
FIRST = 3
"""Suggestions that an answer must change to be worth asking: those that are shown first."""
UNKNOWN = "nsp"
"""« Je ne sais pas »: the question is not asked again, and nothing is declared."""
LONGEST_COMMUNE = 100
"""Characters: the longest name of a commune has 45, a département comes with it."""
LONGEST_PLACE = 1_200
"""Characters of the communes of a need: the codes of 200 that ask together."""
LONGEST_CODE = 60
"""Characters of a theme or a stage that are kept, to be named in a message."""
YES = "oui"
"""What ticks a field of an address."""
_CONTROL = re.compile(f"[{CONTROLS}\r]")


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer: what it declares of the need.

    Parameters
    ----------
    stage : Stage or None
        The situation that holds.
    excluded : Theme or None
        The theme that is not meant, though the text may read so.
    """

    value: str
    label: str
    stage: Stage | None = None
    excluded: Theme | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with its answers; `code` is its field in an address."""

    code: str
    text: str
    choices: tuple[Choice, ...]

    def offered(self, supposed: Stage | None) -> list[tuple[str, str]]:
        """Values and words of the answers; the one that was guessed of the text is told."""
        said = [
            (c.value, f"{c.label} (supposé)" if supposed and c.stage == supposed else c.label)
            for c in self.choices
        ]
        return [*said, (UNKNOWN, "Je ne sais pas")]


QUESTIONS = (
    Asking(
        "murs",
        "Faut-il des murs ?",
        (
            Choice("oui", "Oui, à acheter ou rénover", Stage.IMMOBILIER),
            Choice("non", "Non", excluded=Theme.FONCIER),
        ),
    ),
    Asking(
        "qui",
        "Qui porte le projet ?",
        (
            Choice("personne", "Personne encore", Stage.EMERGENCE),
            Choice("groupe", "Un groupe ou une personne", Stage.CREATION),
            Choice("structure", "Une structure qui existe", Stage.CONSOLIDATION),
        ),
    ),
    Asking(
        "appui",
        "Que vous faut-il d’abord ?",
        (
            Choice("methode", "Une méthode, une étude", Stage.ETUDE_OPPORTUNITE),
            Choice("argent", "De l’argent", Stage.FINANCEMENT),
        ),
    ),
)
"""In the order in which they are asked. On 90 judged needs, answered as the judges would
(`tests/bench/questions.py`, figures in `docs/measures-by-hand.md`), walls alone gain on both
measures; of the two others, only who asks knows the answer, so they come after."""

Given = Mapping[str, str]
"""By code of question, the value that was answered."""


def given(values: Mapping[str, str]) -> dict[str, str]:
    """The answers among the fields of an address; what answers no question is left out."""
    found = {}
    for question in QUESTIONS:
        value = values.get(question.code, "")
        if value == UNKNOWN or any(value == choice.value for choice in question.choices):
            found[question.code] = value
    return found


def declared(need: Need, answers: Given) -> Need:
    """The need with what the answers declare."""
    for question in QUESTIONS:
        for choice in question.choices:
            if answers.get(question.code) == choice.value:
                need = _with(need, choice)
    return need


def pending(ranking: Ranking, matcher: Matcher, answers: Collection[str]) -> list[Asking]:
    """The questions worth asking, in their order: an answer of each changes the first ones.

    Parameters
    ----------
    ranking : Ranking
        That of the need as it is declared so far.
    answers : collection of str
        Codes of the questions that were answered, were it by « je ne sais pas ».
    """
    firsts, need = _Firsts(ranking, matcher), ranking.question.need
    useful = (
        question
        for question in QUESTIONS
        if question.code not in answers and not _said(need, question) and firsts.moved_by(question)
    )
    return list(islice(useful, max(0, ASKED - len(answers))))


class _Firsts:
    """The first suggestions of a need, and of the same need after an answer."""

    def __init__(self, ranking: Ranking, matcher: Matcher) -> None:
        self._matcher = matcher
        self._need = ranking.question.need
        self._ranking = ranking
        self.now = frozenset(ranking.first(FIRST))

    def after(self, choice: Choice) -> frozenset[int]:
        """Positions of the first ones once a choice is declared."""
        if choice.stage is None:
            return frozenset(self._matcher.ranking(_with(self._need, choice)).first(FIRST))
        said = [code for code in (self._need.stage, *self._need.situations) if code]
        return frozenset(islice(self._ranking.at(map(Stage, [*said, choice.stage])), FIRST))

    def moved_by(self, asking: Asking) -> bool:
        """Whether an answer brings another structure among the first."""
        return any(self.after(choice) - self.now for choice in asking.choices)


def _said(need: Need, asking: Asking) -> bool:
    """Whether the need declares already one of the answers."""
    return any(need.stage == choice.stage for choice in asking.choices if choice.stage)


def _with(need: Need, choice: Choice) -> Need:
    """The need with one answer."""
    situations = (*need.situations, choice.stage) if choice.stage else need.situations
    excluded = (*need.excluded, choice.excluded) if choice.excluded else need.excluded
    once, left = tuple(dict.fromkeys(situations)), tuple(dict.fromkeys(excluded))
    return replace(need, situations=once, excluded=left)


@dataclass(frozen=True)
class Form:
    """The fields as typed.

    Parameters
    ----------
    commune : str
        A code, a postal code or a name; of several communes, see `Matcher.place`.
    themes, sans : tuple of str
        Codes of the themes that are declared, and of those read in the text that are not meant.
    voir : bool
        The list is wanted even when the need does not seem to belong to the ESS.
    reponses : tuple of (str, str)
        Answers to our questions: see `questions`.
    repaired : str
        What was done to the need that may change its meaning, in one sentence.
    """

    commune: str = ""
    besoin: str = ""
    themes: tuple[str, ...] = ()
    etape: str = ""
    sans: tuple[str, ...] = ()
    voir: bool = False
    reponses: tuple[tuple[str, str], ...] = ()
    repaired: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> Form:
        """Read the address. Lengths are cut before any work, one character past what is allowed."""
        plain = repair(args.get("besoin", "")[: PASTED * MAX_TEXT + 1])
        return cls(
            commune=args.get("commune", "")[: LONGEST_PLACE + 1].strip(),
            besoin=plain.text,
            themes=_codes(args, "theme"),
            etape=args.get("etape", "")[:LONGEST_CODE],
            sans=_codes(args, "sans"),
            voir=args.get("voir") == YES,
            reponses=tuple(given(args).items()),
            repaired=plain.told,
        )

    def need(self, place: Place) -> Need:
        """The need, not yet checked: `Matcher.match` does."""
        need = Need(
            place.commune.insee,
            self.besoin,
            self.themes,
            self.etape or None,
            excluded=self.sans,
            places=place.places,
        )
        return declared(need, dict(self.reponses))

    def at(self, insee: str) -> Form:
        """The same for a commune that is known by its code."""
        return replace(self, commune=insee)

    def without(self, theme: str, read: bool) -> Form:
        """The same without a theme: no longer declared, and not `read` in the text either."""
        kept = tuple(code for code in self.themes if code != theme)
        return replace(self, themes=kept, sans=(*self.sans, theme) if read else self.sans)

    def with_theme(self, theme: str) -> Form:
        """The same with a theme declared."""
        return replace(self.back(theme), themes=tuple(dict.fromkeys((*self.themes, theme))))

    def back(self, theme: str) -> Form:
        """The same with a theme that may be read in the text again."""
        return replace(self, sans=tuple(code for code in self.sans if code != theme))

    def query(self, **changes: Any) -> dict[str, Any]:
        """Fields of an address that asks the same, with some of them changed."""
        form = replace(self, **changes)
        fields = {
            "commune": form.commune,
            "besoin": form.besoin_shown,
            "theme": list(form.themes),
            "etape": form.etape,
            "sans": list(form.sans),
            "voir": YES if form.voir else "",
            **dict(form.reponses),
        }
        return {name: value for name, value in fields.items() if value}

    @property
    def commune_shown(self) -> str:
        """The commune as it may be shown again."""
        return _CONTROL.sub("", self.commune)[:LONGEST_PLACE]

    @property
    def besoin_shown(self) -> str:
        """The need as it may be shown again: without control characters, and not past the cap."""
        return _CONTROL.sub("", self.besoin)[:MAX_TEXT]


def _codes(args: MultiDict[str, str], name: str) -> tuple[str, ...]:
    codes = [code[:LONGEST_CODE] for code in args.getlist(name) if code]
    return tuple(dict.fromkeys(codes))[: len(Theme) + 1]


def whole(text: str, longest: int) -> int | None:
    """The number from 0 that `text` writes in at most `longest` digits; None when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= longest else None
