"""The few questions worth asking back: those whose answer would change the first suggestions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from matcher import Matcher, Need, Stage, Theme
from matcher.ranking import Ranking
from matcher.reports import is_broad

ASKED = 2
"""Questions on a page at most: more would be a form again."""
FIRST = 3
"""Suggestions that an answer must change to be worth asking: those that are shown first."""
LIKELY, BESIDE = 0.25, 0.5
"""A theme is held to be read in a text from this likelihood, and this share of the first one's."""
UNKNOWN = "nsp"
"""« Je ne sais pas »: the question is not asked again, and nothing is declared."""


@dataclass(frozen=True, slots=True)
class QuestionChoice:
    """An answer: what it declares of the need.

    Parameters
    ----------
    stage : Stage or None
        The situation that holds.
    excluded : Theme or None
        The theme that is not meant, though the text may read so.
    themes : tuple of Theme
        What it is about.
    """

    value: str
    label: str
    stage: Stage | None = None
    excluded: Theme | None = None
    themes: tuple[Theme, ...] = ()

    def narrowed(self, read: Collection[Theme]) -> tuple[Theme, ...]:
        """Those of its themes that were read; all of them where none was."""
        return tuple(theme for theme in self.themes if theme in read) or self.themes


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """A question with its answers; `code` is its field in an address."""

    code: str
    text: str
    choices: tuple[QuestionChoice, ...]

    def offered(self, supposed: Stage | None) -> list[tuple[str, str]]:
        """Values and words of the answers; the one that was guessed of the text is told."""
        said = [
            (c.value, f"{c.label} (supposé)" if supposed and c.stage == supposed else c.label)
            for c in self.choices
        ]
        return [*said, (UNKNOWN, "Je ne sais pas")]


SUBJECT = NextQuestion(
    "objet",
    "De quoi s’agit-il surtout ?",
    (
        QuestionChoice(
            "commerces",
            "Commerces, lieux de vie",
            themes=(Theme.COMMERCE_SERVICES_PROXIMITE, Theme.TIERS_LIEU),
        ),
        QuestionChoice("logement", "Logement, bâtiments", themes=(Theme.HABITAT, Theme.FONCIER)),
        QuestionChoice("sante", "Santé, aînés", themes=(Theme.SANTE, Theme.VIEILLISSEMENT)),
        QuestionChoice("jeunes", "Enfants, jeunes", themes=(Theme.PETITE_ENFANCE_JEUNESSE,)),
        QuestionChoice("emploi", "Emploi", themes=(Theme.INSERTION_EMPLOI,)),
        QuestionChoice("alimentation", "Alimentation, agriculture", themes=(Theme.ALIMENTATION,)),
        QuestionChoice(
            "lien",
            "Lien social, culture",
            themes=(Theme.LIEN_SOCIAL, Theme.CULTURE_PATRIMOINE),
        ),
        QuestionChoice(
            "transition",
            "Énergie, transports, réemploi",
            themes=(Theme.ENERGIE, Theme.MOBILITE, Theme.ECONOMIE_CIRCULAIRE),
        ),
    ),
)
"""Asked first, and only of a need whose subject was not surely read."""

QUESTIONS = (
    SUBJECT,
    NextQuestion(
        "murs",
        "Faut-il des murs ?",
        (
            QuestionChoice("oui", "Oui, à acheter ou rénover", Stage.IMMOBILIER),
            QuestionChoice("non", "Non", excluded=Theme.FONCIER),
        ),
    ),
    NextQuestion(
        "qui",
        "Qui porte le projet ?",
        (
            QuestionChoice("personne", "Personne encore", Stage.EMERGENCE),
            QuestionChoice("groupe", "Un groupe ou une personne", Stage.CREATION),
            QuestionChoice("structure", "Une structure qui existe", Stage.CONSOLIDATION),
        ),
    ),
    NextQuestion(
        "appui",
        "Que vous faut-il d’abord ?",
        (
            QuestionChoice("methode", "Une méthode, une étude", Stage.ETUDE_OPPORTUNITE),
            QuestionChoice("argent", "De l’argent", Stage.FINANCEMENT),
        ),
    ),
)
"""In the order in which they are asked. On 90 judged needs, answered as the judges would
(`tests/bench/questions.py`, figures in `docs/measures-by-hand.md`), walls alone gain on both
measures; of the two others, only who asks knows the answer, so they come after."""

