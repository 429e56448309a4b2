"""A page an EPCI, and a page a commune where something is local or declared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from matcher.catalogue.french import counted, decimal, listed, typographic, within
from matcher.catalogue.model import Area, Commune
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.reports.answer.trails import TRAILS
from matcher.territory.nest import PVD

from ..cohort import Pack, change_sentence, told_changes, told_of
from ..records import COVERED, NATIONAL, STATES, UNSURE, NeedRecord, SuggestedStructure
from .view import (
    View,
    brief,
    cut,
    gaps_view,
    head_view,
    need_view,
    others_of,
    proposal_view,
    said_once,
)

PAGES = 40
"""Pages of the document of a département before its annex, at most."""
NOTE_PAGES = 4
CARDS = {1: 3, 2: 1, 3: 1}
"""Structures presented a need, by the number of needs; past three needs, a table has them."""
SAME = "{}\u00a0intercommunalités, la même réponse pour chacune"
NAMED = 3
"""EPCI of the same answer that the title of their page names."""
ROWS = 18
"""Rows of a table, at most: the themes of a panorama."""
SHOWN = 2
"""Structures of a theme on the page of an EPCI."""
OTHERS = 6
"""Further structures named on the sheet of a commune."""
CHANGES = 5
"""Changes told on a page."""
NOBODY_NEAR = "personne de local ni de régional parmi les premières"
WIDE_ONLY = "les premières sont nationales\u00a0: voir l’annexe"
"""What stands where the structures of a need would: the annex has national ones, once."""
SHORT = 90
"""Characters of a need in a table."""
NEED, DESCRIPTION, SENTENCE, REASONS = 420, 160, 130, 2
"""Characters of the texts on the sheet of a commune, and reasons a structure."""


def shown_sheets(pack: Pack, code: str) -> list[str]:
    """The communes of a département with a sheet in its document, within `PAGES`.

    Past them the most populous ones have it; HTML has all sheets.
    """
    communes = [c for _, members in pack.by_epci(code) for c in members]
    wanted = set(pack.sheets)
    with_one = [c for c in communes if c.insee in wanted]
    room = max(0, PAGES - NOTE_PAGES - len(pack.by_epci(code)))
    kept = sorted(with_one, key=lambda c: (-(c.population or 0), c.insee))[:room]
    return [commune.insee for commune in with_one if commune in kept]


def epci_views(pack: Pack, code: str) -> list[View]:
    """A page an EPCI, in the order of their names; one page for those that have the same answer."""
    shown = set(shown_sheets(pack, code))
    alike: dict[str, list[tuple[str, list[Commune]]]] = defaultdict(list)
    for name, members in pack.by_epci(code):
        codes = [commune.insee for commune in members]
        alike[repr((_rows(pack, codes), told_of(pack, codes)))].append((name, members))
    return [_epci(pack, places, shown) for places in alike.values()]


def _rows(pack: Pack, codes: Sequence[str]) -> list[View]:
    if pack.panorama:
        return _by_theme(pack, codes)
    return [_row(pack, reply) for insee in codes for reply in pack.by_commune[insee]]


def _epci(pack: Pack, places: Sequence[tuple[str, Sequence[Commune]]], shown: set[str]) -> View:
    """The page of an EPCI, or of several that have the same answer."""
    names = [typographic(name) for name, _ in places]
    members = [commune for _, communes in places for commune in communes]
    codes = [commune.insee for commune in members]
    people = sum(commune.population or 0 for commune in members)
    rows = _rows(pack, codes)
    told = told_of(pack, codes)
    one = len(places) == 1
    said = _members(pack, members) if one else counted(len(codes), "commune", "communes")
    return {
        "name": _named(names),
        "same": "" if one else SAME.format(len(names)),
        "place": f"{said}, {decimal(people)}\u00a0habitants",
        "states": _states(pack, codes) if pack.surveyed else [],
        "places": [
            {
                "name": "" if one else name,
                "communes": [
                    {
                        "name": typographic(commune.name),
                        "insee": commune.insee,
                        "about": _about(commune),
                        "sheet": commune.insee in pack.sheets,
                        "shown": commune.insee in shown,
                    }
                    for commune in communes
                ],
            }
            for name, (_, communes) in zip(names, places, strict=True)
        ],
        "rows": said_once(rows[:ROWS]),
        "known": any(row["state"] for row in rows[:ROWS]),
        "beyond": _beyond(len(rows) - ROWS, "autre besoin", "autres besoins"),
        "changes": told[:CHANGES],
        "changes_beyond": _beyond(len(told) - CHANGES, "autre changement", "autres changements"),
    }


def _named(names: Sequence[str]) -> str:
    if len(names) <= NAMED:
        return listed(names)
    return f"{names[0]} et {counted(len(names) - 1, 'autre', 'autres')}"


def _members(pack: Pack, members: Sequence[Commune]) -> str:
    """How many communes, and of how many where an EPCI has others: of no need, or elsewhere."""
    said = counted(len(members), "commune", "communes")
    epci = members[0].epci
    whole = len(pack.territory.members(Area(Scale.EPCI, epci))) if epci else len(members)
    return said if whole == len(members) else f"{said} sur les {decimal(whole)} qu’elle compte"


def _states(pack: Pack, codes: Sequence[str]) -> list[str]:
    asked = None if pack.panorama else True
    said = [f"{state}\u00a0: {decimal(n)}" for state, n in pack.states(codes, asked).items()]
    doubts = pack.unsure_in(codes, asked)
    if doubts:
        said[0] += f" (dont {decimal(doubts)} {UNSURE})"
    return said


def _about(commune: Commune) -> str:
    said = [decimal(commune.population)] if commune.population else []
    return ", ".join([*said, *(["PVD"] if PVD in commune.labels else [])])


def _by_theme(pack: Pack, codes: Sequence[str]) -> list[View]:
    """For each theme, the local and regional structures: first in most communes, then next in most.

    Whom the ranks put next is next here: the generalists of every theme do not hide who works on
    this one.
    """
    firsts: dict[Theme, Counter[str]] = defaultdict(Counter)
    nexts: dict[Theme, Counter[str]] = defaultdict(Counter)
    seen: dict[Theme, Counter[str]] = defaultdict(Counter)
    states: dict[Theme, Counter[str]] = defaultdict(Counter)
    for insee in codes:
        for reply in pack.by_commune[insee]:
            for theme in reply.themes[:1]:
                firsts[theme].update(one.structure for one in reply.near[:1])
                nexts[theme].update(one.structure for one in reply.near[:SHOWN])
                seen[theme].update(one.structure for one in reply.near)
        for gap in pack.gaps_of.get(insee, ()):
            states[gap.theme][gap.state] += 1
        for theme in pack.unsure.get(insee, ()):
            states[theme][_TO_VERIFY] += 1
    rows = []
    for theme in Theme:
        order = sorted(
            seen[theme],
            key=lambda s: (-firsts[theme][s], -nexts[theme][s], -seen[theme][s], s),
        )
        found = [(s, seen[theme][s]) for s in order[:SHOWN]]
        rows.append(
            {
                "asked": theme.label,
                "who": [
                    {**brief(pack.structures[s]), "where": _where(n, len(codes))} for s, n in found
                ],
                "none": "" if found else NOBODY_NEAR,
                "state": _state(states[theme], len(codes)) if pack.surveyed else "",
            }
        )
    return rows


def _where(count: int, total: int) -> str:
    return "" if count == total else counted(count, "commune", "communes")


_TO_VERIFY = f"{COVERED}, à\u00a0vérifier"


def _state(told: Counter[str], total: int) -> str:
    """The state of a theme in an EPCI, with how many communes where there are several."""
    rest = {state: told[state] for state in (_TO_VERIFY, *STATES[1:])}
    counts = {COVERED: total - sum(rest.values()), **rest}
    some = {state: n for state, n in counts.items() if n}
    if len(some) == 1:
        return next(iter(some))
    return ", ".join(f"{state} ({decimal(n)})" for state, n in some.items())


def _row(pack: Pack, reply: NeedRecord) -> View:
    """A declared need with its first structures, for a table."""
    asker = pack.asker(reply.id, reply.need.commune)
    asked = cut(reply.need.text, SHORT) or ", ".join(theme.label for theme in reply.themes)
    first = reply.near[:1] or reply.proposals[:1]
    state = "" if reply.status.ranked else f"Besoin {reply.status.label.lower()}"
    return {
        "asked": f"{typographic(asker)}\u00a0: {asked}",
        "who": [{**brief(pack.structures[p.structure]), "where": p.level} for p in first],
        "none": "" if first else "aucune structure suggérée",
        "trails": _trails(reply),
        "state": state,
    }


def sheet_view(pack: Pack, insee: str) -> View:
    """What fits on a page for a commune."""
    replies = pack.by_commune[insee]
    cards = 0 if pack.panorama else CARDS.get(len(replies), 0)
    shown: set[str] = set()
    needs = []
    for reply in replies if cards else ():
        first = reply.proposals[:cards]
        shown |= {one.structure for one in first}
        needs.append(
            {
                **need_view(pack, reply),
                "text": cut(reply.need.text, NEED),
                "proposals": [_card(pack, one) for one in first],
            }
        )
    told = told_changes(pack, insee)
    table = [] if cards else said_once([_line(pack, reply) for reply in replies[:ROWS]])
    return {
        **head_view(pack, insee),
        "needs": needs,
        "table": table,
        "beyond": _beyond(len(replies) - ROWS, "autre besoin", "autres besoins"),
        "others": [] if pack.panorama else _others(pack, replies, shown),
        "gaps": [] if pack.panorama else gaps_view(pack, insee),
        "changes": [cut(change_sentence(change), 110) for change in told[:CHANGES]],
        "changes_beyond": _beyond(len(told) - CHANGES, "autre changement", "autres changements"),
    }


def _card(pack: Pack, one: SuggestedStructure) -> View:
    """A proposal in about seven lines."""
    view = proposal_view(pack, one)
    view["description"] = cut(view["description"], DESCRIPTION)
    view["warning"] = cut(view["warning"], SENTENCE)
    view["reasons"] = view["reasons"][:REASONS]
    for reason in view["reasons"]:
        reason["sentence"] = cut(reason["sentence"], SENTENCE)
    return view


def _line(pack: Pack, reply: NeedRecord) -> View:
    """A need with its first structures, for a table; those of a panorama are not national."""
    found = reply.near[:SHOWN] if pack.panorama else reply.proposals[:1]
    said = cut(reply.need.text, SHORT) or ", ".join(theme.label for theme in reply.themes)
    who = typographic(others_of(pack, reply))
    wide = any(one.level == NATIONAL for one in reply.proposals)
    return {
        "asked": f"{who}\u00a0: {said}" if who else said,
        "who": [brief(pack.structures[one.structure]) for one in found],
        "none": "" if found else (WIDE_ONLY if wide else "aucune structure connue de nous"),
        "trails": "" if pack.panorama else _trails(reply),
    }


def _trails(reply: NeedRecord) -> str:
    """Why whom a row names is but a trail; "" where it is more."""
    return typographic(f"{TRAILS} : {within(reply.trail.label)}.") if reply.trail else ""


def _others(pack: Pack, replies: Sequence[NeedRecord], shown: set[str]) -> list[View]:
    """The structures not presented yet, those suggested for most needs first, then by rank.

    Ranks only: a score says nothing beside that of another need.
    """
    needs: Counter[str] = Counter()
    best: dict[str, SuggestedStructure] = {}
    for reply in replies:
        for one in reply.proposals:
            if one.structure not in shown:
                needs[one.structure] += 1
                best[one.structure] = min(best.get(one.structure, one), one, key=lambda p: p.rank)
    order = sorted(best, key=lambda s: (-needs[s], best[s].rank, s))
    return [{**brief(pack.structures[s], 70), "rank": str(best[s].rank)} for s in order[:OTHERS]]


def _beyond(count: int, one: str, many: str) -> str:
    """What was left out, « 3 autres besoins »; "" when nothing was."""
    return counted(count, one, many) if count > 0 else ""
