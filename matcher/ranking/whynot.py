"""Why not this one, and what would change its rank."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from matcher.catalogue.model import Area, Commune, Need, Radius, Structure
from matcher.catalogue.territory import Territory
from matcher.catalogue.vocabulary import Stage, Theme

from .policy import BLOCK, Contribution, Scored
from .question import Question
from .wording import at, decimal, listed, of

GAPS = 2
"""Criteria named in the answer: the two that cost most."""
SAME = 1e-12
"""Difference of scores below which two are equal: the noise of a sum of floats."""

Rank = Callable[[Need], Sequence[Scored]]


@dataclass(frozen=True)
class WhyNot:
    """Which rule or criterion kept a structure away from the first suggestions.

    Parameters
    ----------
    rank : int or None
        Its rank for this need; None when it does not cover the commune.
    rule : {"perimetre", "propose", "variete", "score"}
        What decided: the coverage, nothing (it is among the first), the rule of variety, or the
        score.
    sentence : str
        French.
    """

    structure: Structure
    rank: int | None
    rule: str
    sentence: str
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True)
class Counterfactual:
    """A change that gives the structure a better rank, true when applied.

    Parameters
    ----------
    need : Need
        The need as it would have to be declared.
    rank : int
        The rank that it then has.
    """

    need: Need
    rank: int
    sentence: str


def why_not(
    structure: Structure,
    commune: Commune,
    ranked: Sequence[Scored],
    territory: Territory,
    top: int = BLOCK,
) -> WhyNot:
    """Say what kept `structure` out of the first `top` of `ranked`."""
    ids = [s.structure.id for s in ranked]
    if structure.id not in ids:
        return WhyNot(structure, None, "perimetre", _outside(structure, commune, territory))
    rank = ids.index(structure.id) + 1
    mine = ranked[rank - 1]
    if rank <= top:
        sentence = f"{structure.name} est bien proposée, au rang {rank}."
        return WhyNot(structure, rank, "propose", sentence, mine.contributions)
    last = min(ranked[:top], key=lambda s: s.score)
    if mine.score >= last.score - SAME:
        sentence = (
            f"{structure.name} a un score suffisant ({decimal(mine.score, 2)}), mais elle est au "
            f"rang {rank} pour varier les réponses : {_double(structure, ranked[:top])}."
        )
        return WhyNot(structure, rank, "variete", sentence, mine.contributions)
    gaps = sorted(
        zip(mine.contributions, ranked[top - 1].contributions, strict=True),
        key=lambda pair: (pair[0].points - pair[1].points, pair[0].criterion),
    )
    named = [
        f"« {ours.label} » ({ours.sentence})"
        for ours, theirs in gaps
        if ours.points < theirs.points
    ]
    sentence = (
        f"{structure.name} est au rang {rank} : score {decimal(mine.score, 2)}, contre "
        f"{decimal(ranked[top - 1].score, 2)} au rang {top}. Ce qui lui manque le plus : "
        f"{listed(named[:GAPS])}."
    )
    return WhyNot(structure, rank, "score", sentence, mine.contributions)


def counterfactual(structure: Structure, question: Question, rank: Rank) -> Counterfactual | None:
    """Find the declaration that would most improve its rank: one more theme, or a stage.

    Returns
    -------
    Counterfactual or None
        None when no single declaration improves it, or it does not cover the commune.
    """
    before = _rank_of(structure, rank(question.need))
    if before is None:
        return None
    best: Counterfactual | None = None
    for need, said in _changes(structure, question):
        after = _rank_of(structure, rank(need))
        if after is not None and after < (best.rank if best else before):
            sentence = f"Si {said}, {structure.name} passerait du rang {before} au rang {after}."
            best = Counterfactual(need, after, sentence)
    return best


def _changes(structure: Structure, question: Question) -> Iterator[tuple[Need, str]]:
    need = question.need
    for theme in structure.themes:
        if theme not in need.themes:
            themes: dict[Theme, float] = {**dict(_declared(need)), theme: 1.0}
            yield replace(need, themes=themes), f"le thème « {theme.label} » était déclaré"
    for stage in Stage:
        if stage != need.stage:
            said = f"la situation « {stage.label} » était indiquée"
            yield replace(need, stage=stage), said


def _declared(need: Need) -> dict[Theme, float]:
    if isinstance(need.themes, tuple):
        return dict.fromkeys(need.themes, 1.0)
    return dict(need.themes)


def _rank_of(structure: Structure, ranked: Sequence[Scored]) -> int | None:
    return next((i for i, s in enumerate(ranked, 1) if s.structure.id == structure.id), None)


def _outside(structure: Structure, commune: Commune, territory: Territory) -> str:
    parts = []
    for part in structure.coverage:
        if isinstance(part, Area):
            parts.append(territory.name(part))
        elif isinstance(part, Radius):
            seat = territory.communes.get(structure.seat or "")
            around = f" autour {of(seat.name)}" if seat else ""
            parts.append(f"{decimal(part.km)} km{around}")
    shown = parts[:5] + (["d’autres"] if len(parts) > 5 else [])
    return (
        f"{structure.name} n’intervient pas {at(commune.name)} : son périmètre est {listed(shown)}."
    )


def _double(structure: Structure, first: Sequence[Scored]) -> str:
    for scored in first:
        other = scored.structure
        if other.body == structure.body:
            return f"{other.name}, du même organisme, est déjà proposée"
    same = [s.structure for s in first if s.structure.network == structure.network]
    if structure.network and same:
        return f"le même réseau est déjà représenté ({listed(s.name for s in same)})"
    return f"les structures de type « {structure.kind.label} » y sont déjà nombreuses"