Given = Mapping[str, str]
"""By code of question, the value that was answered."""
Reads = Callable[[str], Collection[Theme]]
"""The themes that are surely read in a text."""


def given(values: Mapping[str, str]) -> dict[str, str]:
    """The answers among the fields of an address; what answers no question is left out."""
    found = {}
    for question in QUESTIONS:
        value = values.get(question.code, "")
        if value == UNKNOWN or any(value == choice.value for choice in question.choices):
            found[question.code] = value
    return found


def chosen(answers: Given) -> Iterator[tuple[NextQuestion, QuestionChoice]]:
    """The questions that were answered by one of their choices, each with it."""
    for question in QUESTIONS:
        for choice in question.choices:
            if answers.get(question.code) == choice.value:
                yield question, choice


def surely_read(themes: Iterable[tuple[Theme, float, object]]) -> tuple[Theme, ...]:
    """Of the themes of a reading, those that its text likely speaks of, likeliest first."""
    found = [(theme, likelihood) for theme, likelihood, _ in themes if likelihood >= LIKELY]
    return tuple(theme for theme, likelihood in found if likelihood >= BESIDE * found[0][1])


def declared(need: Need, answers: Given) -> Need:
    """The need with what the answers declare."""
    for _, choice in chosen(answers):
        need = _with(need, choice)
    return need


def pending(ranking: Ranking, matcher: Matcher, answers: Collection[str]) -> list[NextQuestion]:
    """The questions worth asking, in their order: an answer of each changes the first ones.

    That of the subject always does, where it is not known: it is not tried.

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
        if question.code not in answers
        and not _said(need, question)
        and (is_broad(ranking.question) if question is SUBJECT else firsts.moved_by(question))
    )
    return list(islice(useful, max(0, ASKED - len(answers))))


class _Firsts:
    """The first suggestions of a need, and of the same need after an answer."""

    def __init__(self, ranking: Ranking, matcher: Matcher) -> None:
        self._matcher = matcher
        self._need = ranking.question.need
        self._ranking = ranking
        self.now = frozenset(ranking.first(FIRST))

    def after(self, choice: QuestionChoice) -> frozenset[int]:
        """Positions of the first ones once a choice is declared."""
        if choice.stage is None:
            return frozenset(self._matcher.ranking(_with(self._need, choice)).first(FIRST))
        said = [code for code in (self._need.stage, *self._need.situations) if code]
        return frozenset(islice(self._ranking.at(map(Stage, [*said, choice.stage])), FIRST))

    def moved_by(self, asking: NextQuestion) -> bool:
        """Whether an answer brings another structure among the first."""
        return any(self.after(choice) - self.now for choice in asking.choices)


def _said(need: Need, asking: NextQuestion) -> bool:
    """Whether the need declares already one of the answers."""
    return any(need.stage == choice.stage for choice in asking.choices if choice.stage)


def _with(need: Need, choice: QuestionChoice) -> Need:
    """The need with one answer."""
    situations = (*need.situations, choice.stage) if choice.stage else need.situations
    excluded = (*need.excluded, choice.excluded) if choice.excluded else need.excluded
    once, left = tuple(dict.fromkeys(situations)), tuple(dict.fromkeys(excluded))
    themes = tuple(t for t in dict.fromkeys((*need.themes, *choice.themes)) if t not in left)
    return replace(need, themes=themes, situations=once, excluded=left)
