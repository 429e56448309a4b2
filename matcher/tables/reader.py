"""One reader for every table that people bring: CSV, XLSX or ODS, as their tools write them.

The rows below the header are read, refused or blank, and nothing else: `Table` counts them, and a
count that does not fall right refuses the file whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.rows import ARCHIVES, FILE_MAX, ROWS_MAX, ZIP, Row, load

from .headers import SEARCHED, Header, Wanted, find_header, header_faults, missing
from .lines import DELIMITERS, Lines, SplitRow, read_text, separator_told
from .repair import repair
from .workbook import read_workbook

CSV = "CSV"

FORMULA = ("'=", "'+", "'-", "'@")
"""How our own tables begin a text that a spreadsheet would take for a formula."""


GARBAGE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that no text has: the file was damaged where they are."""
RAW = ("besoin",)
"""Columns whose text is given as it is to those who mend the text of a need."""


class Line(Row):
    """A row that was read: its columns by our names; the others are `kept` by theirs."""

    __slots__ = ("kept",)

    def __init__(
        self, values: Iterable[tuple[str, str]], line: int, kept: dict[str, str] | None = None
    ) -> None:
        super().__init__(values, line)
        self.kept = kept or {}


@dataclass(frozen=True)
class Source:
    """Where the rows of a table come from, as it was understood.

    Parameters
    ----------
    name : str
        How messages call the file.
    form : str
        `CSV`, `XLSX` or `ODS`.
    encoding, separator, sheet : str
        Those of a text, and that of a workbook; "" where there is none.
    header : Header
    """

    name: str
    form: str
    encoding: str
    separator: str
    sheet: str
    header: Header

    @property
    def told(self) -> str:
        """The file in a fault, with its sheet where it has some."""
        return f"{self.name}, feuille « {self.sheet} »" if self.sheet else self.name


