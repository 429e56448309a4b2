"""What the pages of a pack say: French texts, ready to be laid out as HTML or as PDF.

Only plain values: the templates add no word of their own to what is counted here.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from matcher.catalogue.french import counted, decimal, order_key, typographic
from matcher.catalogue.vocabulary import Stage, Theme

from ..answer.facts import area_names, programme
from ..answer.presentation import where
from .cohort import Change, Pack, Proposal, Reply

View = dict[str, Any]

_SAID = {True: ("couple commune × thème", "couples commune × thème"), False: ("besoin", "besoins")}
"""What is counted in a panorama, where nobody said a need, and elsewhere."""


def commune_view(pack: Pack, insee: str) -> View:
    """All that was asked and answered for a commune."""
    replies = pack.by_commune[insee]
    return {
        **head_view(pack, insee),
        "needs": [
            {**need_view(reply), "proposals": [proposal_view(pack, one) for one in reply.proposals]}
            for reply in replies
        ],
        "gaps": gaps_view(pack, insee),
        "changes": [change_sentence(change) for change in told_changes(pack, insee)],
    }


def departement_view(pack: Pack, code: str) -> View:
    """The cover of a département, with the list of its communes."""
    communes = sorted(pack.by_departement[code], key=lambda c: (order_key(c.name), c.insee))
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
        else counted(sum(bool(told_changes(pack, i)) for i in codes), "commune", "communes"),
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


def head_view(pack: Pack, insee: str) -> View:
    """What a commune is, and how to call what was asked."""
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
        "doors": typographic(pack.doors.get(insee, "")),
        "surveyed": pack.surveyed,
        "compared": pack.changes is not None,
    }


def _asked(pack: Pack) -> View:
    """How to call what was asked: in a panorama, nobody said a need."""
    one, many = ("Thème", "Thèmes") if pack.panorama else ("Besoin", "Besoins")
    return {"panorama": pack.panorama, "asked": one, "asked_many": many}


def need_view(reply: Reply) -> View:
    """A need as its commune said it."""
    stage = None if reply.need.stage is None else Stage(reply.need.stage)
    return {
        "id": reply.id,
        "text": reply.need.text,
        "themes": ", ".join(theme.label for theme in reply.themes),
        "stage": typographic(stage.label) if stage else "",
    }


def proposal_view(pack: Pack, one: Proposal) -> View:
    """A suggestion with its structure."""
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


def gaps_view(pack: Pack, insee: str) -> list[View]:
    """The themes in want, gathered by who answers them at all."""
    levels: dict[str, list[str]] = {}
    for gap in pack.gaps_of.get(insee, ()):
        levels.setdefault(gap.level, []).append(gap.theme.label)
    return [{"level": level.capitalize(), "themes": themes} for level, themes in levels.items()]


def told_changes(pack: Pack, insee: str) -> list[Change]:
    """The changes that change what a commune reads: not a score with the same rank."""
    return [c for c in pack.changes_of.get(insee, ()) if not c.structure or c.before != c.after]


def change_sentence(change: Change) -> str:
    """One change in a French sentence."""
    if not change.structure:
        return f"{change.nature.capitalize()} : {change.id}".replace(" :", "\u00a0:")
    name = cut(typographic(change.structure), 80)
    if change.before is None:
        return f"{name} entre au rang {change.after}."
    if change.after is None:
        return f"{name} n’est plus suggérée (rang {change.before} auparavant)."
    return f"{name} passe du rang {change.before} au rang {change.after}."


def cut(text: str, most: int) -> str:
    """A text of `most` characters at most, cut between two words."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[most // 2 :] else head) + "…"
