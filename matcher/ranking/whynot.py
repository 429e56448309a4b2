"""Why not this one, and what would change its rank."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from matcher.catalogue.french import at, decimal, listed, of
from matcher.catalogue.model import Area, Commune, Need, Radius, Structure
from matcher.catalogue.terms import MAINLAND, Condition, Limit, Status
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.territory.nest import Territory

from .policy import Contribution, Scored
from .question import Question

GAPS = 2
"""Criteria named in the answer: the two that cost most."""
SAME = 1e-12
"""Difference of scores below which two are equal: the noise of a sum of floats."""

NOBODY = {
    Status.HORS_CHAMP: "il relève d’autre chose que de l’économie sociale et solidaire",
    Status.VIDE: "il ne dit encore rien",
}
"""Why nobody is ranked for a need."""

PARTS_NAMED = 5
"""Parts of a coverage named in a sentence, so that it stays readable."""

Rank = Callable[[Need], Sequence[Structure]]
"""From a need to all the structures that cover the commune, in the order of the policy; to none
where the need is not ranked."""


class UnknownStructure(LookupError):
    """No structure has this id; the message is French."""

    def __init__(self, structure_id: str) -> None:
        self.structure_id = structure_id
        super().__init__(f"Structure inconnue : « {structure_id[:60]} ».")

    def __str__(self) -> str:
        """The French sentence, without the quotes that LookupError may add."""
        return str(self.args[0])


@dataclass(frozen=True)
class WhyNot:
    """Which rule or criterion kept a structure away from the first suggestions.

    Parameters
    ----------
    rank : int or None
        Its rank for this need; None when it cannot answer in the commune, or nobody is ranked.
    rule : {"besoin", "metier", "perimetre", "propose", "sujet", "variete", "score"}
        What decided: nobody is ranked for this need, it accompanies nobody, the coverage, nothing
        (it is among the first), that it has no reason to answer, the rule of variety, or the score.
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


def rank_of(structure: Structure, ranked: Sequence[Structure]) -> int | None:
    """Rank of a structure, from 1; None when it is not there."""
    return next((i for i, other in enumerate(ranked, 1) if other.id == structure.id), None)


def why_not(rank: int, mine: Scored, first: Sequence[Scored], behind: bool = False) -> WhyNot:
    """Say what kept `mine`, at `rank`, out of the `first`, the suggestions that are shown.

    Parameters
    ----------
    behind : bool
        Whether it has no reason to answer: see `order`.
    """
    structure, top = mine.structure, len(first)
    if rank <= top:
        sentence = f"{structure.name} est bien proposée, au rang {rank}."
        return WhyNot(structure, rank, "propose", sentence, mine.contributions)
    if behind:
        sentence = (
            f"{structure.name} est au rang {rank}, après celles qui ont un motif de répondre : "
            "ni ses thèmes, ni les sujets de sa présentation, ni son métier ne rejoignent ce "
            "besoin."
        )
        return WhyNot(structure, rank, "sujet", sentence, mine.contributions)
    last = min(first, key=lambda s: s.score)
    if mine.score >= last.score - SAME:
        sentence = (
            f"{structure.name} a un score suffisant ({decimal(mine.score, 2)}), mais elle est au "
            f"rang {rank} pour varier les réponses : {_double(structure, first)}."
        )
        return WhyNot(structure, rank, "variete", sentence, mine.contributions)
    gaps = sorted(
        zip(mine.contributions, first[-1].contributions, strict=True),
        key=lambda pair: (pair[0].points - pair[1].points, pair[0].criterion),
    )
    named = [
        f"« {ours.label} » ({ours.sentence})"
        for ours, theirs in gaps
        if ours.points < theirs.points
    ]
    sentence = (
        f"{structure.name} est au rang {rank} : score {decimal(mine.score, 2)}, contre "
        f"{decimal(first[-1].score, 2)} au rang {top}. Ce qui lui manque le plus : "
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
    now = rank(question.need)
    before = rank_of(structure, now)
    if before is None and now:
        return None
    then = f"passerait du rang {before} au rang" if before else "serait au rang"
    best: Counterfactual | None = None
    for need, said in _changes(structure, question):
        after, least = rank_of(structure, rank(need)), best.rank if best else before
        if after is not None and (least is None or after < least):
            sentence = f"Si {said}, {structure.name} {then} {after}."
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
        return {Theme(code): 1.0 for code in need.themes}
    return {Theme(code): weight for code, weight in need.themes.items()}


def unranked(
    structure: Structure, question: Question, away: bool, anyway: bool, territory: Territory
) -> WhyNot:
    """Say why a structure has no rank: nobody has one for this need, or it is `away`, or both."""
    found = outside(structure, question.places, territory) if away else None
    if found and (anyway or question.status.ranked):
        return found
    sentence = f"Aucune structure n’est classée pour ce besoin : {NOBODY[question.status]}."
    if found:
        return replace(found, sentence=f"{sentence} De plus, {found.sentence}")
    sentence = (
        f"{sentence} {structure.name} intervient {_here(question.places)} : pour connaître son "
        "rang, dites ce que vous voulez faire, ou indiquez un thème."
    )
    return WhyNot(structure, None, "besoin", sentence)


def outside(structure: Structure, places: Sequence[Commune], territory: Territory) -> WhyNot:
    """Say where a structure works, when that is in none of the communes."""
    commune = places[0]
    if not structure.accompanies:
        sentence = (
            f"{structure.name} fait elle-même cette activité, sans accompagner d’autres projets : "
            "allez la voir, demandez-lui son avis."
        )
        return WhyNot(structure, None, "metier", sentence)
    for condition in structure.conditions:
        if not condition.allows(commune):
            why = _unmet(condition, commune)
            return WhyNot(structure, None, "perimetre", f"{structure.name} {why}")
    parts = []
    for part in structure.coverage:
        if isinstance(part, Area):
            parts.append(territory.name(part))
        elif isinstance(part, Radius):
            seat = territory.communes.get(structure.seat or "")
            around = f" autour {of(seat.name)}" if seat else ""
            parts.append(f"{decimal(part.km)} km{around}")
    shown = parts[:PARTS_NAMED] + (["d’autres"] if len(parts) > PARTS_NAMED else [])
    sentence = (
        f"{structure.name} n’intervient pas {_here(places)} : son périmètre est {listed(shown)}."
    )
    return WhyNot(structure, None, "perimetre", sentence)


def _here(places: Sequence[Commune]) -> str:
    return at(places[0].name) if len(places) == 1 else f"dans vos {len(places)} communes"


def _unmet(condition: Condition, commune: Commune) -> str:
    """What a structure asks, and what the commune has instead."""
    if condition.limit is Limit.TERRITOIRE:
        where = "qu’en métropole" if condition.value == MAINLAND else "qu’outre-mer"
        return f"n’intervient {where} : {commune.name} n’y est pas."
    if condition.limit is Limit.PVD:
        return (
            "n’intervient que dans les Petites villes de demain : "
            f"{commune.name} n’est pas dans la liste que nous avons."
        )
    assert commune.population is not None, "a size that is not known meets every condition"
    return (
        f"n’intervient que dans les {condition.told} : {commune.name} en compte "
        f"{decimal(commune.population)}."
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
