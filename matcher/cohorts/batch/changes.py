"""What changed between two batches: new, gone, moved, another score; commune by commune."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from matcher.catalogue.model import Area
from matcher.catalogue.vocabulary import Scale
from matcher.territory.nest import Territory

from .manifest import SUGGESTIONS

NEW, GONE, MOVED, SCORE = "nouvelle", "disparue", "déplacée", "score"
NATURES = (NEW, GONE, MOVED, SCORE)
ASKED, WITHDRAWN, SAME = "besoin nouveau", "besoin retiré", "inchangé"

COLUMNS = (
    *("id_besoin", "insee", "commune", "departement", "changement", "structure_id", "structure"),
    *("rang_avant", "rang", "score_avant", "score", "ecart_de_score"),
)
SUMMARY_COLUMNS = (
    *("departement", "nom", "besoins_compares", "besoins_inchanges", "communes_touchees"),
    *("suggestions_nouvelles", "suggestions_disparues", "suggestions_deplacees"),
    *("suggestions_score", "besoins_nouveaux", "besoins_retires"),
)

POSITION = "ligne-"
"""Start of the keys that a table without ids gives to its rows: a row more shifts them."""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """What another run says otherwise; `nature` is one of `NATURES`, `ASKED` or `WITHDRAWN`.

    Parameters
    ----------
    structure : str
        Its id; "" when it is the need that is new or withdrawn.
    before, after : tuple of (rank, score), or None
        None on the side where the structure is not suggested.
    reworded : bool
        The need has other words, themes or stage than before: its two scores are those of two
        needs, and are not subtracted.
    """

    id: str
    insee: str
    commune: str
    departement: str
    nature: str
    structure: str = ""
    before: tuple[int, float] | None = None
    after: tuple[int, float] | None = None
    reworded: bool = False


class Changes:
    """The changes from a former folder of results to a new one.

    The summaries are those of what was read: read all changes first.
    """

    def __init__(self, before: Path, after: Path) -> None:
        self._before, self._after = before, after
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._touched: defaultdict[str, set[str]] = defaultdict(set)

    def __iter__(self) -> Iterator[AnswerChange]:
        """By département, in the order of the new run; one département at a time in memory."""
        before, after = _departements(self._before), _departements(self._after)
        old, new = next(before, None), next(after, None)
        while old or new:
            first = min(pair[0] for pair in (old, new) if pair)
            olds: list[dict[str, Any]] = []
            news: list[dict[str, Any]] = []
            if old and old[0] == first:
                olds, old = old[1], next(before, None)
            if new and new[0] == first:
                news, new = new[1], next(after, None)
            for change in self._compare(olds, news, self.counts[first]):
                self.counts[first][change.nature] += 1
                self._touched[first].add(change.insee)
                yield change

    @staticmethod
    def _compare(
        olds: list[dict[str, Any]], news: list[dict[str, Any]], counts: Counter[str]
    ) -> Iterator[AnswerChange]:
        known = {_key(line): line for line in olds}
        asked = {_key(line): line for line in news}
        for key, line in asked.items():
            if key not in known:
                yield _change(line, ASKED)
                continue
            found = list(_moves(known[key], line))
            counts["comparés"] += 1
            counts[SAME] += not found
            yield from found
        for key, line in known.items():
            if key not in asked:
                yield _change(line, WITHDRAWN)

    def summary(self, territory: Territory) -> Iterator[tuple[Any, ...]]:
        """A row a département (`SUMMARY_COLUMNS`)."""
        for code, counts in self.counts.items():
            name = territory.name(Area(Scale.DEPARTEMENT, code))
            yield (
                *(code, name, counts["comparés"], counts[SAME], len(self._touched[code])),
                *(counts[nature] for nature in (*NATURES, ASKED, WITHDRAWN)),
            )


def change_rows(
    changes: Iterable[AnswerChange], names: dict[str, str]
) -> Iterator[tuple[Any, ...]]:
    """One row a change (`COLUMNS`); `names`: of the structures, by id."""
    for one in changes:
        was, is_ = one.before or (None, None), one.after or (None, None)
        gap = None
        if one.before and one.after and not one.reworded:
            gap = round(one.after[1] - one.before[1], 4)
        yield (
            *(one.id, one.insee, one.commune, one.departement, one.nature),
            *(one.structure, names.get(one.structure, ""), was[0], is_[0], was[1], is_[1], gap),
        )


def _departements(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The lines of a run, a département at a time: that is their order."""
    with (folder / SUGGESTIONS).open("rb") as file:
        lines = map(json.loads, file)
        for departement, group in groupby(lines, key=lambda line: str(line["departement"])):
            yield departement, [_brief(line) for line in group]


def _brief(line: dict[str, Any]) -> dict[str, Any]:
    """A line without its reasons: ranks and scores are enough."""
    found = {s["structure"]: (s["rang"], s["score"]) for s in line["suggestions"]}
    return {**line, "suggestions": found}


def _key(line: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two needs the same: the id that people gave, or else all that is asked."""
    if line["id"].startswith(POSITION):
        return line["insee"], *_asked(line)
    return line["insee"], line["id"]


def _asked(line: dict[str, Any]) -> tuple[Any, ...]:
    """All that a need asks, its other communes too where it has some."""
    places = tuple(line.get("communes", ()))
    return line["besoin"], tuple(line["themes"]), line["etape"], places


def _moves(old: dict[str, Any], new: dict[str, Any]) -> Iterator[AnswerChange]:
    """What changed for a need: first what is suggested now, in its order, then what is gone.

    A need that was reworded keeps its id and is another need: only ranks are compared.
    """
    was, now = old["suggestions"], new["suggestions"]
    reworded = _asked(old) != _asked(new)
    for structure, after in now.items():
        before = was.get(structure)
        if before is None:
            yield _change(new, NEW, structure, None, after)
        elif before[0] != after[0]:
            yield _change(new, MOVED, structure, before, after, reworded)
        elif before[1] != after[1] and not reworded:
            yield _change(new, SCORE, structure, before, after)
    for structure, before in was.items():
        if structure not in now:
            yield _change(new, GONE, structure, before, None)


def _change(
    line: dict[str, Any],
    nature: str,
    structure: str = "",
    before: tuple[int, float] | None = None,
    after: tuple[int, float] | None = None,
    reworded: bool = False,
) -> AnswerChange:
    place = line["id"], line["insee"], line["commune"], line["departement"]
    return AnswerChange(*place, nature, structure, before, after, reworded)
