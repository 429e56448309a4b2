"""The rules that tie the tables together: references, places, sources and flags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from matcher.catalogue.columns import SEPARATOR, is_digits, items
from matcher.catalogue.faults import Fault
from matcher.catalogue.model import OLD_SOURCE_YEARS, Area, Commune
from matcher.catalogue.schemas import (
    CONDITIONS,
    NO,
    PROJECTS,
    RESOURCES,
    STRUCTURES,
    THEMES_TABLE,
    TRADES,
    VENUES,
    YES,
)
from matcher.catalogue.terms import MAINLAND, OVERSEAS, Limit
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.territory.nest import PVD, Territory

from .rules import DOUBT, Dataset, Rule, fault, not_today, warning

LATE_CLOCK_YEARS = 1
"""A source dated ahead by no more may be right, and the clock of the machine late. One of 2099 must
not pass: the age of all the others would count from it."""

SOURCE_COLUMNS = {STRUCTURES: "source_url", PROJECTS: "source_url", RESOURCES: "url"}
YEAR_COLUMNS = {STRUCTURES: "source_year", PROJECTS: "annee", RESOURCES: "annee"}
NUMBERS = (Limit.POPULATION_MOINS, Limit.POPULATION_PLUS, Limit.SALARIES)
"""Conditions whose value is a number."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    Limit.TERRITOIRE: (MAINLAND, OVERSEAS),
    Limit.PVD: (YES,),
}
"""Conditions of a closed list of values."""
PROSE = ("name", "title", "description", "note", "territoire", "organisation_porteuse")
"""Columns of French sentences and names, where the apostrophe is « ’ »."""

TYPING = re.compile(r"'|\s\s|\.\.\.|\s[,.]|\"")
"""Straight apostrophe or quotation mark, doubled space, three dots, space before a comma."""


def references(data: Dataset) -> Iterator[Fault]:
    """The structures that a project or a resource names are in the catalogue."""
    known = {row["id"] for row in data.structures}
    for table, row in data.flagged:
        for structure in filter(None, row.get("structure_ids", "").split(SEPARATOR)):
            if structure not in known:
                rule = f"« {structure} » n’est pas dans structures.csv"
                yield fault(table, row, "structure_ids", rule)


def roles(data: Dataset) -> Iterator[Fault]:
    """Each support of a project has its role; who operates or distinguishes accompanied nobody."""
    for row in data.projects:
        ids, said = (
            list(filter(None, row[c].split(SEPARATOR))) for c in ("structure_ids", "roles")
        )
        if len(ids) != len(said):
            yield fault(PROJECTS, row, "roles", "un rôle pour chaque appui, dans le même ordre")


def conditions(data: Dataset) -> Iterator[Fault]:
    """A condition is of a structure that we have, said once, and its value can be read."""
    known = {row["id"] for row in data.structures}
    said: set[tuple[str, str]] = set()
    for row in data.conditions:
        limit, value = row["condition"], row["value"]
        if row["structure"] not in known:
            rule = "structure absente de structures.csv"
            yield fault(CONDITIONS, row, "structure", rule)
        if (row["structure"], limit) in said:
            yield fault(CONDITIONS, row, "condition", "condition déjà dite pour cette structure")
        said.add((row["structure"], limit))
        if limit in NUMBERS and not is_digits(value):
            yield fault(CONDITIONS, row, "value", "nombre attendu, en chiffres")
        if limit in CHOICES and value not in CHOICES[limit]:
            rule = f"attendu : {' ou '.join(CHOICES[limit])}"
            yield fault(CONDITIONS, row, "value", rule)


def trades(data: Dataset) -> Iterator[Fault]:
    """The trades are of a structure that we have, and are subjects that needs are read with."""
    known = {row["id"] for row in data.structures}
    for row in data.trades:
        if row["id"] not in known:
            yield fault(TRADES, row, "id", "structure absente de structures.csv")
        said = {column: items(row[column]) for column in ("trades", "second_trades")}
        for column, subjects in said.items():
            if data.subjects and (unknown := [s for s in subjects if s not in data.subjects]):
                rule = f"sujet absent de subjects.csv : {', '.join(unknown)}"
                yield fault(TRADES, row, column, rule)
        if set(said["trades"]) & set(said["second_trades"]):
            yield fault(TRADES, row, "second_trades", "sujet déjà dit dans la colonne trades")


def venues(data: Dataset) -> Iterator[Fault]:
    """A place to visit is in a commune of today."""
    for row in data.venues:
        if row["insee"] not in data.territory.communes:
            yield fault(VENUES, row, "insee", not_today(data, row["insee"]))


