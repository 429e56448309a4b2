"""The need, read once: everything that the criteria may look at, and how it is read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial, wraps
from typing import Any, TypeVar

import numpy as np

from matcher.catalogue.french import place_key
from matcher.catalogue.model import OLD_SOURCE_YEARS, Commune, Need
from matcher.catalogue.terms import Audience, Status
from matcher.catalogue.vocabulary import Kind, Scale, Stage, Theme
from matcher.index.coverage import Pool
from matcher.index.profile import Profiles
from matcher.index.texts import Vector, blended
from matcher.reading.knowledge import Knowledge
from matcher.reading.learned.reader import LearnedReader
from matcher.reading.named import Finder, open_actors
from matcher.reading.names import APART, LISTED, Named, are_names, bare, name_parts
from matcher.reading.needs import Reader, Reading
from matcher.reading.words import Word, content, stems
from matcher.territory.nest import Territory


@dataclass(frozen=True)
class Question:
    """A need as the criteria see it.

    Parameters
    ----------
    places : tuple of Commune
        The communes of the need, at least one; the first one speaks for them.
    empty : bool
        The text says nothing: see `Nothing`.
    themes : mapping of Theme to float
        Weights in ]0, 1], declared themes first; empty when the need is vague or out of scope.
    subjects : Vector
        What the text speaks of, finer than a theme.
    stages : mapping of Stage to float
        Weights that add up to 1; equal when declared, several when read, none when unknown.
    stage_declared : bool
        True when the stage comes from the commune, False when it was read in the text.
    named : tuple of Named
        Actors that the text names, in its order: structures, networks, kinds, forms.
    parts : dict
        What was computed of it already, shared by its situations: see `once`.
    """

    need: Need
    places: tuple[Commune, ...]
    reading: Reading
    empty: bool
    themes: Mapping[Theme, float]
    subjects: Vector
    words: Vector
    stages: Mapping[Stage, float]
    stage_declared: bool
    named: tuple[Named, ...]
    audience: Audience | None
    knowledge: Knowledge
    communes: Mapping[str, Commune]
    year: int
    parts: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def at_each(self, situations: Sequence[Sequence[Stage]]) -> Question:
        """The same need in several situations, as if each were declared: a weight is a column."""
        stages: dict[Stage, Any] = {
            stage: np.array([[said.count(stage) / len(said)] for said in situations])
            for stage in Stage
            if any(stage in said for said in situations)
        }
        return replace(self, stages=stages, stage_declared=True)

    @cached_property
    def situation(self) -> tuple[Any, ...]:
        """What tells it from the same need in another situation."""
        return self.stage_declared, *((s, np.asarray(w).tobytes()) for s, w in self.stages.items())

    @cached_property
    def main_subjects(self) -> Mapping[str, float]:
        """The subjects that the need is about, heaviest first: the likely ones are not all said."""
        least = MINOR_SUBJECT * max(self.subjects.values(), default=0.0)
        ordered = sorted(self.subjects.items(), key=lambda one: (-one[1], one[0]))
        return {subject: weight for subject, weight in ordered if weight >= least}

    @cached_property
    def actors(self) -> tuple[Named, ...]:
        """Whom the text calls for by name: structures, networks and kinds, forms aside."""
        return tuple(named for named in self.named if named.is_actor)

    @cached_property
    def formed(self) -> frozenset[Kind]:
        """Kinds that the legal forms and devices of the text point at: « SCIC », « BRS »."""
        return frozenset(Kind(named.code) for named in self.named if not named.is_actor)

    @property
    def commune(self) -> Commune:
        """The commune that asks, or that speaks for those that do."""
        return self.places[0]

    def is_old(self, year: int) -> bool:
        """True when a source of `year` calls for a warning."""
        return self.year - year > OLD_SOURCE_YEARS

    @property
    def status(self) -> Status:
        """What the need is as a whole; what the commune declares outweighs its text."""
        if self.themes or self.subjects:
            return Status.LU
        if self.empty and not self.stage_declared:
            return Status.VIDE
        return Status.HORS_CHAMP if self.reading.out_of_scope else Status.VAGUE

    @property
    def vague(self) -> bool:
        """True when neither a theme nor a subject is known: any generalist may do."""
        return not (self.themes or self.subjects)


MINOR_SUBJECT = 0.5  # share of that of the main subject under which another one is not said
Part = TypeVar("Part")
Of = Callable[[Question, Pool], Part]
"""What is computed of a need before the candidates of its place."""


def once(part: Of[Part]) -> Of[Part]:
    """Compute a part once for all the situations of a need: it looks at none of them."""
    return _kept(part, lambda question: part)


def once_each(part: Of[Part]) -> Of[Part]:
    """Compute a part once in each situation of a need."""
    return _kept(part, lambda question: (part, question.situation))


def _kept(part: Of[Part], name: Callable[[Question], object]) -> Of[Part]:
    @wraps(part)
    def found(question: Question, pool: Pool) -> Part:
        # The pool is held too, so that no other one can take its number.
        _, parts = question.parts.setdefault(id(pool), (pool, {}))
        key = name(question)
        if key not in parts:
            parts[key] = part(question, pool)
        kept: Part = parts[key]
        return kept

    return found


INFERRED_SHARE = 0.5
"""Weight of a theme read from the text beside declared ones, which outrank it."""
TEXTS = 512
"""Texts whose reading is kept: a page reads its need several times, a cohort asks the same of many
communes."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text says, whoever asks."""

    reading: Reading
    subjects: Vector
    words: Vector
    stages: Mapping[Stage, float]
    empty: bool
    named: tuple[Named, ...]
    parts: frozenset[str]  # what stands between its commas, as keys of places


