"""What the pages of a pack say: French texts, ready to be laid out as HTML or as PDF.

Only plain values: the templates add no word of their own to what is counted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matcher.catalogue.distance import NEAR_KM
from matcher.catalogue.french import counted, decimal, typographic
from matcher.catalogue.vocabulary import Theme

from .facts import area_names, programme
from .pack import Change, Pack, Proposal, Reply
from .presentation import where

View = dict[str, Any]

CARDS = {1: 3, 2: 2, 3: 1}
"""Structures presented a need, by the number of needs; past three needs, a table has them."""
ROWS = 18
"""Needs of a table, at most: the themes of a panorama."""
OTHERS = 10
"""Further structures named on the second page."""
CHANGES = 6
"""Changes told on the second page."""
_SAID = {True: ("couple commune × thème", "couples commune × thème"), False: ("besoin", "besoins")}
"""What is counted in a panorama, where nobody said a need, and elsewhere."""
SHORT = 110
"""Characters of a need in a table."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """Characters of the texts on the first page of a commune, and reasons a structure."""

    need: int
    description: int
    sentence: int
    reasons: int


ROOMY, TIGHT = Lengths(420, 230, 170, 3), Lengths(200, 110, 130, 2)
"""For one need, and for two or three of them."""


def commune_view(pack: Pack, insee: str) -> View:
    """All that was asked and answered for a commune."""
    replies = pack.by_commune[insee]
    return {
        **_head(pack, insee),
        "needs": [
            {**_need(reply), "proposals": [_proposal(pack, one) for one in reply.proposals]}
            for reply in replies
        ],
        "gaps": _gaps(pack, insee),
        "changes": [_change(change) for change in _told(pack, insee)],
    }


def digest_view(pack: Pack, insee: str) -> View:
    """What fits on two pages for a commune: the first structures, then the others in a table."""
    replies = pack.by_commune[insee]
    cards = CARDS.get(len(replies), 0)
    lengths = ROOMY if len(replies) == 1 else TIGHT
    shown: set[str] = set()
    needs = []
    for reply in replies if cards else ():
        first = reply.proposals[:cards]
        shown |= {one.structure for one in first}
        needs.append(
            {
                **_need(reply),
                "text": _cut(reply.need.text, lengths.need),
                "proposals": [_brief(pack, one, lengths) for one in first],
            }
        )
    told = _told(pack, insee)
    return {
        **_head(pack, insee),
        "needs": needs,
        "table": [] if cards else [_row(pack, reply) for reply in replies[:ROWS]],
        "beyond": _beyond(len(replies) - ROWS, "autre besoin", "autres besoins"),
        "others": _others(pack, replies, shown),
        "gaps": _gaps(pack, insee),
        "changes": [_change(change) for change in told[:CHANGES]],
        "changes_beyond": _beyond(len(told) - CHANGES, "autre changement", "autres changements"),
    }


def departement_view(pack: Pack, code: str) -> View:
    """The cover of a département, with the list of its communes."""
    communes = sorted(pack.by_departement[code], key=lambda c: (c.name, c.insee))
    codes = [commune.insee for commune in communes]
    replies = [reply for insee in codes for reply in pack.by_commune[insee]]
    loads = pack.loads(codes)
    gaps = [gap for insee in codes for gap in pack.gaps_of.get(insee, ())]
    figures = [
        (len(codes), "commune", "communes"),
        (len(replies), *_SAID[pack.panorama]),
        (len(loads), "structure suggérée", "structures suggérées"),
        (len(pack.themes(codes)), "thème", "thèmes"),
    ]
    by_theme = Counter(gap.theme for gap in gaps)
    return {
        "code": code,
        "name": pack.departement(code),
        "cohort": typographic(pack.name),
        "vintage": str(pack.vintage),
        "figures": [
            {"number": decimal(n), "noun": one if n <= 1 else many} for n, one, many in figures
        ],
        **_asked(pack),
        "themes": [{"name": t.label, "count": decimal(n)} for t, n in pack.themes(codes)[:8]],
        "structures": [
            {
                "name": pack.structures[load.structure].name,
                "kind": pack.structures[load.structure].kind,
                "communes": counted(load.communes, "commune", "communes"),
            }
            for load in loads[:8]
        ],
        "surveyed": pack.surveyed,
        "gaps": [
            {"name": theme.label, "communes": counted(by_theme[theme], "commune", "communes")}
            for theme in sorted(by_theme, key=lambda t: (-by_theme[t], list(Theme).index(t)))
        ],
        "changed": None
        if pack.changes is None
        else counted(sum(bool(_told(pack, i)) for i in codes), "commune", "communes"),
        "communes": [
            {
                "insee": commune.insee,
                "name": typographic(commune.name),
                "needs": decimal(len(pack.by_commune[commune.insee])),
                "structures": decimal(len(pack.loads([commune.insee]))),
                "gaps": decimal(len(pack.gaps_of.get(commune.insee, ()))),
            }
            for commune in communes
        ],
        "sources": sources_view(pack),
        "settings": [{"name": name, "value": value} for name, value in pack.settings.items()],
    }


def sources_view(pack: Pack) -> list[View]:
    """Where the data come from, their licence and their date."""
    return [
        {"data": s.data, "origin": s.origin, "licence": s.licence, "date": s.date}
        for s in pack.sources
    ]


def _head(pack: Pack, insee: str) -> View:
    commune = pack.territory.communes[insee]
    names = dict.fromkeys(area_names(commune, pack.territory))  # overseas, two are the same
    where_it_is = [", ".join(names), f"code\u00a0Insee\u00a0{insee}"]
    if commune.population:
        where_it_is.append(f"{decimal(commune.population)}\u00a0habitants")
    return {
        "insee": insee,
        "name": typographic(commune.name),
        "departement": commune.departement,
        "place": " – ".join(typographic(part) for part in where_it_is),
        "label": programme(commune, pack.territory),
        **_asked(pack),
        "surveyed": pack.surveyed,
        "compared": pack.changes is not None,
    }


def _asked(pack: Pack) -> View:
    """How to call what was asked: in a panorama, nobody said a need."""
    one, many = ("Thème", "Thèmes") if pack.panorama else ("Besoin", "Besoins")
    return {"panorama": pack.panorama, "asked": one, "asked_many": many}


def _need(reply: Reply) -> View:
    stage = reply.need.stage
    return {
        "id": reply.id,
        "text": reply.need.text,
        "themes": ", ".join(theme.label for theme in reply.themes),
        "stage": typographic(stage.label) if stage else "",
    }


def _proposal(pack: Pack, one: Proposal) -> View:
    structure = pack.structures[one.structure]
    year = structure.source_year
    return {
        "rank": str(one.rank),
        "name": structure.name,
        "kind": structure.kind,
        "description": structure.description,
        "score": decimal(100 * one.score, 1),
        "reach": typographic(one.reach),
        "where": where(one.distance_km),
        "summary": one.summary,
        "reasons": [
            {"label": r.label, "sentence": r.sentence, "points": decimal(r.points, 1)}
            for r in one.reasons
        ],
        "site": structure.website,
        "warning": (structure.note or "Fiche à confirmer.") if structure.to_verify else "",
        "freshness": f"Source de {year}" if year else "Source non datée",
    }


def _brief(pack: Pack, one: Proposal, lengths: Lengths) -> View:
    """A proposal in about eight lines."""
    view = _proposal(pack, one)
    view["description"] = _cut(view["description"], lengths.description)
    view["warning"] = _cut(view["warning"], lengths.sentence)
    view["reasons"] = view["reasons"][: lengths.reasons]
    for reason in view["reasons"]:
        reason["sentence"] = _cut(reason["sentence"], lengths.sentence)
    return view


def _row(pack: Pack, reply: Reply) -> View:
    """A need with its two first structures, for a table."""
    names = [pack.structures[one.structure].name for one in reply.proposals[:2]]
    asked = _cut(reply.need.text, SHORT)
    return {
        "need": asked or ", ".join(theme.label for theme in reply.themes),
        "first": _cut(names[0], 60) if names else "aucune structure",
        "second": _cut(names[1], 60) if len(names) > 1 else "",
    }


def _others(pack: Pack, replies: Sequence[Reply], shown: set[str]) -> list[View]:
    """The structures not presented yet, those suggested for most needs first, then by rank."""
    needs: Counter[str] = Counter()
    best: dict[str, Proposal] = {}
    for reply in replies:
        for one in reply.proposals:
            if one.structure not in shown:
                needs[one.structure] += 1
                best[one.structure] = min(
                    best.get(one.structure, one), one, key=lambda p: (p.rank, -p.score)
                )
    order = sorted(best, key=lambda s: (-needs[s], best[s].rank, -best[s].score, s))
    return [
        {
            "name": _cut(pack.structures[s].name, 80),
            "kind": pack.structures[s].kind,
            "needs": decimal(needs[s]),
            "rank": str(best[s].rank),
            "distance": _distance(best[s].distance_km),
            "site": pack.structures[s].website,
        }
        for s in order[:OTHERS]
    ]


def _distance(km: float | None) -> str:
    if km is None:
        return "–"
    return "sur place" if km < NEAR_KM else f"{decimal(km)}\u00a0km"


def _beyond(count: int, one: str, many: str) -> str:
    """What was left out, « 3 autres besoins »; "" when nothing was."""
    return counted(count, one, many) if count > 0 else ""


def _gaps(pack: Pack, insee: str) -> list[View]:
    """The themes in want, gathered by who answers them at all."""
    levels: dict[str, list[str]] = {}
    for gap in pack.gaps_of.get(insee, ()):
        levels.setdefault(gap.level, []).append(gap.theme.label)
    return [{"level": level.capitalize(), "themes": themes} for level, themes in levels.items()]


def _told(pack: Pack, insee: str) -> list[Change]:
    """The changes that change what a commune reads: not a score with the same rank."""
    return [c for c in pack.changes_of.get(insee, ()) if not c.structure or c.before != c.after]


def _change(change: Change) -> str:
    """One change in a French sentence."""
    if not change.structure:
        return f"{change.nature.capitalize()} : {change.id}".replace(" :", "\u00a0:")
    name = _cut(typographic(change.structure), 80)
    if change.before is None:
        return f"{name} entre au rang {change.after}."
    if change.after is None:
        return f"{name} n’est plus suggérée (rang {change.before} auparavant)."
    return f"{name} passe du rang {change.before} au rang {change.after}."


def _cut(text: str, most: int) -> str:
    """A text of `most` characters at most, cut between two words."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[most // 2 :] else head) + "…"
