"""The note of a département: figures, doors, what to do, themes, what changed; then its annex."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from matcher.catalogue.french import counted, decimal, listed, order_key, typographic
from matcher.catalogue.terms import Status
from matcher.catalogue.vocabulary import Theme
from matcher.reports.answer.trails import TRAILS
from matcher.territory.nest import PVD

from ..cohort import Pack, told_of
from ..records import COVERED, LOCAL, NATIONAL, REGIONAL, STATES, UNKNOWN, UNSURE, LoadRecord
from .refused import refused_said, refused_view
from .view import View, asked_view, brief, doors_of, settings_view, sources_view

COVER_NOTE = (
    "Couvert : une structure connue de nous y travaille, dont le périmètre est plus petit que la "
    "région (outre-mer : la seule région, ou moins) ; sa charge est inconnue. Dont à vérifier : "
    "chacune de nos fiches a un doute. Portes : dans la commune où nous en connaissons le moins, "
    "celles que nous connaissons sur celles que nous attendons."
)
TO_DO = 5
"""Things to do that a note tells: a longer list is not done."""
COUNTS = ("Rien", "Une chose", "Deux choses", "Trois choses", "Quatre choses", "Cinq choses")
NAMED = 3
"""Structures named in one thing to do."""
MOST = 8
"""Structures of a list of the note."""
DOUBT = 90
"""Characters of a reason to verify in a thing to do."""
REASON = 260
"""Characters of a reason to verify in the annex; the workbook has it whole."""
CHANGED = 8
"""Changes told in the note."""
MORE = {Status.VAGUE: "vague", Status.HORS_CHAMP: "hors champ", Status.VIDE: "vide"}


def note_view(pack: Pack, code: str) -> View:
    """What the pages of a département say before its EPCI, and after them."""
    communes = sorted(pack.by_departement[code], key=lambda c: (order_key(c.name), c.insee))
    codes = [commune.insee for commune in communes]
    loads = pack.loads(codes)
    return {
        "code": code,
        "name": pack.departement(code),
        "cohort": typographic(pack.name),
        **summed_view(pack, codes, loads, list(_to_do(pack, code, codes, loads))[:TO_DO]),
        "departements": [],
        "doors": [
            {
                "label": typographic(door.label),
                "state": door.state,
                "who": [brief(one) for one in door.structures[:NAMED]],
                "more": counted(len(door.structures) - NAMED, "autre", "autres")
                if len(door.structures) > NAMED
                else "",
            }
            for door in pack.door_lines.get(code, ())
        ],
        "annex": _annex(pack, codes, loads),
    }


def summed_view(
    pack: Pack, codes: Sequence[str], loads: Sequence[LoadRecord], to_do: Sequence[View]
) -> View:
    """What a note says of some communes together: of a département, or of the whole pack."""
    told = told_of(pack, codes)
    return {
        "years": pack.years_in(codes),
        "figures": [
            {"number": decimal(n), "noun": one if n <= 1 else many}
            for n, one, many in _figures(pack, codes, loads)
        ],
        **asked_view(pack),
        "together": typographic(_together(pack, codes)),
        **refused_view(pack, codes),
        "trails": typographic(_trails(pack, codes)),
        "states": _states(pack, codes),
        "states_of": "Thèmes" if pack.panorama else "Thèmes demandés",
        "to_do": to_do,
        "to_do_title": f"{COUNTS[len(to_do)]} à faire",
        "surveyed": pack.surveyed,
        "themes": _themes(pack, codes, True),
        "themes_note": typographic(COVER_NOTE),
        "apart": [] if pack.panorama else _themes(pack, codes, False),
        "compared": pack.changes is not None,
        "changes": told[:CHANGED],
        "changes_beyond": len(told) > CHANGED,
        "sources": sources_view(pack, pack.years_in(codes)),
        "settings": settings_view(pack),
    }


def _together(pack: Pack, codes: Sequence[str]) -> str:
    """Those that ask together, and the commune with which their needs are counted."""
    named = {
        pack.together[reply.id]: pack.territory.communes[insee].name
        for insee in codes
        for reply in pack.by_commune[insee]
        if reply.id in pack.together
    }
    said = [f"{name} (avec {first})" for name, first in list(named.items())[:MOST]]
    if len(named) > MOST:
        said.append("…")
    told = "Ce que plusieurs communes demandent ensemble est compté avec une seule d’elles : "
    return f"{told}{' ; '.join(said)}." if said else ""


def _trails(pack: Pack, codes: Sequence[str]) -> str:
    """How many needs have but trails; "" when none."""
    told = counted(pack.trails(codes), "besoin", "besoins")
    why = "elles sont à revoir avec la commune, dont la fiche dit pourquoi"
    return f"{TRAILS} pour {told} : {why}." if pack.trails(codes) else ""


def firsts_to_verify(pack: Pack, codes: Sequence[str]) -> tuple[int, int]:
    """First places of these communes: in all, and those of a structure to verify."""
    found = [
        pack.structures[one.structure].to_verify
        for insee in codes
        for reply in pack.by_commune[insee]
        for one in reply.proposals
        if one.rank == 1
    ]
    return len(found), sum(found)


def _figures(
    pack: Pack, codes: Sequence[str], loads: Sequence[LoadRecord]
) -> Iterator[tuple[int, str, str]]:
    doubtful = sum(pack.structures[load.structure].to_verify for load in loads)
    yield len(codes), "commune", "communes"
    yield (sum(len(pack.by_commune[insee]) for insee in codes), *asked_words(pack))
    yield len(loads), "structure suggérée", "structures suggérées"
    yield doubtful, "à vérifier parmi elles", "à vérifier parmi elles"


def asked_words(pack: Pack) -> tuple[str, str]:
    """What is counted in a panorama, where nobody said a need, and elsewhere."""
    if pack.panorama:
        return "couple commune × thème", "couples commune × thème"
    return "besoin", "besoins"


def _states(pack: Pack, codes: Sequence[str]) -> list[View]:
    """The three states, in pairs of a commune and a theme."""
    if not pack.surveyed:
        return []
    asked = None if pack.panorama else True
    counts = pack.states(codes, asked)
    total = sum(counts.values()) or 1
    doubts = pack.unsure_in(codes, asked)
    return [
        {
            "name": state,
            "count": decimal(n),
            "share": decimal(100 * n / total),
            "doubt": f"dont {decimal(doubts)} {UNSURE}" if doubts and state == COVERED else "",
        }
        for state, n in counts.items()
    ]


def _themes(pack: Pack, codes: Sequence[str], asked: bool) -> list[View]:
    """A row a theme: communes in each state, and the doors expected and known."""
    if not pack.surveyed:
        return []
    totals = Counter(t for i in codes for t in Theme if (t in pack.asked_in(i)) is asked)
    gaps = [g for i in codes for g in pack.gaps_of.get(i, ()) if g.asked is asked]
    doubts = pack.unsure_by_theme(codes, asked)
    rows = []
    for theme in Theme:
        if not totals[theme]:
            continue
        mine = [gap for gap in gaps if gap.theme is theme]
        counts = Counter(gap.state for gap in mine)
        counts[COVERED] = totals[theme] - len(mine)
        worst = min(mine, key=lambda g: (g.known / max(g.expected, 1), g.commune), default=None)
        rows.append(
            {
                "name": theme.label,
                "counts": [
                    *(decimal(counts[COVERED]), decimal(doubts[theme])),
                    *(decimal(counts[state]) for state in STATES[1:]),
                ],
                "doors": f"{worst.known} sur {worst.expected}" if worst else "",
                "missing": worst.missing if worst else "",
            }
        )
    return rows


def _to_do(
    pack: Pack, code: str, codes: Sequence[str], loads: Sequence[LoadRecord]
) -> Iterator[View]:
    """What would help most, most urgent first: a title and a sentence."""
    yield from misread(pack, codes)
    lines = pack.door_lines.get(code, ())
    doubtful = [d for d in loads if d.firsts and pack.structures[d.structure].to_verify]
    doubtful.sort(key=lambda d: (-d.firsts, d.structure))
    if doubtful:
        first, doubts = firsts_to_verify(pack, codes)
        named = " ; ".join(
            "{name} ({warning})".format(**brief(pack.structures[d.structure], DOUBT))
            for d in doubtful[:NAMED]
        )
        more = " ; …" if len(doubtful) > NAMED else "."
        rest = f"À vérifier : {counted(doubts, 'première place', 'premières places')}"
        yield task(
            "Vérifier les structures le plus souvent premières",
            f"{rest} sur {decimal(first)}. {named}{more}",
        )
    sure = [d for d in loads if d.firsts and not pack.structures[d.structure].to_verify]
    sure.sort(key=lambda d: (-d.firsts, d.structure))
    if sure:
        best = pack.structures[sure[0].structure]
        where = counted(sure[0].communes, "commune", "communes")
        yield task(
            "Rencontrer la structure vérifiée la plus souvent première",
            f"{best.name} ({best.freshness}) est suggérée à {where} ; sa charge est inconnue : "
            "convenir avec elle du nombre de communes qu’elle peut recevoir.",
        )
    missing = [door.short for door in lines if door.unknown]
    if missing:
        yield task(
            "Chercher les portes d’entrée que nous ne connaissons pas",
            f"{listed(missing)}. Elles existent peut-être : le Département et les "
            "intercommunalités le savent.",
        )
    waiting = [door.short for door in lines if door.doubtful]
    if waiting:
        yield task("Confirmer les portes d’entrée dont nous doutons", f"{listed(waiting)}.")
    yield from last_tasks(pack, codes)


def misread(pack: Pack, codes: Sequence[str]) -> Iterator[View]:
    """The lines to mend and the needs to take up again with their communes, where there are."""
    if mended := refused_said(pack, codes):
        yield task("Corriger les lignes refusées, puis relancer le traitement", mended)
    statuses = Counter(r.status for i in codes for r in pack.by_commune[i] if r.status in MORE)
    if statuses:
        said = listed(
            f"{decimal(n)} {MORE[status]}{'s' * (n > 1)}" for status, n in statuses.items()
        )
        yield task("Reprendre avec leurs communes les besoins mal compris", f"{said}.")


def last_tasks(pack: Pack, codes: Sequence[str]) -> Iterator[View]:
    """The theme that we know least, then the towns to begin with."""
    gaps = [gap for i in codes for gap in pack.gaps_of.get(i, ()) if gap.asked]
    least = [gap for gap in gaps if gap.state == UNKNOWN] or gaps
    if least:
        counts = Counter(gap.theme for gap in least)
        one = min(least, key=lambda g: (-counts[g.theme], g.known / max(g.expected, 1), g.national))
        theme, n = one.theme, counts[one.theme]
        yield task(
            f"Demander qui travaille sur le thème « {theme.label} »",
            f"Personne de local n’est connu de nous dans {counted(n, 'commune', 'communes')} "
            f"({doors_of(one)}) : cela ne veut pas dire "
            "qu’il n’y a personne.",
        )
    towns = [c for c in (pack.territory.communes[i] for i in codes) if PVD in c.labels]
    if 0 < len(towns) < len(codes):
        names = [c.name for c in sorted(towns, key=lambda c: (-(c.population or 0), c.insee))]
        yield task("Commencer par les Petites villes de demain", f"{listed(names[:MOST])}.")


def task(title: str, text: str) -> View:
    """One thing to do: what, and more of it."""
    return {"title": typographic(title), "text": typographic(text[:1].upper() + text[1:])}


def _annex(pack: Pack, codes: Sequence[str], loads: Sequence[LoadRecord]) -> list[View]:
    """Each suggested structure once, local ones first, with its flags and its communes."""
    levels: dict[str, str] = {}
    for insee in codes:
        for reply in pack.by_commune[insee]:
            for one in reply.proposals:
                if levels.get(one.structure) != LOCAL:
                    levels[one.structure] = one.level
    groups = []
    for level in (LOCAL, REGIONAL, NATIONAL):
        mine = [load for load in loads if levels[load.structure] == level]
        rows = [
            {
                **brief(pack.structures[load.structure], REASON),
                "kind": pack.structures[load.structure].kind,
                "communes": decimal(load.communes),
                "firsts": decimal(load.firsts),
                "site": pack.structures[load.structure].website,
            }
            for load in mine
        ]
        if rows:
            groups.append({"name": f"Portée {level}", "rows": rows})
    return groups
