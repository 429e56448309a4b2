"""The needs of a cohort as people hand them over: a table, one row a need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.model import Need
from matcher.catalogue.rows import Row
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.tables.asked import NeedError, check_need
from matcher.tables.headers import Wanted
from matcher.tables.reader import Line, Table, header_of, parse_table, read_table
from matcher.tables.repair import repair, told
from matcher.territory.doubts import stands_for_nothing
from matcher.territory.nest import Territory, UnknownCommune
from matcher.territory.together import place

from .wording import said_in, values_of

PLACE = ("commune", "insee", "code_postal")
"""Columns that say the commune: one of them at least. The Insee code is the surest."""
REQUIRED = (PLACE, ("besoin",))
OPTIONAL = ("themes", "themes_ecartes", "etape", "id", "departement")
NOTE = "ni commune ni besoin sur cette ligne : un total, une note ? La compléter, ou l’ôter"
GUESSED = 20
"""Unknown names of a file for which communes are suggested: a file of nothing but these, handed to
the site, would keep others waiting."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A need with the key that its table gives it: unique in the table, `ligne-N` by default.

    Parameters
    ----------
    kept : tuple of (str, str)
        What its row says in columns that are not ours, for the tables that are made of it.
    repairs : tuple of str
        What was repaired in its text that may change the meaning: French sentences (see `repair`).
    typed : str
        What its row says of its place, as it was typed; empty when there is no row.
    aside : tuple of str
        What its row says of themes and situation that is none of ours: French sentences.
    """

    id: str
    need: Need
    kept: tuple[tuple[str, str], ...] = ()
    repairs: tuple[str, ...] = ()
    typed: str = ""
    aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Needs:
    """A table of needs that was read.

    Parameters
    ----------
    table : Table
        What was understood of the file, with its rows as they were.
    found : list of (Line, Demand)
        The good rows, in the order of the file.
    faults : list of Fault
        What is wrong with each of the others, one fault a row, in the order of the file.
    """

    table: Table
    found: list[tuple[Line, Demand]]
    faults: list[Fault]

    @property
    def demands(self) -> list[Demand]:
        """The needs alone."""
        return [demand for _, demand in self.found]

    @property
    def repaired(self) -> list[tuple[int, str]]:
        """The line of each need that was repaired or of which a word was set aside, in French."""
        return [
            (row.line, " ".join(filter(None, (told(demand.repairs), *demand.aside))))
            for row, demand in self.found
            if demand.repairs or demand.aside
        ]


class PlacesOfFile:
    """The communes of one file: each name is looked for once."""

    def __init__(self, territory: Territory) -> None:
        self.territory = territory
        self._found: dict[tuple[str, str, str], tuple[str | None, str]] = {}
        self._guesses = GUESSED

    def find(self, name: str, code: str = "", beside: str = "") -> tuple[str | None, str]:
        """The code of a commune, or of several (see `Place.code`), or why there is none.

        Parameters
        ----------
        code : str
            `insee` or `code_postal` when the column says which kind of code it holds.
        beside : str
            What other columns of the row say of the place: a name, a département.
        """
        key = (name, code, beside)
        if key not in self._found:
            self._found[key] = self._find(name, code, beside)
        return self._found[key]

    def _find(self, name: str, code: str, beside: str) -> tuple[str | None, str]:
        try:
            return place(name, self.territory, self._guesses > 0, code, beside).code, ""
        except UnknownCommune as error:
            self._guesses -= 1
            return None, str(error).rstrip(".")


def read_demands(path: Path, territory: Territory) -> tuple[list[Demand], list[Fault]]:
    """Read the good rows of a table of needs, and say what is wrong with each of the others.

    Parameters
    ----------
    path : Path
        CSV, XLSX or ODS: `commune` (name, Insee or postal code), `besoin`, and if wanted `themes`,
        `etape`, `id`, under the names that people give them. Other columns are kept.
    territory : Territory

    Returns
    -------
    list of Demand
        In the order of the file, with codes of today.
    list of Fault
        File, line, column, value and rule of each row left out.

    Raises
    ------
    DataError
        When the file as a whole cannot be read.
    """
    needs = read_needs(path, territory)
    return needs.demands, needs.faults


def read_needs(path: Path, territory: Territory) -> Needs:
    """Read a table of needs with all that is to be told of it: see `read_demands`."""
    return _needs(read_table(path, Wanted(REQUIRED, OPTIONAL)), territory)


def parse_needs(
    data: bytes,
    territory: Territory,
    further: Collection[str] = (),
    name: str = "besoins.csv",
    most: int | None = None,
    chosen: Mapping[str, str] = MappingProxyType({}),
    several: Collection[str] = (),
) -> Needs:
    """Read a table of needs from its bytes.

    Parameters
    ----------
    further : collection of str
        Columns that the file may have besides, for the caller to read.
    most : int or None
        Rows at most. They are counted first: a commune that is unknown takes milliseconds to find.
    chosen, several
        See `Wanted`.

    Raises
    ------
    DataError
        When the file as a whole cannot be read, or has more rows.
    """
    wanted = Wanted(REQUIRED, (*OPTIONAL, *further), chosen=chosen, several=several)
    table = parse_table(data, wanted, name)
    if most is not None and len(table.records) > most:
        rule = f"{len(table.records)} besoins, {most} au plus : partagez le fichier"
        raise DataError([Fault(name, None, None, None, rule)])
    return _needs(table, territory)


def columns_of(
    data: bytes, name: str, further: Collection[str] = (), chosen: Mapping[str, str] | None = None
) -> tuple[list[tuple[str, str]], list[str]]:
    """What the columns of a table of needs are taken for, those that it lacks included.

    Returns
    -------
    list of (str, str)
        Each column as it is written, and our name of it, "" where it has none.
    list of str
        The columns that a person may choose, those that are required first.

    Raises
    ------
    DataError
        When the file holds no table.
    """
    ours = [*PLACE, "besoin", *OPTIONAL, *further]
    wanted = Wanted(REQUIRED, (*OPTIONAL, *further), chosen=chosen or {})
    header = header_of(data, wanted, name)
    written = [(i, " ".join(cell.split())) for i, cell in enumerate(header.written)]
    return [(cell, header.known.get(i, "")) for i, cell in written if cell], ours


def _needs(table: Table, territory: Territory) -> Needs:
    name = table.source.told
    faults = list(table.faults)
    found: list[tuple[Line, Demand]] = []
    lines: dict[str, int] = {}
    header = table.source.header
    written = {name: header.written[i].strip() for i, name in header.known.items()}
    places = PlacesOfFile(territory)
    for row in table.rows:
        need = need_of(row, name, places)
        if isinstance(need, Fault):
            faults.append(need)
            continue
        key = row.get("id") or f"ligne-{row.line}"
        if key in lines:
            faults.append(Fault(name, row.line, "id", key, f"déjà présent à la ligne {lines[key]}"))
        else:
            lines[key] = row.line
            repairs, said = repair(row["besoin"]).changes, said_in(row)
            unread = [(written[c], row[c]) for c in dict(said.unknown)]
            kept = (*unread, *row.kept.items())
            found.append((row, Demand(key, need, kept, repairs, place_of(row)[1], said.aside)))
    told = [replace(f, column=written.get(f.column or "", f.column)) for f in faults]
    return Needs(table, found, sorted(told, key=lambda fault: fault.line or 0))


def need_of(row: Row, file: str, places: PlacesOfFile) -> Need | Fault:
    """The need of a row, checked, or the first fault of it.

    Its themes and its situation may be absent, and `themes_ecartes`: those that it does not mean.
    A word of theirs that is none of ours is set aside where the text can be read in its place.
    """
    line, said = row.line, said_in(row)
    if said.unknown and not row["besoin"].strip():
        column, value = said.unknown[0]
        rule = f"valeur inconnue ; valeurs possibles : {values_of(column)}"
        return Fault(file, line, column, value, rule)
    if len(said.stages) > 1:
        return Fault(file, line, "etape", row["etape"], "une seule situation par besoin")
    column, query, kind, beside = place_of(row)
    if not query and not row["besoin"].strip() and not said.themes:
        return Fault(file, line, None, None, NOTE)
    commune, unknown = places.find(query, kind, beside)
    if commune is None:
        return Fault(file, line, column, query, unknown)
    need = Need(
        commune,
        row["besoin"],
        tuple(map(Theme, said.themes)),
        Stage(said.stages[0]) if said.stages else None,
        excluded=tuple(map(Theme, said.excluded)),
    )
    try:
        return check_need(need, places.territory)
    except NeedError as error:
        return Fault(file, line, "besoin", row["besoin"], str(error).rstrip("."))


def place_of(row: Mapping[str, str]) -> tuple[str, str, str, str]:
    """The column that says the commune of a row, its value, the kind of its code, what is beside.

    The Insee code comes first, then the name, then the postal code.
    """
    said = {
        column: value
        for column in ("insee", "commune", "code_postal")
        if (value := row.get(column))
    }
    # « à compléter » beside a usable code says nothing: the code does.
    told = {column: value for column, value in said.items() if not stands_for_nothing(value)}
    said = told or said
    column = next(iter(said), next(c for c in PLACE if c in row))
    others = [value for c, value in said.items() if c != column]
    if row.get("departement"):
        others.append(row["departement"])
    kind = column if column != "commune" else ""
    return column, said.get(column, ""), kind, ", ".join(others)