def places(data: Dataset) -> Iterator[Fault]:
    """A project is in a commune of today, told alike by all columns, or its territory is named."""
    for row in data.projects:
        if not (code := row["insee"]):
            if not row["territoire"]:
                yield fault(PROJECTS, row, "territoire", "ni commune ni territoire")
            if row["to_verify"] != YES:
                yield fault(PROJECTS, row, "to_verify", "sans commune, le projet est à vérifier")
            continue
        commune = data.territory.communes.get(code)
        if commune is None:
            yield fault(PROJECTS, row, "insee", not_today(data, code))
            continue
        for column, value in place_columns(commune, data.territory).items():
            if row[column] != value:
                yield fault(PROJECTS, row, column, f"« {value} » attendu pour la commune {code}")


def place_columns(commune: Commune, territory: Territory) -> dict[str, str]:
    """What the columns of a project say of its commune."""
    return {
        "commune": commune.name,
        "code_departement": commune.departement,
        "departement": territory.name(Area(Scale.DEPARTEMENT, commune.departement)),
        "region": territory.name(Area(Scale.REGION, commune.region)),
        "pvd": YES if PVD in commune.labels else NO,
    }


def flags(data: Dataset) -> Iterator[Fault]:
    """A row without a source page or a theme is to be verified; every flag has its reason."""
    for table, row in data.flagged:
        if not row["themes"] and row["to_verify"] != YES:
            yield fault(table, row, "to_verify", "sans thème, la ligne est à vérifier")
        if not row[SOURCE_COLUMNS[table]] and row["to_verify"] != YES:
            yield fault(table, row, "to_verify", "sans page source, la ligne est à vérifier")
        if row["to_verify"] == YES and not row["note"]:
            yield fault(table, row, "note", "la raison de « à vérifier » manque")
        if row["to_verify"] == NO and DOUBT in row["note"].lower():
            yield fault(table, row, "to_verify", "la note dit « à vérifier », pas la ligne")


def years(data: Dataset) -> Iterator[Fault]:
    """No source is dated ahead; how many are past three years, or to be verified, is said."""
    today = date.today().year
    dated = (row[YEAR_COLUMNS[STRUCTURES]] for row in data.structures)
    newest = max((int(year) for year in dated if is_digits(year)), default=0)
    old: Counter[str] = Counter()
    to_verify: Counter[str] = Counter()
    for table, row in data.flagged:
        year = row[YEAR_COLUMNS[table]]
        if is_digits(year) and int(year) > today:
            found = fault(table, row, YEAR_COLUMNS[table], "année à venir")
            late = int(year) <= today + LATE_CLOCK_YEARS
            yield replace(found, level="avertissement") if late else found
        # The year of a project is that of its start: it tells nothing of its source.
        past = (
            table is not PROJECTS
            and year.isascii()
            and year.isdigit()
            and newest - int(year) > OLD_SOURCE_YEARS
        )
        old[table.name] += past
        to_verify[table.name] += row["to_verify"] == YES
    for table in (STRUCTURES, PROJECTS, RESOURCES):
        if count := old[table.name]:
            rule = f"{count} lignes datées de plus de {OLD_SOURCE_YEARS} ans"
            yield warning(table, YEAR_COLUMNS[table], rule)
        if count := to_verify[table.name]:
            yield warning(table, "to_verify", f"{count} lignes à vérifier")


def typing(data: Dataset) -> Iterator[Fault]:
    """French typing: apostrophes « ’ », no doubled space, no straight quotation mark."""
    for table, row in data.flagged:
        for column in PROSE:
            if column in row and (found := TYPING.search(row[column])):
                rule = f"typographie : « {found[0]} »"
                start = max(0, found.start() - 20)
                value = row[column][start : found.end() + 20]
                yield Fault(table.file, row.line, column, value, rule, "avertissement")


def themes(data: Dataset) -> Iterator[Fault]:
    """The published list of themes is that of the code."""
    written = {row["code"]: (row["label_fr"], row["definition"]) for row in data.themes}
    for theme in Theme:
        if written.get(theme) != (theme.label, theme.definition):
            rule = f"le thème {theme} n’est pas celui du vocabulaire"
            yield Fault(THEMES_TABLE.file, None, "code", theme, rule)


RULES: tuple[Rule, ...] = (
    references,
    roles,
    conditions,
    trades,
    venues,
    places,
    flags,
    years,
    typing,
    themes,
)
