"""Strict reading of a CSV file: every row has the columns of the header, or the file is refused.

The limits come first, so that a hostile file is refused within a second or two whatever it holds:
nothing is parsed before its size is known, no line is split before its length is known.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from . import files
from .faults import DataError, Fault

FILE_MAX = 32 * 2**20
"""Bytes of a file: ten times the list of the communes, the longest table of `data/`."""

COLUMNS_MAX = 200
"""Columns of a table: data.inclusion, the widest that is read here, has about 40."""
ROWS_MAX = 100_000
"""Rows of a table: there are 35,000 communes."""

LINE_MAX = 100_000
"""Characters of a line of the file."""

RECORD_LINES_MAX = 500
"""Lines of the file that one row may span: past it, a quotation mark was never closed."""

FAULTS_MAX = 1_000
"""Faults of rows that are kept; reading stops there."""

ARCHIVES = {
    b"PK\x03\x04": "une archive ZIP ou un classeur XLSX ou ODS",
    b"PK\x05\x06": "une archive ZIP vide",
    b"\x1f\x8b": "une archive GZIP",
    b"BZh": "une archive BZIP2",
    b"\xfd7zXZ": "une archive XZ",
    b"7z\xbc\xaf": "une archive 7-Zip",
    b"Rar!": "une archive RAR",
    b"\xd0\xcf\x11\xe0": "un classeur XLS",
    b"%PDF": "un document PDF",
    b"PAR1": "un fichier Parquet",
}
"""First bytes of what people hand over in the place of a CSV file."""

ZIP = b"PK\x03\x04"

# Controls but tab and line ends; then what is invisible, turns text around or is no character.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)


class Row(dict[str, str]):
    """The values of a row by column, stripped, and its `line` in the file (the header is 1)."""

    __slots__ = ("line",)

    def __init__(self, values: Iterable[tuple[str, str]], line: int) -> None:
        super().__init__(values)
        self.line = line


def read_rows(
    path: Path,
    columns: Collection[str] = (),
    optional: Collection[str] | None = None,
    name: str | None = None,
) -> list[Row]:
    """Read a table, or refuse it.

    Parameters
    ----------
    path : Path
        A CSV file: UTF-8 (a BOM is accepted), `,` or `;` between the values, a header.
    columns : collection of str
        Columns that the file must have.
    optional : collection of str or None
        Further columns that it may have; None accepts any.
    name : str or None
        How messages call the file; the name of the file by default.

    Returns
    -------
    list of Row
        In the order of the file; rows without any value are left out.

    Raises
    ------
    DataError
        With all the faults found.
    """
    rows, faults = scan_rows(path, columns, optional, name)
    if faults:
        raise DataError(faults)
    return rows


def read_reference(folder: Path, name: str, columns: tuple[str, ...]) -> list[Row]:
    """Read a table of `reference/`, named so in its faults.

    Raises
    ------
    DataError
        The table is absent, or cannot be read.
    """
    return read_rows(folder / "reference" / name, columns, name=f"reference/{name}")


def scan_rows(
    path: Path,
    columns: Collection[str] = (),
    optional: Collection[str] | None = None,
    name: str | None = None,
    times: int = 1,
) -> tuple[list[Row], list[Fault]]:
    """Read the good rows and report the others: `read_rows` for those who can go on without.

    Parameters
    ----------
    times : int
        How many times longer than `ROWS_MAX` and `FILE_MAX` the table may be.

    Raises
    ------
    DataError
        When the fault is of the whole file: encoding, header, size.
    """
    name = name or path.name
    text = decode(load(path, name, times * FILE_MAX), name)
    records = _records(text, delimiter_of(text), name)
    line, header = next(records, (1, []))
    header = [column.strip() for column in header]
    if faults := list(_header_faults(header, line, columns, optional, name)):
        raise DataError(faults)

    rows: list[Row] = []
    width = len(header)
    try:
        for line, record in records:
            if len(record) == width:
                rows.append(Row(zip(header, map(str.strip, record), strict=True), line))
            elif record:
                faults.append(_row_fault(header, record, line, name))
            long = len(rows) > times * ROWS_MAX
            if long or len(faults) == FAULTS_MAX:
                rule = (
                    f"plus de {times * ROWS_MAX // 1000} 000 lignes" if long else "trop de fautes"
                )
                faults.append(Fault(name, line, None, None, f"{rule}, lecture arrêtée"))
                break
    except DataError as error:  # a line that cannot be split: what follows cannot be trusted
        faults.extend(error.faults)
    # One search of the whole text; only a file at fault pays for a search of each value.
    if FORBIDDEN.search(text):
        rows, hidden = split_hidden(rows, name)
        faults.extend(hidden[:FAULTS_MAX])
    return rows, sorted(faults, key=lambda fault: fault.line or 0)


def among(file: str, row: Row, column: str, codes: Collection[str]) -> Iterator[Fault]:
    """The fault of a value that is not one of the codes."""
    if row[column] not in codes:
        rule = f"valeur attendue parmi : {', '.join(codes)}"
        yield Fault(file, row.line, column, row[column] or None, rule)


def delimiter_of(text: str) -> str:
    """What stands between the values of a table: `;` or `,`, by its header."""
    head = text[:LINE_MAX].partition("\n")[0]
    return ";" if head.count(";") > head.count(",") else ","


def load(path: Path, name: str, limit: int = FILE_MAX, *, workbooks: bool = False) -> bytes:
    """The bytes of a file of at most `limit` bytes that is neither absent, empty nor an archive.

    A workbook is an archive too, for those who read `workbooks`.
    """
    try:
        with files.opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            start = file.read(8)
            for magic, what in ARCHIVES.items():
                if start.startswith(magic) and not (workbooks and magic == ZIP):
                    raise _refusal(name, None, f"c’est {what} : donner un fichier CSV")
            if size > limit:
                raise _refusal(name, None, f"fichier de plus de {limit // 2**20} Mo")
            data = start + file.read(limit)
    except FileNotFoundError:
        raise _refusal(name, None, "fichier introuvable") from None
    except files.NotAFile:
        raise _refusal(name, None, "ce n’est pas un fichier") from None
    except OSError as error:
        raise _refusal(name, None, f"fichier illisible ({error.strerror})") from None
    if not data.strip():
        raise _refusal(name, None, "fichier vide")
    return data


def decode(data: bytes, name: str) -> str:
    """The text of UTF-8 bytes, with or without a BOM; anything else is named and refused."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refusal(name, None, "ce fichier n’est pas en UTF-8 (il est en UTF-16)")
    if (zero := data.find(b"\0")) >= 0:
        raise _refusal(name, data.count(b"\n", 0, zero) + 1, "octet nul dans le fichier")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        start = max(data.rfind(b"\n", 0, error.start) + 1, error.start - 20)
        value = data[start : error.start + 20].decode("cp1252", "replace").partition("\n")[0]
        rule = (
            "ce fichier n’est pas en UTF-8 (il semble être en Latin-1 ou Windows-1252) : "
            "l’enregistrer en « CSV UTF-8 »"
        )
        raise DataError([Fault(name, line, None, value, rule)]) from None


