"""What was learnt, as plain arrays; a text weighed with it; how often one read so is right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from matcher.catalogue.faults import Fault

from .sight import Floats, Sight, Span, Trait

Case = tuple[float, bool]
"""The share of the first theme, and whether it was right."""

FOLDS = 5
BINS = 10
"""Parts of the scale in which what is said is held against what is."""
FEWEST = 25
"""Cases that a step of the curve stands on, at least: fewer say little."""
UNSURE = 0.5
"""Chance of being right under which a reading is doubtful: it is wrong as often as not."""
MISREAD, AGAIN = "Nous ne sommes pas sûrs d’avoir bien compris", "dites-le autrement"
ADVISER = "demandez à un conseiller"
DOUBT = f"{MISREAD} : {AGAIN}, ou {ADVISER}."


def is_doubtful(chance: float | None) -> bool:
    """Whether a reading is not sure; no where nothing is known."""
    return chance is not None and chance < UNSURE


@dataclass(frozen=True)
class Curve:
    """Chance of being right by share, never falling; straight between its points."""

    shares: tuple[float, ...]
    chances: tuple[float, ...]

    def chance(self, share: float) -> float:
        """How often a first theme of this share is right."""
        return float(np.interp(share, self.shares, self.chances))


def fitted(cases: Sequence[Case]) -> Curve:
    """The curve of some cases: isotonic regression on steps of enough cases each.

    Neighbours of which the lower one is more often right are put together until none is.
    """
    ordered = sorted(cases)
    steps: list[tuple[float, float, int]] = []  # mean share, mean right, cases
    for part in np.array_split(np.arange(len(ordered)), max(1, len(ordered) // FEWEST)):
        chosen = [ordered[n] for n in part]
        shares = sum(share for share, _ in chosen) / len(chosen)
        steps.append((shares, sum(right for _, right in chosen) / len(chosen), len(chosen)))
        while len(steps) > 1 and steps[-2][1] >= steps[-1][1]:
            (s, r, n), (t, q, m) = steps.pop(-2), steps.pop()
            steps.append(((s * n + t * m) / (n + m), (r * n + q * m) / (n + m), n + m))
    return Curve(tuple(s for s, _, _ in steps), tuple(r for _, r, _ in steps))


def error(chances: Sequence[Case]) -> float:
    """Expected calibration error: how far what is said lies from what is, by parts of the scale."""
    parts: dict[int, list[Case]] = {}
    for chance, right in chances:
        parts.setdefault(min(BINS - 1, int(chance * BINS)), []).append((chance, right))
    gaps = (abs(sum(chance - right for chance, right in part)) for part in parts.values())
    return sum(gaps) / max(1, len(chances))


def unseen_error(cases: Sequence[Case]) -> float:
    """The same on cases that the curve has not seen, by cross-validation."""
    told: list[Case] = []
    for part in np.array_split(np.random.default_rng(0).permutation(len(cases)), FOLDS):
        out = {*part.tolist()}
        curve = fitted([case for n, case in enumerate(cases) if n not in out])
        told += [(curve.chance(cases[n][0]), cases[n][1]) for n in sorted(out)]
    return error(told)


FILE = "reading/model.npz"
"""In the data folder; `python -m matcher learn-reading` writes it."""
VERSION = 4
"""Of the traits that the weights are for: a file of another version is not read."""


@dataclass(frozen=True)
class Model:
    """All that was learnt.

    Parameters
    ----------
    heads : mapping of str to Head
        By question: `themes`, `stages`, `subjects`.
    rarity : mapping of str to float
        Weight of each stem.
    limits : mapping of str to float
        Shares from which an answer is given, by its name.
    plain : frozenset of str
        Stems that are said of all themes: they prove none.
    sure : Curve
        Chance that the first theme is right, by its share.
    learnt_from : str
        Digest of what it was trained on.
    """

    heads: Mapping[str, Head]
    rarity: Mapping[str, float]
    limits: Mapping[str, float]
    plain: frozenset[str]
    sure: Curve
    learnt_from: str

    @classmethod
    def open(cls, path: Path) -> Model | None:
        """Read a file that `save` wrote; None when it is damaged or of another version."""
        with suppress(OSError, EOFError, KeyError, ValueError, BadZipFile):
            with path.open("rb") as file, np.load(file) as found:
                arrays = {name: found[name] for name in found.files}
            if int(arrays["version"]) == VERSION:
                heads = {
                    name: Head(
                        _listed(arrays[f"{name}.classes"]),
                        _listed(arrays[f"{name}.names"]),
                        arrays[f"{name}.weights"].astype(np.float32) * arrays[f"{name}.scales"],
                        arrays[f"{name}.intercept"],
                    )
                    for name in _listed(arrays["heads"])
                }
                return cls(
                    heads,
                    _table(arrays, "rarity"),
                    _table(arrays, "limits"),
                    frozenset(_listed(arrays["plain"])),
                    Curve(*map(tuple, arrays["sure"].tolist())),
                    arrays["learnt_from"].tobytes().decode(),
                )
        return None

    def save(self, path: Path) -> None:
        """Write it, the weights as small whole numbers."""
        arrays: dict[str, Any] = {
            "version": np.array(VERSION),
            "heads": _blob(tuple(self.heads)),
            "plain": _blob(sorted(self.plain)),
            "sure": np.array([self.sure.shares, self.sure.chances], np.float32),
            "learnt_from": np.frombuffer(self.learnt_from.encode(), np.uint8),
        }
        for name in ("rarity", "limits"):
            table: Mapping[str, float] = getattr(self, name)
            arrays[f"{name}.names"] = _blob(tuple(table))
            arrays[f"{name}.values"] = np.array([*table.values()], np.float32)
        for name, head in self.heads.items():
            scales = (np.abs(head.weights).max(axis=1, keepdims=True) / 127).astype(np.float32)
            arrays[f"{name}.classes"] = _blob(head.classes)
            arrays[f"{name}.names"] = _blob(head.names)
            steps = np.round(head.weights / np.maximum(scales, 1e-12))
            arrays[f"{name}.weights"] = steps.astype(np.int8)
            arrays[f"{name}.scales"] = scales
            arrays[f"{name}.intercept"] = head.intercept.astype(np.float32)
        np.savez_compressed(path, **arrays)


def check_model(folder: Path) -> list[Fault]:
    """A warning when the tables of a data folder read alone, for want of what was learnt."""
    if Model.open(folder / FILE) is not None:
        return []
    rule = "absent, abîmé ou d’une autre version : les tables lisent seules (`learn-reading`)"
    return [Fault(FILE, None, None, None, rule, "avertissement")]


def _table(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> dict[str, float]:
    names = _listed(arrays[f"{name}.names"])
    return dict(zip(names, arrays[f"{name}.values"].tolist(), strict=True))


def _blob(names: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), np.uint8)


def _listed(blob: npt.NDArray[Any]) -> tuple[str, ...]:
    return tuple(blob.tobytes().decode().split("\n")) if len(blob) else ()


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
        weights = self.weights[[rows[trait.name] for trait in known]]
        return Weighed(self, sight, known, np.array([t.value for t in known]), weights)


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
