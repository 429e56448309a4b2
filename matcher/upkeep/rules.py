"""The rules that an audit of the directory taught, for the structures: see `data/README.md`.

What they look at: a folder of data as rows, with the communes of today (`Dataset`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from matcher.catalogue.columns import SEPARATOR, TableSchema, is_digits
from matcher.catalogue.faults import Fault
from matcher.catalogue.model import Area
from matcher.catalogue.rows import Row
from matcher.catalogue.schemas import PROJECTS, RADIUS, RESOURCES, STRUCTURES, YES
from matcher.catalogue.vocabulary import GENERALIST, Kind, Scale, Theme
from matcher.territory.nest import Territory


@dataclass(frozen=True)
class Dataset:
    """The rows of the tables, as written."""

    structures: list[Row]
    projects: list[Row]
    resources: list[Row]
    themes: list[Row]
    territory: Territory
    conditions: list[Row] = field(default_factory=list)
    venues: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    trades: list[Row] = field(default_factory=list)
    subjects: frozenset[str] = frozenset()

    @property
    def flagged(self) -> Iterator[tuple[TableSchema, Row]]:
        """The rows of the tables that have a source and a flag, each with its table."""
        for table, rows in (
            (STRUCTURES, self.structures),
            (PROJECTS, self.projects),
            (RESOURCES, self.resources),
        ):
            for row in rows:
                yield table, row


Rule = Callable[[Dataset], Iterator[Fault]]
"""A rule yields its faults; its docstring is the rule."""


def fault(table: TableSchema, row: Row, column: str, rule: str) -> Fault:
    """The fault of one value of a row."""
    return Fault(table.file, row.line, column, row[column] or None, rule)


def warning(table: TableSchema, column: str | None, rule: str) -> Fault:
    """Something to know about a table as a whole."""
    return Fault(table.file, None, column, None, rule, "avertissement")


ALIAS_LETTERS_MIN = 5
"""A name of four letters, such as « POP » or « FIA », is a word of too many texts."""

RADIUS_KM_MAX = 200
"""The widest radius: past it, a list of départements says more."""

PARK_REMINDER = "vérifier que la commune est classée"
"""What the note of a park says: its communes are not listed."""

DOUBT = "à vérifier"
"""A note that says so goes with the flag."""

HEARSAY = re.compile(
    r"\b(périmètre|territoires?|départements|existence|missions?|appui)\b[^.;:]*"
    r" : connaissance générale",
    re.IGNORECASE,
)
"""What a note says that no page tells, where it is whom the structure serves or for what."""

NATIONWIDE_NETWORKS = (
    (Kind.CRESS.value, "kind", Scale.REGION, "CRESS"),
    (Kind.URSCOP.value, "kind", Scale.REGION, "union régionale des Scop"),
    ("msa", "network", Scale.DEPARTEMENT, "caisse de MSA"),
)
"""Networks that share the country out: value, its column, level of the shares, name."""


def seats(data: Dataset) -> Iterator[Fault]:
    """The seat is a commune of today, under its name of today."""
    for row in data.structures:
        code = row["seat_insee"]
        if not code:
            if row["seat_commune"]:
                yield fault(STRUCTURES, row, "seat_commune", "commune du siège sans code Insee")
        elif (commune := data.territory.communes.get(code)) is None:
            yield fault(STRUCTURES, row, "seat_insee", not_today(data, code))
        elif row["seat_commune"] != commune.name:
            yield fault(STRUCTURES, row, "seat_commune", f"la commune {code} est {commune.name}")


def coverages(data: Dataset) -> Iterator[Fault]:
    """The area served resolves to communes of today."""
    for row in data.structures:
        level, codes = row["coverage_level"], row["coverage_codes"].split(SEPARATOR)
        if level == RADIUS:
            if len(codes) > 1 or not is_digits(codes[0]) or not 0 < int(codes[0]) <= RADIUS_KM_MAX:
                rule = f"un seul rayon, de 1 à {RADIUS_KM_MAX} km"
                yield fault(STRUCTURES, row, "coverage_codes", rule)
            if not row["seat_insee"]:
                yield fault(STRUCTURES, row, "seat_insee", "un rayon demande un siège")
        elif level in list(Scale):
            area_faults = (_area_fault(data, Scale(level), code) for code in codes)
            for rule in filter(None, area_faults):
                yield fault(STRUCTURES, row, "coverage_codes", rule)


def _area_fault(data: Dataset, scale: Scale, code: str) -> str | None:
    area = Area(scale, code)
    if data.territory.exists(area) and data.territory.members(area):
        return None
    if scale is Scale.COMMUNE:
        return not_today(data, code)
    return f"{code} n’est pas un code de territoire du niveau « {scale.label} »"


def not_today(data: Dataset, code: str) -> str:
    """Say what a code of commune that is not of today has become."""
    today = data.territory.resolve(code)
    if today is None:
        return f"le code {code} n’est pas celui d’une commune"
    return f"code ancien : {code} est aujourd’hui {today} ({data.territory.communes[today].name})"


def national_actors(data: Dataset) -> Iterator[Fault]:
    """A structure is an `acteur_national` if and only if it covers the whole country."""
    for row in data.structures:
        is_actor = Kind.ACTEUR_NATIONAL in _kinds(row)
        if is_actor != (row["coverage_level"] == Scale.NATIONAL):
            rule = "acteur_national si et seulement si la couverture est nationale"
            yield fault(STRUCTURES, row, "kind", rule)


def lists(data: Dataset) -> Iterator[Fault]:
    """A generalist has no other theme; the main kind is not among the other kinds."""
    for row in data.structures:
        themes = row["themes"].split(SEPARATOR)
        if GENERALIST in themes and len(themes) > 1:
            yield fault(STRUCTURES, row, "themes", f"{GENERALIST} va seul")
        if row["kind"] and row["kind"] in row["other_kinds"].split(SEPARATOR):
            yield fault(STRUCTURES, row, "other_kinds", "le type principal y est répété")


def aliases(data: Dataset) -> Iterator[Fault]:
    """No alias is of four letters or fewer, generic, or the name of another structure."""
    owners: dict[str, set[str]] = defaultdict(set)
    for row in data.structures:
        for name in (row["name"], *_aliases(row)):
            owners[name.casefold()].add(row["id"])
    common = {term.label.casefold() for terms in (Kind, Theme) for term in terms}
    for row in data.structures:
        for alias in _aliases(row):
            if sum(map(str.isalnum, alias)) < ALIAS_LETTERS_MIN:
                yield fault(STRUCTURES, row, "aliases", f"« {alias} » : moins de cinq lettres")
            elif not re.search(r"[\dA-ZÀ-Ý]", alias) or alias.casefold() in common:
                yield fault(STRUCTURES, row, "aliases", f"« {alias} » : nom commun")
            elif others := owners[alias.casefold()] - {row["id"]}:
                rule = f"« {alias} » désigne aussi {', '.join(sorted(others))}"
                yield fault(STRUCTURES, row, "aliases", rule)


def parks(data: Dataset) -> Iterator[Fault]:
    """A regional park, whose communes are not listed, is to be verified and says so."""
    for row in data.structures:
        if row["kind"] != Kind.PARC_NATUREL or row["coverage_level"] == Scale.COMMUNE:
            continue
        if row["to_verify"] != YES or PARK_REMINDER not in row["note"]:
            rule = f"périmètre approché d’un parc : note « {PARK_REMINDER} » et à vérifier"
            yield fault(STRUCTURES, row, "note", rule)


def local_poles(data: Dataset) -> Iterator[Fault]:
    """A local pole that is given a whole région is approximate, hence to be verified."""
    for row in data.structures:
        local = row["kind"] in (Kind.PTCE, Kind.POLE_ESS)
        if local and row["coverage_level"] == Scale.REGION and row["to_verify"] != YES:
            rule = "pôle local donné pour une région entière : périmètre approché, à vérifier"
            yield fault(STRUCTURES, row, "coverage_level", rule)


def hearsay(data: Dataset) -> Iterator[Fault]:
    """Whom a structure serves, or for what, that no page tells is to be verified."""
    for row in data.structures:
        if row["to_verify"] != YES and (said := HEARSAY.search(row["note"])):
            rule = f"« {said[0]} » : aucune page ne le dit, à vérifier"
            yield fault(STRUCTURES, row, "to_verify", rule)


def bodies(data: Dataset) -> Iterator[Fault]:
    """`body` names a row that stands for itself; a network has several members."""
    by_id = {row["id"]: row for row in data.structures}
    members = Counter(row["network"] for row in data.structures)
    for row in data.structures:
        carrier = by_id.get(row["body"])
        if row["body"] and (carrier is None or carrier["body"] or carrier is row):
            rule = "identifiant d’une autre structure, elle-même sans organisme porteur, attendu"
            yield fault(STRUCTURES, row, "body", rule)
        if row["network"] and members[row["network"]] == 1:
            yield fault(STRUCTURES, row, "network", "réseau d’une seule structure")


def shared_texts(data: Dataset) -> Iterator[Fault]:
    """Bodies of one network share one text: how many, as such a text says little, is said."""
    texts = Counter(row["description"] for row in data.structures)
    if count := sum(texts[row["description"]] > 1 for row in data.structures):
        rule = (
            f"{count} structures ont le même texte qu’une autre : il dit peu, leur réseau dit plus"
        )
        yield warning(STRUCTURES, "description", rule)


def partitions(data: Dataset) -> Iterator[Fault]:
    """CRESS, URSCOP and MSA share the country out: no overlap, and a hole is said."""
    communes = data.territory.communes.values()
    shares = {
        Scale.REGION: {commune.region for commune in communes},
        Scale.DEPARTEMENT: {commune.departement for commune in communes},
    }
    for value, column, scale, label in NATIONWIDE_NETWORKS:
        owner: dict[str, str] = {}
        for row in data.structures:
            if row[column] != value or row["coverage_level"] != scale:
                continue
            for code in row["coverage_codes"].split(SEPARATOR):
                if other := owner.get(code):
                    rule = f"{code} a déjà une {label} : {other}"
                    yield fault(STRUCTURES, row, "coverage_codes", rule)
                owner[code] = row["id"]
        holes = sorted(shares[scale] - owner.keys())
        if holes:
            names = ", ".join(data.territory.name(Area(scale, code)) for code in holes)
            yield warning(STRUCTURES, "coverage_codes", f"aucune {label} : {names}")


def default_stages(data: Dataset) -> Iterator[Fault]:
    """Stages that are those of the kind are weak evidence: how many rows have them is said."""
    common: dict[str, Counter[str]] = defaultdict(Counter)
    for row in data.structures:
        if row["stages"]:  # an operator accompanies nobody: it has none
            common[row["kind"]][row["stages"]] += 1
    count = sum(max(c.values()) for c in common.values() if sum(c.values()) > 1)
    if count:
        rule = f"{count} structures ont les étapes habituelles de leur type : indice faible"
        yield warning(STRUCTURES, "stages", rule)


def _kinds(row: Row) -> set[str]:
    return {row["kind"], *row["other_kinds"].split(SEPARATOR)}


def _aliases(row: Row) -> list[str]:
    return row["aliases"].split(SEPARATOR) if row["aliases"] else []


RULES: tuple[Rule, ...] = (
    seats,
    coverages,
    national_actors,
    lists,
    aliases,
    parks,
    local_poles,
    hearsay,
    bodies,
    shared_texts,
    partitions,
    default_stages,
)
