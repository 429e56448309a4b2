"""The calls as a sheet to ring from, and a trial of the choice.

The sheet says whom, how, what to ask, and why this one. The trial: twenty calls by their worth
beside twenty at random, in drawn worlds. In each world every doubtful structure is there or not,
and every missing door exists or not, by the chances of the calls. Both twenties are asked, each
list is ranked again with all that they teach, and the lists in whose first five somebody new stands
are counted, and who is new. Nothing is added up from single calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcher.catalogue.french import counted, decimal, listed, percent, sentence, within
from matcher.catalogue.model import Area, Structure
from matcher.catalogue.vocabulary import Scale
from matcher.index.arrays import Flags
from matcher.index.columns import Index
from matcher.ranking.matcher import Matcher
from matcher.reports.answer.facts import describe

from .asked import Call, Calls
from .worth import FIRST, Effects, First, gains, guessed, newcomers, rankings, rows_of

WORLDS = 20
"""Worlds that are drawn: the mean of a twenty then holds to a few lists in a hundred."""
SEED = 20261129
"""The same worlds and the same random calls at each run."""


@dataclass(frozen=True)
class Trial:
    """What the chosen calls and random ones moved.

    Parameters
    ----------
    calls, possible, lists : int
        Calls that are made, calls that could be, lists of the cohort.
    by_worth, at_random : tuple of (int, int)
        World by world: first fives that moved, and newcomers in them.
    """

    calls: int
    possible: int
    lists: int
    by_worth: tuple[tuple[int, int], ...]
    at_random: tuple[tuple[int, int], ...]

    @property
    def times(self) -> float:
        """How many times more first fives move by worth than at random."""
        return _sum(self.by_worth, 0) / max(1, _sum(self.at_random, 0))

    @property
    def newcomers_times(self) -> float:
        """How many times more newcomers there are by worth than at random."""
        return _sum(self.by_worth, 1) / max(1, _sum(self.at_random, 1))


def _sum(worlds: Sequence[tuple[int, int]], which: int) -> int:
    return sum(world[which] for world in worlds)


@dataclass(frozen=True)
class _Learnt:
    """What some calls taught in one world: who is away, and the index with the confirmed rows."""

    away: Flags
    sure: Index


def trial(
    calls: Calls, found: Effects, count: int, worlds: int = WORLDS, seed: int = SEED
) -> Trial:
    """Draw worlds, make both twenties of calls in each, and count the lists that move."""
    draw = np.random.default_rng(seed)
    chances = np.array([call.chance for call in calls.calls])
    best = found.best(count)
    index = calls.index
    first = First(index)
    learnt: list[_Learnt] = []
    for _ in range(worlds):
        true = draw.random(len(chances)) < chances
        random = draw.choice(len(chances), size=min(count, len(chances)), replace=False)
        learnt += [_after(calls, index, made, true) for made in (best, random.tolist())]
    moved = np.zeros((2, len(learnt)), dtype=int)
    today, away = first.sure(()), guessed(calls, index)
    for ranking in rankings(calls):
        gain = gains(ranking)
        before = first.of(ranking, away, today, gain)
        after = (first.of(ranking, one.away, one.sure, gain) for one in learnt)
        new = np.array([newcomers(before, firsts) for firsts in after])
        moved += [new > 0, new]
    return Trial(
        count,
        len(chances),
        found.lists,
        tuple(zip(*moved[:, ::2].tolist(), strict=True)),
        tuple(zip(*moved[:, 1::2].tolist(), strict=True)),
    )


def _after(calls: Calls, index: Index, made: Sequence[int], true: Flags) -> _Learnt:
    rows, away = rows_of(calls), guessed(calls, index)
    away[rows[[i for i in made if calls.calls[i].door is None and not true[i]]]] = True
    away[rows[[i for i in made if calls.calls[i].door and true[i]]]] = False
    confirmed = rows[[i for i in made if calls.calls[i].door is None and true[i]]]
    return _Learnt(away, First(index).sure(confirmed.tolist()))


COLUMNS = (
    *("ordre", "qui_appeler", "comment_la_joindre", "source_du_contact", "que_demander"),
    *("pourquoi", "objet", "departement", "chance", "listes_changees_de_plus"),
    *("places_nouvelles_attendues", "listes_touchees", "listes_ou_elle_figure", "reponse", "id"),
)
TO_FIND = "Personne que nous connaissions : à chercher auprès de la préfecture ou du département"
"""Whom to ring where neither a head of network nor a CRESS is known."""

UNKNOWN = "Coordonnées pas connues de nous"


def call_rows(
    calls: Calls, found: Effects, order: Sequence[tuple[int, float]], matcher: Matcher
) -> Iterator[tuple[Any, ...]]:
    """One row a call (`COLUMNS`) of `Effects.chosen`; the answer is to be noted."""
    for rank, (i, lists) in enumerate(order, 1):
        call = calls.calls[i]
        asked = call.structure if call.door is None else call.first
        name, how, source = _reached(asked, matcher)
        yield (
            *(rank, name, how, source, question(call, matcher), reason(i, calls, found)),
            "fiche à vérifier" if call.door is None else "porte à trouver",
            _name(call.departement, matcher) if call.door else "",
            *(round(call.chance, 2), round(lists, 1)),
            round(found.expected(i), 1),
            len(found.touched[i]),
            len(found.firsts[i]),
            "",
            call.id,
        )


def question(call: Call, matcher: Matcher) -> str:
    """What to ask, in French."""
    if call.door is not None:
        return (
            f"{call.door.label}, {_name(call.departement, matcher)} : qui est-ce ? Sous quel nom, "
            "pour quelles communes et quels thèmes, et quelle page le dit ? Ou bien n’y en a-t-il "
            "pas ?"
        )
    doubt = sentence(call.structure.note) or "Fiche à confirmer."
    themes = [within(theme.label) for theme in call.structure.themes]
    on = f", sur ces thèmes ({listed(themes)})" if themes else ", quel que soit le thème"
    areas = listed(describe(call.structure, matcher).coverage)
    return (
        f"Accompagnez-vous toujours des communes ici ({areas}){on} ? Quelle page le dit, de quelle "
        f"année ? Notre doute : {doubt}"
    )


def reason(i: int, calls: Calls, found: Effects) -> str:
    """Why this call, in French."""
    call, lists = calls.calls[i], found.touched[i]
    communes = len({number // (found.lists // len(calls.cohort.members)) for number in lists})
    where = counted(communes, "commune", "communes")
    size = counted(len(lists), "liste", "listes")
    if call.door is not None:
        return (
            f"Pas connue de nous. Si elle existe ({percent(call.chance)} de chances, d’après les "
            f"départements où nous savons), elle entre dans les {FIRST} premières places de "
            f"{size}, dans {where}."
        )
    cited = len(found.firsts[i])
    now = (
        f"Elle tient une des {FIRST} premières places de {counted(cited, 'liste', 'listes')}, "
        "sous réserve."
        if cited
        else f"Elle n’est dans aucune des {FIRST} premières places tant que le doute demeure."
    )
    return f"{now} La réponse peut en changer {size}, dans {where}."


def summary(
    calls: Calls, found: Effects, order: Sequence[tuple[int, float]], matcher: Matcher
) -> Iterator[str]:
    """The calls in French, and on what they rest."""
    doubtful = sum(call.door is None for call in calls.calls)
    doors = len(calls.calls) - doubtful
    members = counted(len(calls.cohort.members), "commune", "communes")
    yield (
        f"{calls.cohort.name} : {members}, {decimal(found.lists)} listes (une par commune et par "
        f"thème). {counted(doubtful, 'fiche à vérifier', 'fiches à vérifier')}, "
        f"{counted(doors, 'porte pas connue', 'portes pas connues')} de nous."
    )
    for row in call_rows(calls, found, order, matcher):
        yield f"{row[0]:>2}. {row[1]} – {row[2]}"
        yield f"    Demander : {row[4]}"
        yield f"    Pourquoi : {row[5]}"
    chances = sorted({call.chance for call in calls.calls if call.door is None})
    if chances:
        yield (
            f"Hypothèse : une fiche à vérifier est confirmée {percent(chances[0])} du temps (non "
            "mesuré ; --confirmees le change). Une porte est supposée semblable à celles que nous "
            "connaissons ailleurs."
        )
    if calls.unlike:
        names = listed([door.short for door in calls.unlike])
        yield f"Sans estimation, faute de fiches semblables pour tout un département : {names}."


def trial_lines(done: Trial) -> Iterator[str]:
    """What the trial found, in French."""
    worlds = len(done.by_worth)
    made = min(done.calls, done.possible)
    yield (
        f"Essai : {worlds} tirages de ce que diraient {decimal(done.possible)} appels possibles, "
        f"dont {made} sont passés ; {decimal(done.lists)} listes."
    )
    for said, moved in (("par valeur", done.by_worth), ("au hasard", done.at_random)):
        lists, places = (sum(world[i] for world in moved) / worlds for i in (0, 1))
        yield (
            f"  {made} appels {said} : {decimal(lists)} premiers cinq changés, "
            f"{decimal(places)} places nouvelles, en moyenne"
        )
    yield (
        f"  soit {decimal(done.times, 1)} fois plus de premiers cinq changés et "
        f"{decimal(done.newcomers_times, 1)} fois plus de places nouvelles qu’au hasard."
    )


def _reached(structure: Structure | None, matcher: Matcher) -> tuple[str, str, str]:
    """Who is rung, how they are reached as far as we know, and the pages that say so."""
    if structure is None:
        return TO_FIND, "", ""
    facts = describe(structure, matcher)
    name = facts.name if structure.seat is None else f"{facts.name} ({_seat(structure, matcher)})"
    if not any(contact.way.reaches for contact in structure.contacts):
        return name, facts.website or UNKNOWN, ""
    how = " ; ".join(f"{line.label} : {line.text}".rstrip(".") for line in facts.reach)
    sources = dict.fromkeys(line.source for line in facts.reach if line.source)
    return name, how, " ".join(sources)


def _seat(structure: Structure, matcher: Matcher) -> str:
    found = matcher.territory.communes.get(structure.seat or "")
    return found.name if found else structure.seat or ""


def _name(departement: str, matcher: Matcher) -> str:
    return matcher.territory.name(Area(Scale.DEPARTEMENT, departement))
