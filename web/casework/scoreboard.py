"""The tables of the dashboard: one making for the page and for the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matcher import Matcher, Theme
from matcher.catalogue import Area, Scale
from matcher.reports import Sheet

from . import clock, outside, statistics
from .facts import DossierFacts, Figures, IntroductionFacts, Town
from .states import Step
from .statistics import FEWEST_FOR_RATE, UNANSWERED_DAYS, Acceptance

NO_THEME = "Thème non lu"
NO_PLACE = "Commune inconnue"
GONE = "Structure retirée du catalogue"
BEYOND = "Structure hors annuaire, à vérifier"
ACCEPTANCE = (
    *("Envoyées", "Acceptées", "Déclinées par la structure", "Sans réponse après relances"),
    *("Commune ou retrait", "En attente", "Réponses", "Taux d’acceptation (%)"),
)


@dataclass(frozen=True)
class Board:
    """A table, the name of its file, how to read it, and which column its bars show."""

    key: str
    sheet: Sheet
    note: str = ""
    bars: int | None = None


def boards(figures: Figures, matcher: Matcher, now: datetime) -> list[Board]:
    """All tables, in the order of the page."""
    return [*_needs(figures.cases, matcher), *_work(figures, matcher, now)]


def _needs(cases: Iterable[DossierFacts], matcher: Matcher) -> Iterator[Board]:
    cases = list(cases)
    labels = {theme.value: theme.label for theme in Theme}
    themes = [
        (case, labels.get(code, code) if code else NO_THEME)
        for case in cases
        for code in case.themes or ("",)
    ]
    states = statistics.by_state(cases)
    yield Board(
        "etats",
        Sheet(
            "Par état",
            ("État", "Dossiers", "Communes"),
            [
                (s.label, n, len(statistics.towns(case for case in cases if case.state is s)))
                for s, n in states.items()
            ],
        ),
        "Chaque dossier compte une fois, celui d’un groupe aussi ; chaque commune une fois par "
        "état.",
        bars=1,
    )
    yield Board(
        "themes",
        Sheet("Par thème", ("Thème", "Dossiers"), _most(theme for _, theme in themes)),
        "Un dossier compte dans chacun des thèmes qu’il déclare ; s’il n’en déclare pas, dans le "
        "premier qui est lu dans son texte.",
        bars=1,
    )
    for key, title, heading, scale in (
        ("regions", "Par région", "Région", Scale.REGION),
        ("departements", "Par département", "Département", Scale.DEPARTEMENT),
    ):
        name = _namer(matcher, scale)
        counted = _most(place for case in cases for place in dict.fromkeys(map(name, case.towns)))
        here = Counter(map(name, statistics.towns(cases)))
        rows = [(place, count, here[place]) for place, count in counted]
        yield Board(
            key,
            Sheet(title, (heading, "Dossiers", "Communes"), rows),
            "Le dossier d’un groupe compte dans chacun de ses territoires.",
            bars=1,
        )
    region, departement = _namer(matcher, Scale.REGION), _namer(matcher, Scale.DEPARTEMENT)
    crossed = Counter(
        (*place, theme)
        for case, theme in themes
        for place in dict.fromkeys((region(town), departement(town)) for town in case.towns)
    )
    yield Board(
        "territoires-et-themes",
        Sheet(
            "Territoires et thèmes",
            ("Région", "Département", "Thème", "Dossiers"),
            [(*place, count) for place, count in sorted(crossed.items())],
        ),
    )


def _work(figures: Figures, matcher: Matcher, now: datetime) -> Iterator[Board]:
    yield Board(
        "delais",
        Sheet(
            "Délais",
            ("Étape", "Mesures", "Médiane (jours)", "Neuf fois sur dix en moins de (jours)"),
            [(d.label, d.count, d.median, d.ninth) for d in statistics.delays(figures)],
        ),
        "Sont mesurées les étapes qui ont eu lieu ; celles qui attendent encore n’y sont pas.",
    )
    late = statistics.unanswered(figures.cases, now)
    yield Board(
        "sans-reponse",
        Sheet(
            "Communes sans réponse",
            ("Dossier", "Commune", "Département", "Reçu le", "Jours", "État"),
            [
                (
                    case.reference,
                    *_place(matcher, case),
                    f"{clock.day_of(case.received):%d/%m/%Y}",
                    (now - case.received).days,
                    case.state.label,
                )
                for case in late
            ],
        ),
        f"Besoins reçus il y a {UNANSWERED_DAYS} jours ou plus, sans introduction envoyée.",
    )
    yield from _acceptances(figures.put, matcher)
    rows = [(reason.label, count) for reason, count in statistics.declines(figures.put).items()]
    yield Board("motifs", Sheet("Motifs de refus", ("Motif", "Introductions"), rows), bars=1)
    steps = statistics.OPEN_STEPS
    yield Board(
        "en-cours",
        Sheet(
            "Introductions en cours",
            ("Structure", *(f"Dont {_several(step)}" for step in steps), "En cours"),
            [
                (_name(matcher, structure), *(count[step] for step in steps), sum(count.values()))
                for structure, count in statistics.open_by_structure(figures.put).items()
            ],
        ),
        bars=1 + len(steps),
    )


def _several(step: Step) -> str:
    """What introductions at a step are called; « plus tard » does not change."""
    return step.label if step is Step.LATER else f"{step.label}s"


def _acceptances(put: Iterable[IntroductionFacts], matcher: Matcher) -> Iterator[Board]:
    put = list(put)
    note = (
        "Le taux compte les réponses des structures seulement ; il n’est donné qu’à partir de "
        f"{FEWEST_FOR_RATE} réponses."
    )
    for key, title, heading, naming in (
        ("structures", "Acceptation par structure", "Structure", _name),
        ("types", "Acceptation par type", "Type de structure", _kind),
    ):
        groups: dict[str, list[IntroductionFacts]] = {}
        for one in put:
            if one.sent:
                groups.setdefault(naming(matcher, one.structure), []).append(one)
        rows = [(name, *_cells(statistics.accepted(group))) for name, group in groups.items()]
        rows.sort(key=lambda row: (-row[1], row[0]))
        if rows:
            rows.insert(0, ("Ensemble", *_cells(statistics.accepted(put))))
        yield Board(key, Sheet(title, (heading, *ACCEPTANCE), rows), note)


def _cells(found: Acceptance) -> tuple[Any, ...]:
    rate = None if found.rate is None else round(100 * found.rate, 1)
    return (
        *(found.sent, found.accepted, found.declined, found.unanswered, found.elsewhere),
        *(found.waiting, found.answers, rate),
    )


def _most(names: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))


def _namer(matcher: Matcher, scale: Scale) -> Callable[[Town], str]:
    """How the area of a commune is called, at a level."""
    communes = matcher.territory.communes
    regions = {one.departement: one.region for one in communes.values()}

    def name(town: Town) -> str:
        commune = communes.get(town.commune)
        departement = commune.departement if commune else town.departement
        if departement not in regions:
            return NO_PLACE
        code = regions[departement] if scale is Scale.REGION else departement
        return matcher.territory.name(Area(scale, code))

    return name


def _place(matcher: Matcher, case: DossierFacts) -> tuple[str, str]:
    known = [matcher.territory.communes.get(town.commune) for town in case.towns]
    communes = [commune for commune in known if commune]
    if not communes:
        return NO_PLACE, ""
    areas = dict.fromkeys(commune.departement for commune in communes)
    return (
        ", ".join(commune.name for commune in communes),
        ", ".join(matcher.territory.name(Area(Scale.DEPARTEMENT, code)) for code in areas),
    )


def _name(matcher: Matcher, structure_id: str) -> str:
    structure = matcher.structures.get(structure_id)
    if outside.is_outside(structure_id):
        return f"{BEYOND} ({structure_id})"
    return structure.name if structure else f"{GONE} ({structure_id})"


def _kind(matcher: Matcher, structure_id: str) -> str:
    structure = matcher.structures.get(structure_id)
    if outside.is_outside(structure_id):
        return BEYOND
    return structure.kind.label if structure else GONE