@dataclass(frozen=True)
class Table:
    """A table that was read: each of its rows is read, refused or blank.

    Parameters
    ----------
    source : Source
    rows : list of Line
        Those that could be read.
    faults : list of Fault
        One for each row that could not.
    blank : int
        Rows without a value of their own: empty, or a total of the others.
    records : dict of int to SplitRow
        All rows but the blank ones, by their line, as they were.
    """

    source: Source
    rows: list[Line]
    faults: list[Fault]
    blank: int
    records: dict[int, SplitRow] = field(repr=False)

    @property
    def total(self) -> int:
        """The rows below the header."""
        return len(self.records) + self.blank

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns that we do not know, in the order of the file."""
        return tuple(self.source.header.kept.values())


def read_table(path: Path, wanted: Wanted, name: str | None = None) -> Table:
    """Read a table: what cannot be read of it is said row by row.

    Raises
    ------
    DataError
        When the file as a whole cannot be used: size, form, header.
    """
    name = name or path.name
    return parse_table(load_any(path, name), wanted, name)


def load_any(path: Path, name: str) -> bytes:
    """The bytes of a file that may be a workbook, of at most `FILE_MAX` bytes."""
    return load(path, name, FILE_MAX, workbooks=True)


def parse_table(data: bytes, wanted: Wanted, name: str) -> Table:
    """Read a table from its bytes: see `read_table`."""
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise DataError([Fault(name, None, None, None, "fichier vide")])
    for magic, what in ARCHIVES.items():
        if data.startswith(magic) and magic != ZIP:
            rule = f"c’est {what} : donner un fichier CSV, XLSX ou ODS"
            raise DataError([Fault(name, None, None, None, rule)])
    source, records = _opened(data, wanted, name)
    if faults := header_faults(source.header, wanted, source.told):
        raise DataError(faults)
    return _table(source, records)


def header_of(data: bytes, wanted: Wanted, name: str) -> Header:
    """The header of a table that may lack columns: the row that names the most of them.

    Raises
    ------
    DataError
        When the file holds no table.
    """
    return _opened(data, wanted, name)[0].header


def _opened(data: bytes, wanted: Wanted, name: str) -> tuple[Source, Iterator[SplitRow]]:
    return (_of_workbook if data.startswith(ZIP) else _of_text)(data, wanted, name)


def _of_text(data: bytes, wanted: Wanted, name: str) -> tuple[Source, Iterator[SplitRow]]:
    text, encoding = read_text(data)
    separator, start = separator_told(text)
    choices = (separator,) if separator else DELIMITERS
    found: list[tuple[int, int, Lines, Header]] = []
    for rank, choice in enumerate(choices):
        lines = Lines(text, choice)
        top = ((r.line, r.cells) for r in _top(lines, start))
        if header := find_header(top, wanted):
            found.append((len(missing(header, wanted)), rank, lines, header))
    if not found:
        raise DataError([Fault(name, None, None, None, "fichier vide")])
    # Of two separators that give all columns, the one that gives the most of them.
    _, _, lines, header = min(found, key=lambda f: (f[0], -len(f[3].written), f[1]))
    source = Source(name, CSV, encoding, lines.delimiter, "", header)
    head = next(r for r in lines.records(header.line))
    return source, lines.records(header.line + head.lines, header.width)


def _top(lines: Lines, start: int) -> Iterator[SplitRow]:
    for number, record in enumerate(lines.records(start)):
        if number > 2 * SEARCHED:
            return
        yield record


def _of_workbook(data: bytes, wanted: Wanted, name: str) -> tuple[Source, Iterator[SplitRow]]:
    form, sheets = read_workbook(data, name)
    found = []
    for rank, sheet in enumerate(sheets):
        if header := find_header(enumerate(sheet.rows, start=1), wanted):
            found.append((len(missing(header, wanted)), rank, sheet, header))
    if not found:
        raise DataError([Fault(name, None, None, None, "classeur sans aucune valeur")])
    whole = [f for f in found if not f[0] and len(f[2].rows) > f[3].line]
    if len(whole) > 1:
        names = ", ".join(f"« {f[2].name} »" for f in whole)
        rule = f"plusieurs feuilles ont les colonnes attendues ({names}) : une feuille par fichier"
        raise DataError([Fault(name, None, None, None, rule)])
    _, _, sheet, header = min(found, key=lambda f: f[:2])
    below = enumerate(sheet.rows[header.line :], start=header.line + 1)
    source = Source(name, form, "", "", sheet.name, header)
    return source, (SplitRow(line, cells) for line, cells in below)


def _table(source: Source, records: Iterable[SplitRow]) -> Table:
    header, name = source.header, source.told
    rows: list[Line] = []
    faults: list[Fault] = []
    kept: dict[int, SplitRow] = {}
    blank = count = 0
    for record in records:
        count += 1
        if count > ROWS_MAX:
            rule = f"plus de {ROWS_MAX // 1000} 000 lignes : partager le fichier"
            raise DataError([Fault(name, record.line, None, None, rule)])
        if record.is_blank or record.is_total:
            blank += 1
            continue
        kept[record.line] = record
        if fault := _fault(record, header, name):
            faults.append(fault)
        else:
            rows.append(_line(record, header))
    if len(rows) + len(faults) + blank != count:  # cannot be: then nothing of the file is used
        raise DataError([Fault(name, None, None, None, "des lignes manquent : rien n’est lu")])
    return Table(source, rows, faults, blank, kept)


def _fault(record: SplitRow, header: Header, name: str) -> Fault | None:
    """Why a row cannot be read, None when it can."""
    cells, width = record.cells, header.width
    if record.fault:
        return Fault(name, record.line, None, " ; ".join(cells)[:200], record.fault)
    surplus = next((cell for cell in cells[width:] if cell.strip()), None)
    short = next((i for i in range(len(cells), width) if header.written[i].strip()), None)
    count = len(cells)
    found = f"{count} valeurs" if count > 1 else "une seule valeur"
    rule = f"{found} au lieu de {width} sur la ligne"
    if surplus is not None:
        return Fault(name, record.line, None, surplus, rule)
    if short is not None:
        return Fault(name, record.line, header.written[count].strip(), cells[-1], rule)
    for i, cell in enumerate(cells[:width]):
        if GARBAGE.search(cell) and i not in header.remarks:
            rule = "caractère de contrôle"
            return Fault(name, record.line, header.written[i].strip(), cell, rule)
    return None


def _line(record: SplitRow, header: Header) -> Line:
    values = [_plain(cell) for cell in record.cells]
    values += [""] * (header.width - len(values))
    read: dict[str, str] = {}
    for i, name in header.known.items():
        value = values[i] if name in RAW else repair(values[i]).text.strip()
        # A column that a table has several times is one text, each with its own name over it.
        read[name] = _joined(header, i, read[name], value) if name in read else value
    return Line(
        read.items(),
        record.line,
        {name: values[i] for i, name in header.kept.items()},
    )


def _joined(header: Header, at: int, before: str, value: str) -> str:
    named = f"{header.written[at].strip()} : {value}" if value else ""
    return "\n".join(part for part in (before, named) if part)


def _plain(cell: str) -> str:
    """A value without the spaces around it, nor the mark that keeps it from being a formula."""
    value = cell.strip()
    return value[1:] if value.startswith(FORMULA) else value
