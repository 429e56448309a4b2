"""The tables of a pack: columns with their kind and width, and their rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matcher.catalogue.french import typographic
from matcher.catalogue.terms import Status

from .cohort import Pack, change_sentence, told_changes, told_of
from .records import COVERED, UNSURE, Column, Kind, Table

LONGEST_NEED = 300
"""Characters of a need repeated on each row; its key leads to the whole text."""


def doors(pack: Pack) -> Table:
    """The basic doors of each département, with who they are."""
    columns = (
        Column("Département", 22),
        Column("Porte attendue", 44),
        Column("Ce que nous savons", 26),
        Column("Structure", 44),
        Column("À vérifier", 10),
        Column("Pourquoi à vérifier", 50, Kind.LONG),
        Column("Année de la source", 10, Kind.YEAR),
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

    return Table("Portes d’entrée", columns, 2, rows, "Aucune porte n’est définie.")


def needs(pack: Pack) -> Table:
    """The needs by what the reading says of each, those to take up again first."""
    columns = (
        Column("Statut", 12),
        Column("Code Insee", 11),
        Column("Commune", 28),
        Column("Besoin n°", 14),
        Column("Besoin", 60, Kind.LONG),
        Column("Thèmes lus", 40),
        Column("Structures suggérées", 12, Kind.WHOLE),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        order = list(Status)
        for reply in sorted(pack.replies, key=lambda r: -order.index(r.status)):
            commune = pack.territory.communes[reply.need.commune]
            yield (
                *(reply.status.label, commune.insee, pack.asker(reply.id, commune.insee), reply.id),
                *(shorten(reply.need.text), ", ".join(t.label for t in reply.themes)),
                len(reply.proposals),
            )

    return Table("Besoins par statut", columns, 3, rows, "Aucun besoin.")


def words(pack: Pack) -> Table:
    """What changed, in words, by EPCI and by commune."""
    columns = (
        Column("Niveau", 18),
        Column("Territoire", 40),
        Column("Code Insee", 11),
        Column("Ce qui a changé", 90, Kind.LONG),
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

    return Table("Ce qui a changé", columns, 2, rows, "Rien n’a changé depuis la fois précédente.")


def shorten(text: str) -> str:
    """A need as it is repeated on each row."""
    return text if len(text) <= LONGEST_NEED else f"{text[: LONGEST_NEED - 1]}…"


def tables(pack: Pack) -> list[Table]:
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


def _suggestions(pack: Pack) -> Table:
    """A row a suggestion; a panorama has a theme where others have a need and its words."""
    one = "thème" if pack.panorama else "besoin"
    said = (
        () if pack.panorama else (Column("Thèmes du besoin", 30), Column("Besoin", 50, Kind.LONG))
    )
    columns = (
        Column("Code Insee", 11),
        Column("Commune", 26),
        Column("Thème", 34) if pack.panorama else Column("Besoin n°", 14),
        Column("Rang", 7, Kind.WHOLE),
        Column("Structure", 38),
        Column("Type", 26),
        Column(f"Score sur 100 (dans ce {one})", 11, Kind.SCORE),
        Column("Distance (km, à vol d’oiseau)", 11, Kind.KM),
        Column("Trajet estimé (min)", 10, Kind.WHOLE),
        Column("Intervient", 24),
        Column("Pourquoi", 60, Kind.LONG),
        *said,
        Column("Département", 20),
        Column("Population", 11, Kind.WHOLE),
        Column("Site", 32),
        Column("À vérifier", 10),
        Column("Pourquoi à vérifier", 40, Kind.LONG),
        Column("Source", 40),
        Column("Année de la source", 10, Kind.YEAR),
        Column("Identifiant de la structure", 28),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for insee, replies in pack.by_commune.items():
            commune = pack.territory.communes[insee]
            departement = pack.departement(commune.departement)
            for reply in replies:
                themes = ", ".join(theme.label for theme in reply.themes)
                place = insee, pack.asker(reply.id, insee)
                asked = () if pack.panorama else (themes, shorten(reply.need.text))
                for one in reply.proposals:
                    structure = pack.structures[one.structure]
                    yield (
                        *(*place, themes if pack.panorama else reply.id, one.rank),
                        *(structure.name, structure.kind),
                        *(100 * one.score, one.distance_km, one.minutes, one.reach),
                        *(one.summary, *asked, departement),
                        *(commune.population, structure.website),
                        "oui" if structure.to_verify else "non",
                        *(structure.doubt, structure.source, structure.source_year),
                        one.structure,
                    )

    return Table("Suggestions", columns, 2, rows, "Aucune suggestion.", 11)


def _loads(pack: Pack) -> Table:
    columns = (
        Column("Structure", 44),
        Column("Type", 30),
        Column("Communes", 11, Kind.WHOLE),
        Column("Suggestions", 12, Kind.WHOLE),
        Column("Fois au premier rang", 12, Kind.WHOLE),
        Column("Meilleur rang", 11, Kind.WHOLE),
        Column("Commune du siège", 26),
        Column("Code Insee du siège", 11),
        Column("Site", 36),
        Column("À vérifier", 10),
        Column("Pourquoi à vérifier", 50, Kind.LONG),
        Column("Année de la source", 10, Kind.YEAR),
        Column("Identifiant de la structure", 30),
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

    return Table("Charge par structure", columns, 1, rows, "Aucune structure suggérée.")


def _gaps(pack: Pack) -> Table:
    asked = () if pack.panorama else (Column("Demandé par la commune", 12),)
    columns = (
        Column("Code Insee", 11),
        Column("Commune", 28),
        Column("Département", 22),
        Column("Population", 11, Kind.WHOLE),
        Column("Thème", 42),
        *asked,
        Column("État", 30),
        Column("Qui répond", 20),
        Column("Structures nationales", 12, Kind.WHOLE),
        Column("Structures généralistes", 13, Kind.WHOLE),
        Column("Portes attendues", 11, Kind.WHOLE),
        Column("Portes connues", 11, Kind.WHOLE),
        Column("Portes non recensées", 50),
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
    return Table("Thèmes non couverts", columns, 2, rows, empty)


def _refused(pack: Pack) -> Table:
    columns = (
        Column("Fichier", 24),
        Column("Ligne", 8, Kind.WHOLE),
        Column("Colonne", 16),
        Column("Valeur", 44, Kind.LONG),
        Column("Règle", 70, Kind.LONG),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for fault in pack.refused:
            yield (fault.file, fault.line, fault.column, fault.value, typographic(fault.rule))

    return Table("Refus", columns, 0, rows, "Aucune ligne refusée.")


def _changes(pack: Pack) -> Table:
    columns = (
        Column("Code Insee", 11),
        Column("Commune", 28),
        Column("Besoin n°", 14),
        Column("Structure", 44),
        Column("Changement", 30),
        Column("Rang avant", 9, Kind.WHOLE),
        Column("Rang après", 9, Kind.WHOLE),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for change in pack.changes or ():
            name = pack.asker(change.id, change.commune)
            yield (
                *(change.commune, name, change.id, typographic(change.structure)),
                *(change.nature, change.before, change.after),
            )

    return Table("Changements", columns, 2, rows, "Rien n’a changé depuis la fois précédente.")