class Understanding:
    """Reads needs: the texts and tables that turn a need into a question.

    Parameters
    ----------
    profiles : Profiles
        Give the weights of subjects and words, and the year of the newest source.
    territory : Territory
        Gives the communes, and tells the words that are a name of one.
    """

    def __init__(
        self, reader: Reader, knowledge: Knowledge, profiles: Profiles, territory: Territory
    ) -> None:
        self._knowledge, self._year = knowledge, profiles.newest_source
        self._communes = territory.communes
        learned = LearnedReader(reader, knowledge, reader.folder)
        finder = Finder(
            lambda: profiles.presentations.structures,
            lambda: open_actors(reader.folder),
            learned.is_ordinary,
            learned.is_term,
            territory.is_name,
        )
        scales = (territory.names[scale] for scale in (Scale.DEPARTEMENT, Scale.REGION))
        areas = {bare(place_key(name)) for names in scales for name in names.values()}
        self._understood = lru_cache(TEXTS)(
            partial(_understood, learned, finder, knowledge, profiles, areas, territory.is_name)
        )

    def question(self, need: Need) -> Question:
        """Read a need once for all candidates."""
        text = self._understood(need.text)
        places = tuple(self._communes[insee] for insee in need.places or (need.commune,))
        names = {place_key(place.name) for place in places}
        themes = _themes(need, text.reading)
        said = dict.fromkeys(map(Stage, filter(None, (need.stage, *need.situations))))
        return Question(
            need=need,
            places=places,
            reading=text.reading,
            empty=text.empty or (bool(text.parts) and text.parts <= names),
            themes=themes,
            subjects={
                subject: weight
                for subject, weight in text.subjects.items()
                if not self._knowledge.goes_with(subject, need.excluded, themes)
            },
            words=text.words,
            stages=dict.fromkeys(said, 1 / len(said)) if said else _guessed(need, text.stages),
            stage_declared=bool(said),
            named=text.named,
            audience=None if need.audience is None else Audience(need.audience),
            knowledge=self._knowledge,
            communes=self._communes,
            year=self._year,
        )

    def read(self, text: str) -> Reading:
        """What is understood of a text alone."""
        return self._understood(text).reading


def _themes(need: Need, reading: Reading) -> dict[Theme, float]:
    assert isinstance(need.themes, Mapping), "check_need gives each declared theme its weight"
    declared = need.themes
    share = INFERRED_SHARE if declared else 1.0
    themes = {Theme(code): weight for code, weight in declared.items()}
    for theme, weight, _ in reading.themes:
        # A likelihood is no importance: a second theme that is half as likely may be as wanted.
        wanted = weight if reading.stages is None else math.sqrt(weight)
        if theme not in need.excluded:
            themes.setdefault(theme, share * wanted)
    return themes


def _understood(
    learned: LearnedReader,
    finder: Finder,
    knowledge: Knowledge,
    profiles: Profiles,
    areas: Container[str],
    is_name: Callable[[str], bool],
    text: str,
) -> Understood:
    parts, weights = name_parts(text, APART), profiles.presentations
    if are_names((parts, name_parts(text, LISTED)), areas, is_name):
        only_names = Reading(text, stages={}, is_empty=True)
        return Understood(only_names, {}, {}, {}, True, (), frozenset(parts))
    reading = learned.read(text)
    reader, mend = learned.reader, learned.reader.speller.mend
    plain = reader.plain(text)
    whole = mend(content(plain), plain)
    heard = whole if reading.heard == text else mend(content(reader.plain(reading.heard)), text)
    listed = Counter(hit.label for hit in knowledge.subjects.find(heard))
    return Understood(
        reading,
        blended(weights.subject_weights.vector(listed), reading.subjects),
        weights.word_weights.vector(Counter(stems(whole))),
        _listed_stages(knowledge, heard) if reading.stages is None else reading.stages,
        reading.is_empty
        or (not (reading.proofs or reading.out_of_scope or listed) and reader.nothing.said(text)),
        finder.find(text),
        frozenset(parts),
    )


def _guessed(need: Need, stages: Mapping[Stage, float]) -> Mapping[Stage, float]:
    """The situations read in a text; no walls to buy where it was said that none are wanted."""
    if Stage.IMMOBILIER not in stages or Theme.FONCIER not in need.excluded:
        return stages
    others = {stage: share for stage, share in stages.items() if stage is not Stage.IMMOBILIER}
    total = sum(others.values())
    return {stage: share / total for stage, share in others.items()}


def _listed_stages(knowledge: Knowledge, heard: Sequence[Word]) -> dict[Stage, float]:
    """Situations by the table alone, each by how often it is said."""
    stages = Counter(Stage(hit.label) for hit in knowledge.situations.find(heard))
    return {stage: n / stages.total() for stage, n in stages.items()}
