"""What was learnt to answer one question, and a text weighed with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .sight import Floats, Sight, Span, Trait


@dataclass(frozen=True)
class Head:
    """Weights that answer one question: one row a trait, one column an answer.

    Parameters
    ----------
    classes : tuple of str
        The answers; "" says that the text does not tell.
    names : tuple of str
        The traits, a row each; the rows of the vectors come after them.
    weights : array
    intercept : array
        One number an answer.
    """

    classes: tuple[str, ...]
    names: tuple[str, ...]
    weights: Floats
    intercept: Floats

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Row of each trait."""
        return {name: row for row, name in enumerate(self.names)}

    @cached_property
    def meaning(self) -> Floats:
        """The rows of the vectors."""
        return self.weights[len(self.names) :].astype(np.float64)

    def weigh(self, sight: Sight) -> Weighed:
        """Weigh a text: see `Weighed`."""
        rows = self.rows
        known = [trait for trait in sight.traits if trait.name in rows]
        values = np.array([trait.value for trait in known])
        weights = self.weights[[rows[trait.name] for trait in known]]
        return Weighed(self, sight, known, values, weights)


@dataclass(frozen=True)
class Weighed:
    """A text weighed once: how likely each answer is, and the words that say so.

    Parameters
    ----------
    known : sequence of Trait
        What the head has a row for.
    values : array, shape (known,)
    weights : array, shape (known, answers)
    """

    head: Head
    sight: Sight
    known: Sequence[Trait]
    values: Floats
    weights: Floats

    @cached_property
    def shares(self) -> dict[str, float]:
        """How likely each answer is; together they make 1."""
        head = self.head
        logits = head.intercept + self.values @ self.weights + self.sight.mean @ head.meaning
        likely = np.exp(logits - logits.max())
        return dict(zip(head.classes, (likely / likely.sum()).tolist(), strict=True))

    @cached_property
    def parts(self) -> Floats:
        """What each trait, then each word by its meaning, adds to each answer."""
        meaning = self.sight.vectors @ self.head.meaning
        parts: Floats = np.vstack([self.values[:, None] * self.weights, meaning])
        return parts

    @cached_property
    def spans(self) -> Sequence[tuple[Span, ...]]:
        """The words that bring each row of `parts`."""
        return [*(trait.spans for trait in self.known), *((span,) for span in self.sight.spans)]

    @cached_property
    def _against(self) -> Floats:
        """What each row of `parts` adds to the answers as they are likely."""
        against: Floats = self.parts @ np.array([*self.shares.values()])
        return against

    @cached_property
    def _links(self) -> tuple[dict[Span, int], list[int], list[int], Floats]:
        """The words, numbered; then by word of each row: its number, the row, its part of it."""
        numbers: dict[Span, int] = {}
        links = [
            (numbers.setdefault(span, len(numbers)), row, len(where))
            for row, where in enumerate(self.spans)
            for span in where
        ]
        words, rows, counts = map(list, zip(*links, strict=True)) if links else ([], [], [])
        return numbers, words, rows, np.array(counts, float)

    @property
    def said(self) -> Collection[Span]:
        """The words that bring something, in the order in which they were seen."""
        return self._links[0].keys()

    def words(self, answer: str) -> dict[Span, float]:
        """What each word of the text says for an answer, against the others as they are likely.

        A trait of several words gives each its part.
        """
        numbers, words, rows, counts = self._links
        said = self.parts[:, self.head.classes.index(answer)] - self._against
        sums = np.bincount(np.array(words, int), said[rows] / counts, len(numbers))
        return dict(zip(numbers, sums.tolist(), strict=True))
