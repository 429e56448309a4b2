"""What the pages of a pack say: French texts, ready to be laid out as HTML or as PDF.

Only plain values: the templates add no word of their own to what is counted here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from matcher.catalogue.french import counted, decimal, listed, typographic
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.reports.answer.facts import area_names, programme
from matcher.reports.answer.records import where
from matcher.reports.answer.trails import TRAILS

from ..cohort import Pack, change_sentence, told_changes
from ..records import (
    COVERED,
    NATIONAL,
    UNSURE,
    GapRecord,
    NeedRecord,
    Organisation,
    SuggestedStructure,
)

View = dict[str, Any]

ABOVE = "motif plus haut"
"""Said of a structure to verify whose reason the page has told already."""
LEFT_OUT = " […]"
MEMBERS = 8
"""Communes that ask together, named under the title of their sheet."""
FLAG = 110
"""Characters of a reason to verify beside a name; the annex and the workbook say more."""


def commune_view(pack: Pack, insee: str) -> View:
    """All that was asked and answered for a commune."""
    replies = pack.by_commune[insee]
    needs = [
        {
            **need_view(pack, reply),
            "proposals": [proposal_view(pack, one) for one in reply.proposals],
            "nobody": _nobody(reply),
        }
        for reply in replies
    ]
    return {
        **head_view(pack, insee),
        "needs": [] if pack.panorama else needs,
        "themes": said_once([_theme(pack, one) for one in replies]) if pack.panorama else [],
        "structures": _presented(pack, replies) if pack.panorama else [],
        "gaps": gaps_view(pack, insee),
        "changes": [change_sentence(change) for change in told_changes(pack, insee)],
    }


def _nobody(reply: NeedRecord) -> str:
    """Why nobody stands below a need: it was not searched, or nobody of the catalogue answers."""
    if reply.status.ranked:
        return "Aucune structure de notre catalogue n’intervient ici sur ce besoin."
    return f"Besoin {reply.status.label.lower()}\u00a0: {reply.status.definition}."


def _theme(pack: Pack, reply: NeedRecord) -> View:
    """A theme of a panorama: who comes first, and the national structures by their names."""
    return {
        "asked": ", ".join(theme.label for theme in reply.themes),
        "who": [brief(pack.structures[one.structure]) for one in reply.near],
        "wide": wide_line(pack, reply),
    }


def _presented(pack: Pack, replies: Sequence[NeedRecord]) -> list[View]:
    """Each structure of a panorama that is not national, once, those of most themes first."""
    themes = Counter(one.structure for reply in replies for one in reply.near)
    found = {one.structure: one for reply in replies for one in reply.near}
    order = sorted(found, key=lambda s: (-themes[s], s))
    return [
        {**proposal_view(pack, found[s]), "themes": counted(themes[s], "thème", "thèmes")}
        for s in order
    ]


def said_once(rows: list[View]) -> list[View]:
    """Rows of one page where the reason to verify a structure is said the first time only."""
    told: set[tuple[str, str]] = set()
    for row in rows:
        for one in row["who"]:
            said = one["name"], one["warning"]
            if one["warning"] and said in told:
                one["warning"] = ABOVE
            told.add(said)
    return rows


def sources_view(pack: Pack, years: str) -> list[View]:
    """Where the data come from, their licence and their date; `years`: of the structures told."""
    return [
        {
            **{"data": s.data, "origin": s.origin, "licence": s.licence},
            "date": years if s.of_structures else s.date,
        }
        for s in pack.sources
    ]


def head_view(pack: Pack, insee: str) -> View:
    """What a commune is, and how to call what was asked."""
    commune = pack.territory.communes[insee]
    several = _several(pack, insee)
    names = dict.fromkeys(area_names(commune, pack.territory))  # overseas, two are the same
    where_it_is = several or [", ".join(names), f"code\u00a0Insee\u00a0{insee}"]
    if commune.population and not several:
        where_it_is.append(f"{decimal(commune.population)}\u00a0habitants")
    return {
        "insee": insee,
        "name": typographic(pack.sheet_name(insee)),
        "departement": commune.departement,
        "place": " – ".join(typographic(part) for part in where_it_is),
        "label": "" if several else programme(commune, pack.territory),
        **asked_view(pack),
        "doors": typographic(pack.doors.get(insee, "")),
        "surveyed": pack.surveyed,
        "compared": pack.changes is not None,
    }


def _several(pack: Pack, insee: str) -> list[str]:
    """What a sheet of communes that ask together says under their name; empty for one commune."""
    communes = pack.territory.communes
    name = pack.sheet_name(insee)
    if name == communes[insee].name:
        return []
    members = next(r.need.places for r in pack.by_commune[insee] if r.id in pack.together)
    people = sum(communes[one].population or 0 for one in members)
    said = [communes[one].name for one in members[:MEMBERS]]
    if len(members) > MEMBERS:
        said.append(counted(len(members) - MEMBERS, "autre", "autres"))
    return [
        f"{counted(len(members), 'commune', 'communes')}\u00a0: {listed(said)}",
        f"{decimal(people)}\u00a0habitants",
        pack.departement(communes[insee].departement),
    ]


def asked_view(pack: Pack) -> View:
    """How to call what was asked: in a panorama, nobody said a need."""
    return {"panorama": pack.panorama, "asked": "Thème" if pack.panorama else "Besoin"}


def others_of(pack: Pack, reply: NeedRecord) -> str:
    """Those that ask together, where the title of the sheet does not name them; "" otherwise."""
    name = pack.together.get(reply.id, "")
    return "" if name == pack.sheet_name(reply.need.commune) else name


def need_view(pack: Pack, reply: NeedRecord) -> View:
    """A need as its commune said it, or its communes."""
    stage = None if reply.need.stage is None else Stage(reply.need.stage)
    return {
        "id": reply.id,
        "together": typographic(others_of(pack, reply)),
        "text": reply.need.text,
        "themes": ", ".join(theme.label for theme in reply.themes),
        "stage": typographic(stage.label) if stage else "",
        "trails": typographic(f"{TRAILS}. {reply.trail.said}") if reply.trail else "",
    }


def proposal_view(pack: Pack, one: SuggestedStructure) -> View:
    """A suggestion with its structure."""
    structure = pack.structures[one.structure]
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
        "warning": structure.doubt,
        "freshness": structure.freshness.capitalize(),
    }


def wide_line(pack: Pack, reply: NeedRecord) -> str:
    """The national structures of a reply, named only: the annex presents them once."""
    names = [pack.structures[p.structure].name for p in reply.proposals if p.level == NATIONAL]
    return f"{listed(names)} (voir l’annexe du document du département)" if names else ""


def gaps_view(pack: Pack, insee: str) -> list[View]:
    """The themes that nobody local and verified is known to answer, by state, asked for first."""
    states: dict[tuple[bool, str], list[str]] = {}
    for gap in sorted(pack.gaps_of.get(insee, ()), key=lambda g: (not g.asked, g.state)):
        said = f"{gap.theme.label} ({gap.level}, {doors_of(gap)})"
        states.setdefault((gap.asked, gap.state), []).append(said)
    apart = "" if pack.panorama else ", thèmes non demandés"
    found = [
        {"level": state.capitalize() + ("" if asked else apart), "themes": themes}
        for (asked, state), themes in states.items()
    ]
    unsure = pack.unsure.get(insee, frozenset()) & pack.asked_in(insee)
    if unsure:
        themes = [theme.label for theme in Theme if theme in unsure]
        found.append({"level": f"{COVERED.capitalize()} {UNSURE}", "themes": themes})
    return found


def doors_of(gap: GapRecord) -> str:
    """The doors that we know of those that a gap expects, in French."""
    known = counted(gap.known, "porte connue", "portes connues")
    return f"{known} sur {counted(gap.expected, 'attendue', 'attendues')}"


def brief(structure: Organisation, most: int = FLAG) -> View:
    """A structure in a cell: its name, whether it is to verify and why, the year of its source.

    The reason has no full stop: more is said after it.
    """
    return {
        "name": cut(structure.name, 80),
        "warning": in_sentences(structure.doubt, most).rstrip(". "),
        "freshness": structure.freshness,
        "verified": structure.verified,
    }


def in_sentences(text: str, most: int) -> str:
    """The first sentences of a text that fit in `most` characters, « […] » for what is left out.

    A first sentence that is too long is cut between two words.
    """
    if len(text) <= most:
        return text
    kept = ""
    for one in re.split(r"(?<=[.?!]) ", text):
        if len(kept) + len(one) + len(LEFT_OUT) >= most:
            break
        kept += f"{one} "
    return f"{kept.rstrip('. ')}{LEFT_OUT}" if kept else cut(text, most)


def settings_view(pack: Pack) -> list[View]:
    """What a reader has to know to make the pack again."""
    return [{"name": name, "value": value} for name, value in pack.settings.items()]


def cut(text: str, most: int) -> str:
    """A text of `most` characters at most, cut between two words."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[most // 2 :] else head).rstrip(" ;:,–") + "…"
