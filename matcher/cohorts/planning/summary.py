"""A plan in a few French sentences, and as files: tables, a workbook, a document to print."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from statistics import fmean

from matcher.catalogue.french import counted, decimal, percent
from matcher.reports.answer.sheet import render_tables
from matcher.reports.answer.workbook import Sheet, render_sheets
from matcher.upkeep.directory.matrix import doors_line

from .report import (
    ASIDE_COLUMNS,
    COLUMNS,
    LOAD_COLUMNS,
    RECOURSE,
    WAITING,
    WAITING_REASON,
    Report,
)

SHOWN = 5
"""Structures and communes named in the summary."""
NEEDS_SHOWN = 20
"""Needs that wait named in the summary."""
INCOMPARABLE = (
    "Les scores ne se comparent pas d’un besoin à l’autre ; leur part du meilleur score de chaque "
    "besoin se compare."
)
PRINTED = ("Commune", "Contact", "Structure", "À vérifier", "Source", "Pourquoi")
"""Columns of the document to print."""


def summary(report: Report) -> Iterator[str]:
    """What the plan does, what it expects, who is not asked, who has nobody."""
    plan, communes = report.plan, report.communes
    served = len(communes) - len(plan.left_out)
    yield (
        f"{counted(sum(plan.load.values()), 'introduction', 'introductions')} pour "
        f"{counted(served, 'commune', 'communes')} sur {decimal(len(communes))}, auprès de "
        f"{counted(len(plan.load), 'structure', 'structures')}."
    )
    yield from _expected(report)
    yield from _kept(report)
    if plan.answers:
        yield from _cost(report)
    yield from _waiting(report)
    yield from _structures(report)
    for left in plan.left_out[:SHOWN]:
        where = report.matcher.territory.communes[left.commune]
        said = doors_line(report.doors.states_at(where))
        yield (
            f"Sans introduction : {where.name} ({where.insee}). {report.explain(left)} {said}"
        ).strip()
    if len(plan.left_out) > SHOWN:
        unnamed = len(plan.left_out) - SHOWN
        yield f"… et {decimal(unnamed)} autres communes sans introduction : voir le fichier."
    if not plan.proved:
        yield "Attention : le temps de calcul est épuisé, un meilleur plan existe peut-être."


def _expected(report: Report) -> Iterator[str]:
    plan, rates = report.plan, report.wishes.rates
    if rates is None or plan.expected is None:
        yield "Ce plan croit que chaque structure accepte : rien n’y est prévu pour un refus."
        return
    yield (
        f"Communes dont une introduction devrait être acceptée : {decimal(plan.expected, 1)} sur "
        f"{decimal(len(report.communes))}, en comptant "
        f"{counted(plan.spare.total(), 'recours', 'recours')} dont la place est gardée."
    )
    if plan.above >= 0.05:
        yield f"Aucun plan n’en servirait plus de {decimal(plan.above, 1)} de plus."
    used = {*plan.load, *plan.spare}
    supposed = sum(map(rates.is_supposed, used))
    if supposed:
        yield (
            f"Hypothèse pour {decimal(supposed)} des {decimal(len(used))} structures : elles "
            f"acceptent {percent(rates.default)} des introductions. Personne ne l’a mesuré."
        )


def _kept(report: Report) -> Iterator[str]:
    former = report.wishes.former
    if not former.pairs:
        return
    accepted = len(report.plan.kept & former.accepted)
    sent = len(report.plan.kept & former.sent)
    yes = counted(accepted, "introduction acceptée", "introductions acceptées")
    yield (
        f"Du plan précédent : {yes} et {counted(sent, 'envoyée', 'envoyées')}, gardées ; "
        f"{counted(len(former.declined), 'refus', 'refus')}, jamais redemandés."
    )


def _cost(report: Report) -> Iterator[str]:
    answers = report.plan.answers
    ranks = fmean(answer.rank_lost for answer in answers)
    firsts = sum(answer.rank_lost == 0 for answer in answers)
    yield (
        f"Besoins qui ont leur premier choix : {decimal(firsts)} sur {decimal(len(answers))}. En "
        f"moyenne, la capacité coûte {decimal(ranks, 1)} {'rang' if ranks < 2 else 'rangs'} et "
        f"{decimal(100 * fmean(answer.share_lost for answer in answers), 1)} % du meilleur score "
        "de chaque besoin."
    )
    yield INCOMPARABLE


def _waiting(report: Report) -> Iterator[str]:
    """The needs without introduction whose commune has one, by what keeps them waiting."""
    plan, communes = report.plan, report.matcher.territory.communes
    back = set(plan.held_back)
    full = [need for need in plan.waiting if need not in back]
    for needs, why in (
        (plan.held_back, report.rule("Leur commune" if len(back) > 1 else "Sa commune")),
        (full, WAITING_REASON),
    ):
        named = [f"{need} ({communes[plan.waiting[need]].name})" for need in needs[:NEEDS_SHOWN]]
        unnamed = len(needs) - len(named)
        more = f" et {decimal(unnamed)} autres, statut « {WAITING} » du fichier" if unnamed else ""
        if needs:
            said = counted(len(needs), "besoin", "besoins")
            yield f"{said} sans introduction : {', '.join(named)}{more}. {why}"


def _structures(report: Report) -> Iterator[str]:
    plan, matcher = report.plan, report.matcher
    full = [s for s in plan.load if plan.full(s)]
    if full:
        names = ", ".join(matcher.structure(s).name for s in full[:SHOWN])
        more = f" et {len(full) - SHOWN} autres" if len(full) > SHOWN else ""
        yield f"Structures au complet : {names}{more}."
    areas = report.wishes.areas
    if areas is not None:
        pairs = {
            (areas[c.commune], c.structure)
            for answer in plan.answers
            for c in (*answer.given, *answer.alternates)
        }
        places = {areas[answer.commune] for answer in plan.answers}
        each = decimal(len(pairs) / max(1, len(places)), 1)
        yield f"Interlocuteurs par intercommunalité : {each} en moyenne."
    for _, name, why, communes, *_ in report.aside[:SHOWN]:
        lists = counted(communes, "commune", "communes")
        yield f"Non sollicitée : {name} ({why}), dans la liste de {lists}."
    if len(report.aside) > SHOWN:
        yield f"… et {len(report.aside) - SHOWN} autres structures non sollicitées."


def workbook(report: Report) -> bytes:
    """The plan as an XLSX: its contacts, the loads, who is not asked, how to read it."""
    sheets = [
        Sheet("Plan", COLUMNS, list(report.rows())),
        Sheet("Charge", LOAD_COLUMNS, list(report.load_rows())),
        Sheet("Non sollicitées", ASIDE_COLUMNS, report.aside),
        Sheet("Lecture", ("Ce que dit ce plan",), [(line,) for line in summary(report)]),
    ]
    made = datetime(report.matcher.profiles.newest_source or 1970, 1, 1)
    return render_sheets("Plan d’introductions", sheets, made)


def document(report: Report) -> bytes:
    """The plan as a PDF to print: what each commune does, with the flags of each structure."""
    at = {name: i for i, name in enumerate(COLUMNS)}
    rows = []
    for row in report.rows():
        structure, doubt = row[at["structure"]], row[at["motif"]] or "fiche à confirmer"
        later = row[at["statut"]] == RECOURSE
        why = "Place gardée, en cas de refus." if later else row[at["explication"]]
        rows.append(
            (
                row[at["commune"]],
                "recours" if later else "d’abord" if structure else "–",
                structure or "–",
                f"oui : {doubt}" if row[at["a_verifier"]] == "oui" else "non" if structure else "–",
                str(row[at["annee_source"]] or "non datée") if structure else "–",
                " ".join(filter(None, (why, row[at["pistes"]]))),
            )
        )
    asked = [(name, why, communes, doubt) for _, name, why, communes, doubt, *_ in report.aside]
    lines = list(summary(report))
    return render_tables(
        "Plan d’introductions",
        lines[0],
        [
            (Sheet("À lire d’abord", ("Ce que dit ce plan",), [(line,) for line in lines[1:]]), ""),
            (Sheet("Qui appelle qui", PRINTED, rows), "Une ligne par contact, dans l’ordre."),
            (
                Sheet(
                    "Non sollicitées", ("Structure", "Pourquoi", "Communes", "À vérifier"), asked
                ),
                "Structures qui ne prennent personne, et les communes qui les ont dans leur liste.",
            ),
        ],
    )
