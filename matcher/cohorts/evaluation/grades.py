"""What judges grade, and what their grades say: pools to be graded blind, the relevance in French.

A pool is what several rankings put first, in a random order.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import fmean

from matcher.catalogue.french import counted, decimal
from matcher.catalogue.model import Area
from matcher.catalogue.vocabulary import Scale
from matcher.ranking.matcher import Matcher
from matcher.reading.learned.model import FEWEST, Case, error, unseen_error
from matcher.reports.answer.facts import UNSURE_CHANCE, Fit, chance, fit
from matcher.reports.answer.records import reach_name

from .cases import bootstrap, interval, region_of
from .relevance import (
    COMPARED,
    DEPTH,
    FIRST,
    GOOD,
    Judged,
    JudgedRankings,
    Relevance,
    agreement,
    answer,
)

HEADER = (
    "id", "commune", "departement", "habitants", "besoin", "structure_id", "nom", "type", "themes",
    "couverture", "a_verifier", "texte", "juge_a",
)  # fmt: skip
"""What a judge sees, and the column to fill: no rank, no score, not which ranking proposed it."""
OTHERS_DEPTH = 5
"""How many of the first of each baseline join the first ten of the ranking under test."""

Row = tuple[str, ...]


def rows(matcher: Matcher, needs: Iterable[Judged], seed: int) -> Iterator[Row]:
    """Give the pools need after need, each shuffled.

    Parameters
    ----------
    seed : int
        Of the shuffle: the same seed gives the same file.
    """
    draw = random.Random(seed)
    for need in needs:
        commune = matcher.commune(need.commune, "insee")
        asked = (
            need.id,
            commune.name,
            matcher.territory.name(Area(Scale.DEPARTEMENT, commune.departement)),
            str(commune.population or ""),
            need.text,
        )
        found = proposed(matcher, need)
        draw.shuffle(found)
        for key in found:
            yield *asked, *_record(matcher, key), ""


def proposed(matcher: Matcher, need: Judged) -> list[str]:
    """Ids that some ranking puts first, each once, by id."""
    first = answer(matcher, need).first
    depth = {"Maillage": DEPTH}
    return sorted(
        {key for name, ids in first.items() for key in ids[: depth.get(name, OTHERS_DEPTH)]}
    )


def _record(matcher: Matcher, key: str) -> Row:
    structure = matcher.structures[key]
    themes = ["généraliste"] if structure.generalist else []
    return (
        key,
        structure.name,
        structure.kind.label,
        ", ".join([*themes, *(theme.label for theme in structure.themes)]),
        ", ".join(reach_name(part, matcher.territory) for part in structure.coverage),
        "oui" if structure.to_verify else "non",
        structure.description,
    )


NAME_WIDTH = 22
HERE = "Maillage"
"""The ranking under test, among those compared."""

MEASURES: dict[str, Callable[[Relevance], float]] = {
    f"nDCG@{DEPTH}": lambda found: found.ndcg,
    "P@1": lambda found: found.first,
    f"P@{FIRST}": lambda found: found.three,
    "jugées": lambda found: found.judged,
}
"""What a line of the report says."""


def lines(matcher: Matcher, answered: Sequence[JudgedRankings]) -> Iterator[str]:
    """Yield the table against the baselines, then by theme, by région, by kind shown."""
    needs = [one.need for one in answered]
    allowed = fmean(one.worth(HERE).three_allowed for one in answered)
    yield (
        f"{counted(len(needs), 'besoin jugé', 'besoins jugés')} ; bonne réponse : note d’au "
        f"moins {GOOD} ; ce qui n’a pas été jugé compte 0 ; projets de la même "
        "commune retirés ; intervalle à 95 % par rééchantillonnage des besoins."
    )
    yield f"P@{FIRST} que les réserves permettent : {decimal(allowed, 2)}."
    for pair, (equal, kappa) in enumerate(agreement(needs), 1):
        yield (
            f"Accord des juges, paire {pair} : {decimal(equal, 2)} de notes égales, kappa "
            f"quadratique {decimal(kappa, 2)}."
        )
    yield ""
    for name in COMPARED:
        yield f"{name:<{NAME_WIDTH}}{_measures(answered, name)}"
    found = [one.worth(HERE) for one in answered]
    yield (
        f"Si tout ce qui n’a pas été jugé était excellent : nDCG@{DEPTH} "
        f"{decimal(fmean(one.ndcg_high for one in found), 2)}, P@{FIRST} "
        f"{decimal(fmean(one.three_high for one in found), 2)}."
    )
    for title, key in (("Par thème lu d’abord", _theme), ("Par région", _region)):
        yield ""
        yield f"{title} :"
        groups: dict[str, list[Relevance]] = defaultdict(list)
        for one, worth in zip(answered, found, strict=True):
            groups[key(matcher, one)].append(worth)
        for group, values in sorted(groups.items()):
            cells = "  ".join(
                f"{label} {decimal(fmean(map(measure, values)), 2)}"
                for label, measure in MEASURES.items()
            )
            yield f"  {group[:44]:<46}{len(values):>3}  {cells}"
    yield ""
    yield f"Par type des {FIRST} premières (jugées) :"
    yield from _by_kind(matcher, answered)
    yield ""
    yield f"Confiance, sur les {FIRST} premières (jugées) :"
    yield from _confidence(answered)


def _measures(answered: Sequence[JudgedRankings], name: str) -> str:
    found = [one.worth(name) for one in answered]
    cells = [
        f"{label} {interval(bootstrap([measure(one) for one in found]))}"
        for label, measure in MEASURES.items()
    ]
    allowed = sum(one.three_allowed for one in found)
    share = sum(one.three for one in found) / allowed if allowed else 1.0
    return "  ".join([*cells, f"P@{FIRST}/possible {decimal(share, 2)}"])


def _theme(matcher: Matcher, one: JudgedRankings) -> str:
    themes = matcher.read(one.need.text).themes
    return themes[0].theme.label if themes else "aucun thème lu"


def _region(matcher: Matcher, one: JudgedRankings) -> str:
    return region_of(matcher, one.need.commune)


def _by_kind(matcher: Matcher, answered: Sequence[JudgedRankings]) -> Iterator[str]:
    grades: dict[str, list[float]] = defaultdict(list)
    for one in answered:
        for structure in one.first[HERE][:FIRST]:
            grade = one.need.grade(structure)
            if grade is not None:
                grades[matcher.structure(structure).kind.label].append(grade)
    for kind, found in sorted(grades.items(), key=lambda item: (-len(item[1]), item[0])):
        good = sum(grade >= GOOD for grade in found) / len(found)
        yield f"  {kind[:44]:<46}{len(found):>3} fois  bonnes {decimal(good, 2)}"


def _confidence(answered: Sequence[JudgedRankings]) -> Iterator[str]:
    """How often the words are right, how far the chance lies from what is, and what doubt gains."""
    words: dict[Fit, list[float]] = {word: [] for word in Fit}
    scores: list[Case] = []
    chances: list[Case] = []
    firsts: list[tuple[bool, float]] = []
    for one in answered:
        for rank, shown in enumerate(one.shown):
            grade = one.need.grade(shown.structure.id)
            if grade is None:
                continue
            good = grade >= GOOD
            words[fit(shown)].append(float(good))
            scores.append((shown.score, good))
            chances.append((chance(shown), good))
            if rank == 0:
                firsts.append((chance(shown) >= UNSURE_CHANCE, float(good)))
    for word, right in words.items():
        if right:
            yield f"  {word.label:<46}{len(right):>3} fois  bonnes {interval(bootstrap(right))}"
    crossed = (
        f"{decimal(unseen_error(scores), 3)} par validation croisée sur ces besoins"
        if len(scores) >= 2 * FEWEST
        else "trop peu de notes pour une validation croisée"
    )
    yield (
        f"  Écart de calibration : {decimal(error(chances), 3)} par la courbe publiée, {crossed}."
    )
    for sure, label in ((True, "dite sans réserve"), (False, "dite incertaine")):
        right = [good for said, good in firsts if said is sure]
        if right:
            yield (f"  Première {label} : {len(right)} fois  bonne {interval(bootstrap(right))}")
