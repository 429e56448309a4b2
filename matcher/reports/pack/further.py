"""Further tables of a pack: its doors, its needs by status, what changed in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matcher.catalogue.french import typographic
from matcher.catalogue.terms import Status

from .changes import change_sentence, told_changes, told_of
from .cohort import Pack
from .columns import Column, Kind, Table

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
                *(reply.status.label, commune.insee, commune.name, reply.id),
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
                name = pack.territory.communes[insee].name
                yield ("commune", name, insee, change_sentence(change))

    return Table("Ce qui a changé", columns, 2, rows, "Rien n’a changé depuis la fois précédente.")


def shorten(text: str) -> str:
    """A need as it is repeated on each row."""
    return text if len(text) <= LONGEST_NEED else f"{text[: LONGEST_NEED - 1]}…"
