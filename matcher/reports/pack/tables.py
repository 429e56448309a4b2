"""The tables of a pack: columns with their kind and width, and their rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matcher.catalogue.french import typographic
from matcher.catalogue.terms import Status
from matcher.reports.answer.trails import TRAILS

from .cohort import Pack, change_sentence, told_changes, told_of
from .records import COVERED, UNSURE, PackColumn, PackTable, ValueKind, asker_of

LONGEST_NEED = 300
"""Characters of a need repeated on each row; its key leads to the whole text."""


def doors(pack: Pack) -> PackTable:
    """The basic doors of each département, with who they are."""
    columns = (
        PackColumn("Département", 22),
        PackColumn("Porte attendue", 44),
        PackColumn("Ce que nous savons", 26),
        PackColumn("Structure", 44),
        PackColumn("À vérifier", 10),
        PackColumn("Pourquoi à vérifier", 50, ValueKind.LONG),
        PackColumn("Année de la source", 10, ValueKind.YEAR),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for code, lines in pack.door_lines.items():
            for door in lines:
                start = pack.departement(code), typographic(door.label), door.state
                for one in door.structures:
                    doubt = "oui" if one.to_verify else "non"
                    yield (*start, one.name, doubt, one.doubt, one.source_year)
                if not door.structures:
                    yield (*start, None, None, None, None)

    return PackTable("Portes d’entrée", columns, 2, rows, "Aucune porte n’est définie.")


def needs(pack: Pack) -> PackTable:
    """The needs by what the reading says of each, those to take up again first."""
    columns = (
        PackColumn("Statut", 12),
        PackColumn("Code Insee ou SIREN", 11),
        PackColumn("Commune", 28),
        PackColumn("Besoin n°", 14),
        PackColumn("Besoin", 60, ValueKind.LONG),
        PackColumn("Thèmes lus", 40),
        PackColumn("Structures suggérées", 12, ValueKind.WHOLE),
        PackColumn(TRAILS, 50, ValueKind.LONG),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        order = list(Status)
        for reply in sorted(pack.replies, key=lambda r: -order.index(r.status)):
            insee, (code, _) = reply.need.commune, asker_of(reply.need, pack.territory)
            yield (
                *(reply.status.label, code, pack.asker(reply.id, insee), reply.id),
                *(shorten(reply.need.text), ", ".join(t.label for t in reply.themes)),
                *(len(reply.proposals), reply.trail and reply.trail.said),
            )

    return PackTable("Besoins par statut", columns, 3, rows, "Aucun besoin.")


def words(pack: Pack) -> PackTable:
    """What changed, in words, by EPCI and by commune."""
    columns = (
        PackColumn("Niveau", 18),
        PackColumn("Territoire", 40),
        PackColumn("Code Insee", 11),
        PackColumn("Ce qui a changé", 90, ValueKind.LONG),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for code in pack.by_departement:
            for name, members in pack.by_epci(code):
                for told in told_of(pack, [commune.insee for commune in members]):
                    yield ("intercommunalité", name, None, told)
        for insee in pack.by_commune:
            for change in told_changes(pack, insee):
                name = pack.asker(change.id, insee)
                yield ("commune", name, insee, change_sentence(change))

    return PackTable(
        "Ce qui a changé", columns, 2, rows, "Rien n’a changé depuis la fois précédente."
    )


def shorten(text: str) -> str:
    """A need as it is repeated on each row."""
    return text if len(text) <= LONGEST_NEED else f"{text[: LONGEST_NEED - 1]}…"


def tables(pack: Pack) -> list[PackTable]:
    """The tables of a pack in their order, without its summary and its sources."""
    found = [
        _suggestions(pack),
        _loads(pack),
        _gaps(pack),
        doors(pack),
    ]
    found += [_refused(pack)] if pack.panorama else [needs(pack), _refused(pack)]
    return found if pack.changes is None else [*found, words(pack), _changes(pack)]


def figures(pack: Pack) -> list[tuple[str, int]]:
    """The figures of a pack, each with its French name."""
    replies = pack.replies
    unanswered = sum(not reply.proposals for reply in replies)
    found = [
        ("Communes", len(pack.by_commune)),
        ("Départements", len(pack.by_departement)),
        ("Couples commune × thème" if pack.panorama else "Besoins", len(replies)),
        ("Suggestions", sum(len(reply.proposals) for reply in replies)),
        ("Structures mobilisées", len(pack.loads())),
        ("Sans aucune suggestion", unanswered),
    ]
    if pack.together:
        found.append(("Besoins de plusieurs communes", len(pack.together)))
    if not pack.panorama:
        found.append(("Besoins qui n’ont que des pistes", pack.trails()))
    firsts = [p for r in replies for p in r.proposals if p.rank == 1]
    doubtful = sum(pack.structures[one.structure].to_verify for one in firsts)
    found.append(("Premières places", len(firsts)))
    found.append(("Premières places à vérifier", doubtful))
    if pack.surveyed:
        states = pack.states(pack.by_commune)
        found += [(f"Couples commune × thème : {state}", n) for state, n in states.items()]
        doubts = pack.unsure_in(pack.by_commune)
        found.append((f"Couples commune × thème : {COVERED} {UNSURE}", doubts))
    found.append(("Lignes refusées", len(pack.refused)))
    if pack.changes is not None:
        found.append(("Changements depuis la fois précédente", len(pack.changes)))
    return found


def _suggestions(pack: Pack) -> PackTable:
    """A row a suggestion; a panorama has a theme where others have a need and its words."""
    one = "thème" if pack.panorama else "besoin"
    said = (
        PackColumn("Thèmes du besoin", 30),
        PackColumn("Besoin", 50, ValueKind.LONG),
        PackColumn(TRAILS, 50, ValueKind.LONG),
    )
    columns = (
        PackColumn("Code Insee ou SIREN", 11),
        PackColumn("Commune", 26),
        PackColumn("Thème", 34) if pack.panorama else PackColumn("Besoin n°", 14),
        PackColumn("Rang", 7, ValueKind.WHOLE),
        PackColumn("Structure", 38),
        PackColumn("Type", 26),
        PackColumn(f"Score sur 100 (dans ce {one})", 11, ValueKind.SCORE),
        PackColumn("Distance (km, à vol d’oiseau)", 11, ValueKind.KM),
        PackColumn("Trajet estimé (min)", 10, ValueKind.WHOLE),
        PackColumn("Intervient", 24),
        PackColumn("Pourquoi", 60, ValueKind.LONG),
        *(() if pack.panorama else said),
        PackColumn("Département", 20),
        PackColumn("Population", 11, ValueKind.WHOLE),
        PackColumn("Site", 32),
        PackColumn("À vérifier", 10),
        PackColumn("Pourquoi à vérifier", 40, ValueKind.LONG),
        PackColumn("Source", 40),
        PackColumn("Année de la source", 10, ValueKind.YEAR),
        PackColumn("Identifiant de la structure", 28),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for insee, replies in pack.by_commune.items():
            commune = pack.territory.communes[insee]
            departement = pack.departement(commune.departement)
            for reply in replies:
                themes = ", ".join(theme.label for theme in reply.themes)
                code, people = asker_of(reply.need, pack.territory)
                place = code, pack.asker(reply.id, insee)
                trail = reply.trail and reply.trail.said
                asked = () if pack.panorama else (themes, shorten(reply.need.text), trail)
                for one in reply.proposals:
                    structure = pack.structures[one.structure]
                    yield (
                        *(*place, themes if pack.panorama else reply.id, one.rank),
                        *(structure.name, structure.kind),
                        *(100 * one.score, one.distance_km, one.minutes, one.reach),
                        *(one.summary, *asked, departement),
                        *(people, structure.website),
                        "oui" if structure.to_verify else "non",
                        *(structure.doubt, structure.source, structure.source_year),
                        one.structure,
                    )

    return PackTable("Suggestions", columns, 2, rows, "Aucune suggestion.", 11)


def _loads(pack: Pack) -> PackTable:
    columns = (
        PackColumn("Structure", 44),
        PackColumn("Type", 30),
        PackColumn("Communes", 11, ValueKind.WHOLE),
        PackColumn("Suggestions", 12, ValueKind.WHOLE),
        PackColumn("Fois au premier rang", 12, ValueKind.WHOLE),
        PackColumn("Meilleur rang", 11, ValueKind.WHOLE),
        PackColumn("Commune du siège", 26),
        PackColumn("Code Insee du siège", 11),
        PackColumn("Site", 36),
        PackColumn("À vérifier", 10),
        PackColumn("Pourquoi à vérifier", 50, ValueKind.LONG),
        PackColumn("Année de la source", 10, ValueKind.YEAR),
        PackColumn("Identifiant de la structure", 30),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for load in pack.loads():
            structure = pack.structures[load.structure]
            seat = pack.territory.communes.get(structure.seat or "")
            yield (
                *(structure.name, structure.kind),
                *(load.communes, load.proposals, load.firsts, load.best),
                *((seat.name, seat.insee) if seat else (None, None)),
                *(structure.website, "oui" if structure.to_verify else "non"),
                *(structure.doubt, structure.source_year, load.structure),
            )

    return PackTable("Charge par structure", columns, 1, rows, "Aucune structure suggérée.")


def _gaps(pack: Pack) -> PackTable:
    asked = () if pack.panorama else (PackColumn("Demandé par la commune", 12),)
    columns = (
        PackColumn("Code Insee", 11),
        PackColumn("Commune", 28),
        PackColumn("Département", 22),
        PackColumn("Population", 11, ValueKind.WHOLE),
        PackColumn("Thème", 42),
        *asked,
        PackColumn("État", 30),
        PackColumn("Qui répond", 20),
        PackColumn("Structures nationales", 12, ValueKind.WHOLE),
        PackColumn("Structures généralistes", 13, ValueKind.WHOLE),
        PackColumn("Portes attendues", 11, ValueKind.WHOLE),
        PackColumn("Portes connues", 11, ValueKind.WHOLE),
        PackColumn("Portes non recensées", 50),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for gap in sorted(pack.gaps, key=lambda gap: not gap.asked):
            commune = pack.territory.communes[gap.commune]
            declared = ("oui" if gap.asked else "non",) if asked else ()
            yield (
                *(commune.insee, commune.name, pack.departement(commune.departement)),
                *(commune.population, gap.theme.label, *declared, gap.state),
                *(gap.level, gap.national, gap.generalists),
                *(gap.expected, gap.known, gap.missing),
            )

    found = "Aucun : une structure locale connue de nous répond à chaque thème."
    empty = found if pack.surveyed else "La couverture n’a pas été recherchée."
    return PackTable("Thèmes non couverts", columns, 2, rows, empty)


def _refused(pack: Pack) -> PackTable:
    columns = (
        PackColumn("Fichier", 24),
        PackColumn("Ligne", 8, ValueKind.WHOLE),
        PackColumn("Colonne", 16),
        PackColumn("Valeur", 44, ValueKind.LONG),
        PackColumn("Règle", 70, ValueKind.LONG),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for fault in pack.refused:
            yield (fault.file, fault.line, fault.column, fault.value, typographic(fault.rule))

    return PackTable("Refus", columns, 0, rows, "Aucune ligne refusée.")


def _changes(pack: Pack) -> PackTable:
    columns = (
        PackColumn("Code Insee", 11),
        PackColumn("Commune", 28),
        PackColumn("Besoin n°", 14),
        PackColumn("Structure", 44),
        PackColumn("Changement", 30),
        PackColumn("Rang avant", 9, ValueKind.WHOLE),
        PackColumn("Rang après", 9, ValueKind.WHOLE),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for change in pack.changes or ():
            name = pack.asker(change.id, change.commune)
            yield (
                *(change.commune, name, change.id, typographic(change.structure)),
                *(change.nature, change.before, change.after),
            )

    return PackTable("Changements", columns, 2, rows, "Rien n’a changé depuis la fois précédente.")
