"""The need, read once: everything that the criteria may look at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeVar

from matcher.catalogue.model import Commune, Need
from matcher.catalogue.terms import Term
from matcher.catalogue.territory import Territory
from matcher.catalogue.vocabulary import Audience, Kind, Stage, Theme

from .knowledge import Knowledge, Role
from .lexicon import content, stems
from .needs import Reader, Reading
from .profile import Profiles
from .vectors import Vector

OLD_SOURCE_YEARS = 3
"""Age, years, past which a source calls for a warning. Counted from the newest source of the
catalogue, not from today: the same input gives the same bytes."""

INFERRED_SHARE = 0.5
"""Weight of a theme read from the text beside declared ones, which outrank it."""

TEXTS = 512
"""Texts whose reading is kept: a page reads its need several times, a cohort asks the same of many
communes."""

MAX_TEXT = 5_000
"""Longest need, characters: about two pages."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class NeedError(ValueError):
    """A need that cannot be read; the message is French and says what to change."""


def check_text(text: str) -> str:
    """Refuse a text that is empty, too long or has control characters.

    Raises
    ------
    NeedError
    """
    if len(text) > MAX_TEXT:
        raise NeedError(
            f"Votre besoin est trop long ({len(text)} caractères) : {MAX_TEXT} au plus. "
            "Gardez l’essentiel, quelques phrases suffisent."
        )
    if _CONTROL.search(text):
        raise NeedError("Votre besoin contient des caractères de contrôle : retapez le texte.")
    if not text.strip():
        raise NeedError("Votre besoin est vide : décrivez-le en quelques mots.")
    return text


def check_need(need: Need, territory: Territory) -> Need:
    """Check a need at the door, and bring its codes to those of today.

    Raises
    ------
    NeedError
        Unknown commune, theme, stage or audience; no text and no theme; a text that
        `check_text` refuses; a theme weight outside ]0, 1].
    """
    insee = territory.resolve(need.commune)
    if insee is None:
        raise NeedError(f"Code Insee inconnu : « {need.commune[:20]} ».")
    declared = need.themes if isinstance(need.themes, Mapping) else dict.fromkeys(need.themes, 1.0)
    themes = {
        _code(Theme, theme, "Thème inconnu"): float(weight) for theme, weight in declared.items()
    }
    for theme, weight in themes.items():
        if not 0 < weight <= 1:
            raise NeedError(f"Poids du thème « {theme} » : {weight}, attendu entre 0 et 1.")
    if need.text.strip() or not themes:
        check_text(need.text)
    return Need(
        commune=insee,
        text=need.text,
        themes=themes,
        stage=None if need.stage is None else _code(Stage, need.stage, "Étape inconnue"),
        audience=None
        if need.audience is None
        else _code(Audience, need.audience, "Public inconnu"),
        excluded=tuple(
            theme
            for theme in (_code(Theme, code, "Thème inconnu") for code in need.excluded)
            if theme not in themes
        ),
    )


T = TypeVar("T", bound=Term)


def _code(terms: type[T], code: str, what: str) -> T:
    try:
        return terms(code)
    except ValueError:
        known = ", ".join(term.value for term in terms)
        raise NeedError(f"{what} : « {code[:40]} ». Valeurs possibles : {known}.") from None


@dataclass(frozen=True)
class Question:
    """A need as the criteria see it.

    Parameters
    ----------
    themes : mapping of Theme to float
        Weights in ]0, 1], declared themes first; empty when the need is vague or out of scope.
    subjects : Vector
        What the text speaks of, finer than a theme.
    stages : mapping of Stage to float
        Weights that add up to 1; one stage when declared, several when read, none when unknown.
    stage_declared : bool
        True when the stage comes from the commune, False when it was read in the text.
    """

    need: Need
    commune: Commune
    reading: Reading
    themes: Mapping[Theme, float]
    subjects: Vector
    words: Vector
    stages: Mapping[Stage, float]
    stage_declared: bool
    audience: Audience | None
    knowledge: Knowledge
    communes: Mapping[str, Commune]
    year: int

    @property
    def roles(self) -> Mapping[tuple[Stage, Kind], Role]:
        """Role of each kind in each situation."""
        return self.knowledge.roles

    def is_old(self, year: int) -> bool:
        """True when a source of `year` calls for a warning."""
        return self.year - year > OLD_SOURCE_YEARS

    @property
    def out_of_scope(self) -> bool:
        """True when the text speaks of something else than the themes, and none is declared."""
        return not self.themes and bool(self.reading.out_of_scope)

    @property
    def vague(self) -> bool:
        """True when neither a theme nor a subject is known: any generalist may do."""
        return not self.themes and not self.subjects


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text says, whoever asks."""

    reading: Reading
    subjects: Vector
    words: Vector
    stages: Mapping[Stage, float]


class Understanding:
    """Reads needs: the texts and tables that turn a need into a question.

    Parameters
    ----------
    profiles : Profiles
        Give the weights of subjects and words, and the year of the newest source.
    communes : mapping of str to Commune
        By Insee code.
    """

    def __init__(
        self,
        reader: Reader,
        knowledge: Knowledge,
        profiles: Profiles,
        communes: Mapping[str, Commune],
    ) -> None:
        self._knowledge = knowledge
        self._communes = communes
        self._year = profiles.newest_source
        self._understood = lru_cache(TEXTS)(partial(_understood, reader, knowledge, profiles))

    def question(self, need: Need) -> Question:
        """Read a need once for all candidates."""
        text = self._understood(need.text)
        return Question(
            need=need,
            commune=self._communes[need.commune],
            reading=text.reading,
            themes=_themes(need, text.reading),
            subjects=text.subjects,
            words=text.words,
            stages=text.stages if need.stage is None else {Stage(need.stage): 1.0},
            stage_declared=need.stage is not None,
            audience=need.audience,
            knowledge=self._knowledge,
            communes=self._communes,
            year=self._year,
        )


def _themes(need: Need, reading: Reading) -> dict[Theme, float]:
    assert isinstance(need.themes, Mapping), "check_need gives each declared theme its weight"
    declared = need.themes
    share = INFERRED_SHARE if declared else 1.0
    themes = dict(declared)
    for theme, weight, _ in reading.themes:
        if theme not in need.excluded:
            themes.setdefault(theme, share * weight)
    return themes


def _understood(reader: Reader, knowledge: Knowledge, profiles: Profiles, text: str) -> Understood:
    reading, weights = reader.read(text), profiles.presentations
    heard = content(reading.heard)
    subjects = Counter(hit.label for hit in knowledge.subjects.find(heard))
    stages = Counter(Stage(hit.label) for hit in knowledge.situations.find(heard))
    return Understood(
        reading,
        weights.subject_weights.vector(subjects),
        weights.word_weights.vector(Counter(stems(content(text)))),
        {stage: n / stages.total() for stage, n in stages.items()},
    )
