"""Learning to read from labelled sentences. The service never imports it (scikit-learn is slow)."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from matcher.catalogue.rows import read_rows
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.reading.knowledge import Knowledge
from matcher.reading.needs import Reader
from matcher.reading.wordlists import EMPTY, OUT_OF_SCOPE, VAGUE
from matcher.reading.words import split, stem

from .model import Curve, Head, Model
from .sight import COMMONEST, VECTORS, Eye, Floats, Sight, WordVectors

PHRASES = "reading/phrases.csv"
"""In the data folder."""
HELD_OUT = "reading/held_out.csv"
"""Sentences of other voices, never trained on. Their totals were seen while constants of the reader
were chosen: see `data/README.md`."""
THEMES = (*map(str, Theme), OUT_OF_SCOPE, VAGUE, EMPTY)
STAGES = (*map(str, Stage), "")

SECOND = 0.25
"""What the second themes of a sentence are worth together beside the first ones."""
TERM = 0.1
"""What a term of the thesaurus alone is worth beside a sentence."""
DEFINITION = 0.5
"""The same for a part of the definition of a theme."""
FEWEST = 2
"""Sentences that a trait must be seen in to weigh."""
LOOSENESS = 1.0
"""Inverse of the L2 penalty."""
UNTOLD = Curve((0.0, 1.0), (0.0, 1.0))
"""Before any was read unseen: as likely right as it says."""
OFTEN = 8
"""Sentences from which one knows what a word is said of."""
SPREAD = 0.25
"""Share of its sentences that the main theme of a word has at most, for the word to prove none."""
ROUNDS = 200
"""Rounds of the solver, at most."""
PRECISION = 1e-2
"""Change of the gradient at which it stops: finer ones read no better and take ten times longer."""
FOLDS = 3

LABELLED = ("text", "primary", "secondary", "situation", "subjects")
"""Columns of the sentences."""

OF_THEMES = ("theme", "best", "raw", "title", "text", "subject", "stem", "pair")
"""Groups of traits that tell the themes."""
UNLABELLED = "?"
"""In the column `situation` of a sentence whose situation nobody said: it tells the themes only."""
OF_STAGES = ("stage", "said", "text")
"""Groups of traits that tell the situation."""
OF_SUBJECTS = ("theme", "raw", "text", "subject", "stem", "pair")
"""Groups of traits that tell the subjects."""
NEXT = 0.5
"""What the next situations, or the next subjects, of a sentence are worth together beside the first
one."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A labelled text, and what it counts for.

    Parameters
    ----------
    first, second : tuple of str
        Codes of its themes; several first ones are each right.
    stages : tuple of str or None
        The situations that it tells, the main one first; ("",) when the text does not tell, None
        when nobody looked.
    subjects : tuple of str
        The trades that are wanted, the most central first.
    """

    text: str
    first: tuple[str, ...]
    second: tuple[str, ...] = ()
    stages: tuple[str, ...] | None = None
    subjects: tuple[str, ...] = ()
    weight: float = 1.0


def read_sentences(path: Path) -> list[Sentence]:
    """The labelled sentences of a CSV with a column for each part: see `LABELLED`."""
    return [
        Sentence(
            row["text"],
            tuple(row["primary"].split("|")),
            tuple(filter(None, row["secondary"].split("|"))),
            None if row["situation"] == UNLABELLED else tuple(row["situation"].split("|")),
            tuple(filter(None, row["subjects"].split("|"))),
        )
        for row in read_rows(path, LABELLED)
    ]


def fingerprint(folder: Path) -> str:
    """Digest of the sentences and of the vectors that a model is made of."""
    found = hashlib.sha256()
    for name in (PHRASES, VECTORS):
        found.update((folder / name).read_bytes())
    return found.hexdigest()[:16]


class School:
    """Trains models on the sentences of a data folder."""

    def __init__(self, folder: Path) -> None:
        knowledge = Knowledge.open(folder)
        reader = Reader.open(folder).knowing(knowledge.subjects, knowledge.situations)
        self.sentences = read_sentences(folder / PHRASES)
        self.held_out = read_sentences(folder / HELD_OUT)
        self.rarity = _rarity([sentence.text for sentence in self.sentences])
        self.eye = Eye(reader, knowledge, WordVectors.open(folder / VECTORS), self.rarity)
        self.sights = [self.eye.see(sentence.text) for sentence in self.sentences]
        self.terms = [*_terms(reader), *_definitions()]
        self.term_sights = [self.eye.see(sentence.text) for sentence in self.terms]
        self.subjects = (*knowledge.subject_labels, "")
        self._fingerprint = fingerprint(folder)

    def model(self, left_out: Iterable[int] = ()) -> Model:
        """A model of all the sentences but some, by their number."""
        out = {*left_out}
        kept = [n for n in range(len(self.sentences)) if n not in out]
        sentences = [self.sentences[n] for n in kept]
        sights = [self.sights[n] for n in kept]
        heads = {
            "themes": _themes_head(sentences, sights, self.terms, self.term_sights),
            "stages": _stages_head(sentences, sights),
            "subjects": _subjects_head(sentences, sights, self.subjects),
        }
        return Model(heads, self.rarity, {}, _plain(sentences), UNTOLD, self._fingerprint)

    def folds(self) -> Iterator[tuple[Model, list[int]]]:
        """Models, each with the sentences that it has not seen."""
        order = np.random.default_rng(0).permutation(len(self.sentences))
        for part in np.array_split(order, FOLDS):
            unseen = part.tolist()
            yield self.model(unseen), unseen


def _themes_head(
    sentences: Sequence[Sentence],
    sights: Sequence[Sight],
    terms: Sequence[Sentence],
    term_sights: Sequence[Sight],
) -> Head:
    return _weighted_head(
        ((s, ((s.first, 1.0), (s.second, SECOND))) for s in (*sentences, *terms)),
        _names(sights, OF_THEMES),
        [*sights, *term_sights],
        THEMES,
    )


def _stages_head(sentences: Sequence[Sentence], sights: Sequence[Sight]) -> Head:
    told = [(s, sight) for s, sight in zip(sentences, sights, strict=True) if s.stages]
    seen = [sight for _, sight in told]
    return _weighted_head(
        ((s, _first_and_next(s.stages or ())) for s, _ in told),
        _names(seen, OF_STAGES),
        seen,
        STAGES,
    )


def _subjects_head(
    sentences: Sequence[Sentence], sights: Sequence[Sight], subjects: Sequence[str]
) -> Head:
    return _weighted_head(
        ((s, _first_and_next(s.subjects or ("",))) for s in sentences),
        _names(sights, OF_SUBJECTS),
        sights,
        subjects,
    )


def _first_and_next(codes: Sequence[str]) -> tuple[tuple[Sequence[str], float], ...]:
    return (codes[:1], 1.0), (codes[1:], NEXT)


def _weighted_head(
    told: Iterable[tuple[Sentence, Iterable[tuple[Sequence[str], float]]]],
    names: Sequence[str],
    sights: Sequence[Sight],
    classes: Sequence[str],
) -> Head:
    """A head of sentences of several answers: codes that share what they are worth together."""
    rows, answers, weights = [], [], []
    for row, (sentence, groups) in enumerate(told):
        for codes, worth in groups:
            for code in codes:
                rows.append(row)
                answers.append(classes.index(code))
                weights.append(sentence.weight * worth / len(codes))
    table = _table(sights, names)
    return _fit(table[rows], np.array(answers), np.array(weights), names, classes)


def _fit(
    table: Any,
    answers: npt.NDArray[np.int64],
    weights: Floats,
    names: Sequence[str],
    classes: Sequence[str],
) -> Head:
    learner = LogisticRegression(C=LOOSENESS, max_iter=ROUNDS, tol=PRECISION)
    learner.fit(table, answers, sample_weight=weights)
    seen = tuple(classes[answer] for answer in learner.classes_)
    return Head(seen, tuple(names), learner.coef_.T, learner.intercept_)


def _names(sights: Sequence[Sight], groups: Sequence[str]) -> list[str]:
    """Traits of some groups that enough sentences have, in order."""
    seen = Counter(
        trait.name
        for sight in sights
        for trait in sight.traits
        if trait.name.split(" ")[0] in groups
    )
    return sorted(name for name, count in seen.items() if count >= FEWEST)


def _table(sights: Sequence[Sight], names: Sequence[str]) -> Any:
    """A row a sight: its traits, then the mean of its vectors."""
    columns = {name: column for column, name in enumerate(names)}
    cells = [
        (row, columns[trait.name], trait.value)
        for row, sight in enumerate(sights)
        for trait in sight.traits
        if trait.name in columns
    ]
    size = sights[0].vectors.shape[1]
    for row, sight in enumerate(sights):
        cells += [(row, len(names) + i, float(value)) for i, value in enumerate(sight.mean)]
    at_row, at_column, values = zip(*cells, strict=True)
    shape = (len(sights), len(names) + size)
    return csr_matrix((np.array(values, np.float32), (at_row, at_column)), shape=shape)


def _rarity(texts: Sequence[str]) -> Mapping[str, float]:
    """Weight of each stem that two texts have, from `COMMONEST`."""
    counts = Counter(s for text in texts for s in {stem(word.form) for word in split(text)})
    return {
        s: max(COMMONEST, math.log(len(texts) / (1 + count)))
        for s, count in sorted(counts.items())
        if count > 1
    }


def _plain(sentences: Sequence[Sentence]) -> frozenset[str]:
    """Stems that are said of all themes: « personne », « porter »."""
    counts: dict[str, Counter[str]] = {}
    for sentence in sentences:
        for one in {stem(word.form) for word in split(sentence.text)}:
            counts.setdefault(one, Counter()).update(sentence.first)
    return frozenset(
        one
        for one, themes in counts.items()
        if themes.total() >= OFTEN and max(themes.values()) < SPREAD * themes.total()
    )


def _terms(reader: Reader) -> Iterator[Sentence]:
    for entry in reader.entries:
        yield Sentence(entry.term, (str(entry.theme or OUT_OF_SCOPE),), weight=TERM * entry.weight)


def _definitions() -> Iterator[Sentence]:
    for theme in Theme:
        for part in (theme.label, *theme.definition.split(",")):
            yield Sentence(part.strip(), (str(theme),), weight=DEFINITION)