def _records(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the text, each with the line it starts at."""
    start = 1  # line of the row being read
    seen = 0  # lines handed to the csv module

    def lines() -> Iterator[str]:
        nonlocal seen
        for line in io.StringIO(text, newline=""):
            seen += 1
            if len(line) > LINE_MAX:
                raise _refusal(name, seen, "ligne trop longue", line)
            if seen - start > RECORD_LINES_MAX:
                raise _refusal(name, start, "guillemet ouvert et jamais fermé sur cette ligne")
            yield line

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    try:
        for record in reader:
            yield start, record
            start = seen + 1
    except csv.Error as error:
        rule = (
            "valeur trop longue (guillemet jamais fermé ?)"
            if "field limit" in str(error)
            else "guillemets mal placés ou jamais fermés"
        )
        raise _refusal(name, start, rule) from None


def _header_faults(
    header: list[str],
    line: int,
    required: Collection[str],
    optional: Collection[str] | None,
    name: str,
) -> Iterator[Fault]:
    """What is wrong in the names of the columns."""
    if len(header) > COLUMNS_MAX:
        rule = f"{len(header)} colonnes, {COLUMNS_MAX} au plus"
        yield Fault(name, line, None, None, rule)
        return  # 200,000 faults would help nobody
    if "" in header:
        yield Fault(name, line, None, None, f"la colonne {header.index('') + 1} n’a pas de nom")
    for column, count in Counter(header).items():
        if count > 1 and column:
            yield Fault(name, line, column, None, f"colonne présente {count} fois")
        elif optional is not None and column not in required and column not in optional:
            yield Fault(name, line, column, None, "colonne inconnue")
    for column in required:
        if column not in header:
            yield Fault(name, line, column, None, "colonne absente")


def _row_fault(header: list[str], record: list[str], line: int, name: str) -> Fault:
    """A row that has more or fewer values than the header."""
    count, width = len(record), len(header)
    column = header[count] if count < width else None
    value = record[width] if count > width else record[-1]
    found = f"{count} valeurs" if count > 1 else "une seule valeur"
    return Fault(name, line, column, value, f"{found} au lieu de {width} sur la ligne")


def split_hidden(rows: list[Row], name: str) -> tuple[list[Row], list[Fault]]:
    """The rows without a forbidden character, and a fault for each of the others."""
    good, faults = [], []
    for row in rows:
        hidden = [c for c, v in row.items() if FORBIDDEN.search(v)]
        if hidden:
            rule = "caractère de contrôle ou invisible"
            faults.append(Fault(name, row.line, hidden[0], row[hidden[0]], rule))
        else:
            good.append(row)
    return good, faults


def _refusal(name: str, line: int | None, rule: str, value: str | None = None) -> DataError:
    return DataError([Fault(name, line, None, value, rule)])
