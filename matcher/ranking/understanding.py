"""From a need to the question that the criteria are asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from matcher.catalogue.model import Commune, Need
from matcher.catalogue.spelling import place_key
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.index.profile import Profiles
from matcher.index.vectors import Vector
from matcher.reading.knowledge import Knowledge
from matcher.reading.lexicon import content, stems
from matcher.reading.needs import Reader, Reading

from .question import Question

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
            places=tuple(self._communes[insee] for insee in need.places or (need.commune,)),
            reading=text.reading,
            empty=text.empty or self._only_names(need),
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

    def _only_names(self, need: Need) -> bool:
        """Whether the text is but the name of a commune that asks."""
        places = need.places or (need.commune,)
        key = place_key(need.text)
        return any(place_key(self._communes[insee].name) == key for insee in places)


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
    mend = reader.speller.mend
    whole = mend(content(text), text)
    heard = whole if reading.heard == text else mend(content(reading.heard), text)
    subjects = Counter(hit.label for hit in knowledge.subjects.find(heard))
    stages = Counter(Stage(hit.label) for hit in knowledge.situations.find(heard))
    return Understood(
        reading,
        weights.subject_weights.vector(subjects),
        weights.word_weights.vector(Counter(stems(whole))),
        {stage: n / stages.total() for stage, n in stages.items()},
        not (reading.proofs or reading.out_of_scope or subjects) and reader.nothing.said(text),
    )
