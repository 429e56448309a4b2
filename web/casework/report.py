"""The report of a period: its figures beside those of the one before, outcomes, loads.

A period is a quarter or a year.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from matcher import Matcher
from matcher.reports import Sheet

from . import clock, scoreboard, statistics
from .facts import Figures
from .scoreboard import Board
from .states import CHOSEN, Contacted, Outcome, State, Useful
from .statistics import OPEN_STEPS

Measure = int | float | None
"""A count, or days and shares with one decimal; None where nothing was measured."""
QUARTERS = 8
"""Quarters that are offered: two years, for each to be compared with its own of the year before."""
YEARS = 4
CODE = re.compile(r"(2[0-9]{3})(?:-T([1-4]))?")


def boards(
    figures: Figures, matcher: Matcher, now: datetime, period: Period | None, *, team: bool
) -> list[Board]:
    """The tables of a period, of all time without one, in the order of the page.

    Parameters
    ----------
    team : bool
        Whether the load of each colleague is among them.
    """
    chosen = period.of(figures) if period else figures
    found = list(_compared(figures, period)) if period else []
    found.append(_outcomes(chosen))
    if any(town.outcome for case in chosen.cases for town in case.towns):
        found.append(_groups(chosen))
    found.append(_satisfaction(chosen))
    if team:
        found.append(_loads(figures, chosen))
    return found + scoreboard.boards(chosen, matcher, now)


def _compared(figures: Figures, period: Period) -> Iterator[Board]:
    now, before = (_summed(one.of(figures)) for one in (period, period.before))
    rows = [(name, value, before[name], _gap(value, before[name])) for name, value in now.items()]
    headings = ("Mesure", period.label, period.before.label, "Écart")
    yield Board(
        "periode",
        Sheet("La période", [one.capitalize() for one in headings], rows),
        "Les besoins comptent le jour où ils sont reçus, les introductions le jour où elles "
        "partent ; leur suite est celle d’aujourd’hui.",
    )


def _gap(now: Measure, before: Measure) -> Measure:
    if now is None or before is None:
        return None
    return round(now - before, 1)


def _summed(figures: Figures) -> dict[str, Measure]:
    met = (State.MET, State.FOLLOWED)
    cases, became = figures.cases, statistics.accepted(figures.put)
    taken, sent, answered = statistics.delays(figures)
    rate = None if became.rate is None else round(100 * became.rate, 1)
    return {
        "Besoins reçus": len(cases),
        "Communes qui les portent": len(statistics.towns(cases)),
        "Pris en charge": sum(case.taken is not None for case in cases),
        "Avec une introduction envoyée": sum(case.sent is not None for case in cases),
        "Rencontre faite ou suivi": sum(case.state in met for case in cases),
        "Communes accompagnées": statistics.supported(cases),
        "Introductions envoyées": became.sent,
        "Acceptées par la structure": became.accepted,
        "Déclinées par la structure": became.declined,
        "Sans réponse après relances": became.unanswered,
        "Taux d’acceptation (%)": rate,
        "Jours avant prise en charge (médiane)": taken.median,
        "Jours avant le premier envoi (médiane)": sent.median,
        "Jours avant la réponse (médiane)": answered.median,
    }


def _upfirst(label: str) -> str:
    """A label as it begins a cell; « ESS » stays as it is."""
    return label[:1].upper() + label[1:]


def _outcomes(figures: Figures) -> Board:
    closed = Counter(case.reason for case in figures.cases if case.state is State.CLOSED)
    rows = [(_upfirst(one.label), closed[one.value]) for one in CHOSEN[State.CLOSED]]
    still = sum(case.state is not State.CLOSED for case in figures.cases)
    return Board(
        "issues",
        Sheet("Issues", ("Issue", "Dossiers"), [*rows, ("Encore ouvert", still)]),
        "Comment les dossiers ont été clos.",
        bars=1,
    )


def _satisfaction(figures: Figures) -> Board:
    asked = (
        (
            "La structure vous a-t-elle contactée ?",
            Contacted,
            [contacted for one in figures.put for contacted, _ in one.voices],
        ),
        ("Était-ce utile ?", Useful, [useful for one in figures.put for _, useful in one.voices]),
    )
    rows = [
        (question, _upfirst(answer.label), said.count(answer.value))
        for question, answers, said in asked
        for answer in answers
    ]
    return Board(
        "satisfaction",
        Sheet("Ce que disent les communes", ("Question", "Réponse", "Communes"), rows),
        "Réponses données par le lien des courriers, pour chaque introduction ; dans un groupe, "
        "chaque commune a la sienne.",
    )


def _groups(figures: Figures) -> Board:
    became = Counter(town.outcome for case in figures.cases for town in case.towns)
    return Board(
        "groupes",
        Sheet(
            "Communes en groupe",
            ("Suite", "Communes"),
            [(_upfirst(one.label), became[one]) for one in Outcome],
        ),
        "Ce que devient chaque commune des dossiers collectifs.",
        bars=1,
    )


def _loads(every: Figures, chosen: Figures) -> Board:
    received = Counter(name for case in chosen.cases for name in case.team)
    opened = Counter(
        name for case in every.cases if case.state is not State.CLOSED for name in case.team
    )
    asked = Counter(name for one in every.put if one.step in OPEN_STEPS for name in one.team)
    names = sorted({*received, *opened, *asked})
    return Board(
        "charge",
        Sheet(
            "Charge par personne",
            ("Personne", "Dossiers de la période", "Dossiers ouverts", "Introductions en cours"),
            [(name, received[name], opened[name], asked[name]) for name in names],
        ),
        "Un dossier compte pour chacun de ses membres. Les deux dernières colonnes sont celles "
        "d’aujourd’hui.",
        bars=2,
    )


@dataclass(frozen=True)
class Period:
    """A quarter or a year, where people are; `end` is the first moment after it."""

    code: str
    label: str
    start: datetime
    end: datetime

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, datetime) and self.start <= moment < self.end

    @property
    def before(self) -> Period:
        """The period of the same length that ends where it starts."""
        if "-" not in self.code:
            return _year(self.start.year - 1)
        year, quarter = self.start.year, self.start.month // 3 + 1
        return _quarter(year - 1, 4) if quarter == 1 else _quarter(year, quarter - 1)

    def of(self, figures: Figures) -> Figures:
        """The needs that were received in it, and the introductions that were sent in it."""
        return Figures(
            [case for case in figures.cases if case.received in self],
            [one for one in figures.put if one.sent in self],
        )


def period(code: str) -> Period | None:
    """The period of a code (`2026`, `2026-T3`); None of anything else."""
    found = CODE.fullmatch(code)
    if found is None:
        return None
    year, quarter = found.groups()
    return _quarter(int(year), int(quarter)) if quarter else _year(int(year))


def recent_periods(now: datetime) -> Sequence[Period]:
    """The periods that are offered, the newest first: quarters, then years."""
    today = clock.day_of(now)
    quarters = [_quarter(today.year, (today.month - 1) // 3 + 1)]
    while len(quarters) < QUARTERS:
        quarters.append(quarters[-1].before)
    return [*quarters, *(_year(today.year - back) for back in range(YEARS))]


def _quarter(year: int, quarter: int) -> Period:
    start = datetime(year, 3 * quarter - 2, 1, tzinfo=clock.ZONE)
    end = datetime(year, 3 * quarter + 1, 1, tzinfo=clock.ZONE) if quarter < 4 else _first(year + 1)
    ordinal = "1er" if quarter == 1 else f"{quarter}e"
    return Period(f"{year}-T{quarter}", f"{ordinal} trimestre {year}", start, end)


def _year(year: int) -> Period:
    return Period(str(year), f"année {year}", _first(year), _first(year + 1))


def _first(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=clock.ZONE)
