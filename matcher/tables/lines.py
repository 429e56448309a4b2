"""Texts of a file: the encoding that was read, and from a delimited text its rows.

Each line of the file is in exactly one row. A quotation mark that is not closed, or that is not at
the edge of its value, costs the row where it stands and no other: a value may go over several lines
only when it is closed as it should be and when none of these lines is a row by itself.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise, takewhile

from charset_normalizer import from_bytes

from matcher.catalogue.rows import LINE_MAX

UTF_8, UTF_16, CP1252 = "UTF-8", "UTF-16", "Windows-1252"
FRENCH = frozenset("éèêëàâäçîïôöùûüÿœæÉÈÊËÀÂÄÇÎÏÔÖÙÛÜŒÆ’‘“”«»–—…€°²³·\u00a0")
"""Characters beyond ASCII that a French text in Windows-1252 has."""
OTHERS = ("mac_roman", "cp850", "cp1252", "latin_1")
"""Encodings that are weighed when Windows-1252 gives something else than French."""
LABELS = {"mac_roman": "Mac Roman", "cp850": "CP850 (DOS)", "latin_1": "Latin-1"}
SAMPLE = 20_000
"""Bytes that are looked at to tell an encoding."""


def read_text(data: bytes) -> tuple[str, str]:
    """The text of a file and its encoding, in words for a reader; nothing is left out.

    >>> read_text("Lodève".encode("cp1252"))
    ('Lodève', 'Windows-1252')
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data.removeprefix(codecs.BOM_UTF8)
        label = f"{UTF_8} (avec BOM)"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), UTF_16
    elif wide := _wide(data[:SAMPLE]):
        return data.decode(wide, "replace"), UTF_16
    else:
        label = UTF_8
    try:
        return data.decode("utf-8"), label
    except UnicodeDecodeError:
        return _by_line(data)


def _wide(sample: bytes) -> str:
    """The UTF-16 of a file without its mark: every other byte of a French text is nought."""
    half = len(sample) // 2
    if half and sample[1::2].count(0) > 0.7 * half and sample[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if half and sample[::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return ""


def _by_line(data: bytes) -> tuple[str, str]:
    """A text that is not UTF-8 as a whole: some of its lines may be, when two files were joined."""
    lines = data.split(b"\n")
    decoded = [_utf_8(line) for line in lines]
    broken = [i for i, text in enumerate(decoded) if text is None]
    if not any(text is not None and not text.isascii() for text in decoded):
        name, label = _single(data[:SAMPLE] if _beyond(data[:SAMPLE]) else data)
        return data.decode(name, "replace"), label
    name, label = _single(b"\n".join(lines[i] for i in broken)[:SAMPLE])
    for i in broken:
        decoded[i] = lines[i].decode(name, "replace")
    joined = "\n".join(text or "" for text in decoded)
    return joined, f"{UTF_8}, et {label} pour {len(broken)} ligne(s)"


def _utf_8(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _beyond(data: bytes) -> bool:
    return not data.isascii()


def _single(sample: bytes) -> tuple[str, str]:
    """The encoding of one byte a character that a sample is in."""
    beyond = [c for c in sample.decode("cp1252", "replace") if not c.isascii()]
    if all(c in FRENCH for c in beyond):
        return "cp1252", CP1252
    found = from_bytes(sample, cp_isolation=list(OTHERS)).best()
    name = found.encoding if found else "cp1252"
    french = {n: _french(sample, n) for n in ("cp1252", name)}
    best = max(french, key=lambda n: (french[n], n == "cp1252"))
    return best, f"{LABELS.get(best, CP1252)} (supposé)"


def _french(sample: bytes, name: str) -> int:
    return sum(c in FRENCH for c in sample.decode(name, "replace"))


DELIMITERS = (";", ",", "\t", "|")
SPAN_MAX = 200
"""Lines of the file that one row may go over: a long letter has some fifty."""
QUOTE = '"'
OPEN = "guillemet ouvert et jamais fermé : l’ôter, ou le fermer en fin de valeur"
TOO_LONG = "ligne trop longue"
TOTAL = re.compile(
    r"(?:grand |sous[ -]?)?tota(?:l|ux)(?: g[ée]n[ée]ral| des? [\w' -]{1,40})?|somme|moyenne",
    re.IGNORECASE,
)
NUMBER = re.compile(r"[-+]?[\d\s\u00a0\u202f]+(?:[.,]\d+)?\s*(?:[%€]|[^\W\d]+)?")
"""What a row of totals holds: its word, then numbers only, or « 12 communes »."""
SEP = re.compile(r'"?sep=(.)"?[;,\t]*', re.IGNORECASE)
"""The first line by which Excel is told the separator."""


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A row as it was split.

    Parameters
    ----------
    line : int
        Its first line in the file, from 1.
    cells : list of str
        Its values.
    lines : int
        How many lines of the file it takes.
    fault : str
        Why it cannot be read, in French; "" when it can.
    """

    line: int
    cells: list[str]
    lines: int = 1
    fault: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether no cell holds anything."""
        return not self.fault and not any(map(str.strip, self.cells))

    @property
    def is_total(self) -> bool:
        """Whether it only counts the others: « Total », then numbers."""
        said = [cell.strip() for cell in self.cells if cell.strip()]
        if self.fault or not said or not TOTAL.fullmatch(said[0].rstrip(" :")):
            return False
        return all(NUMBER.fullmatch(value) for value in said[1:])


class Lines:
    """The lines of a text, split by one delimiter.

    Parameters
    ----------
    text : str
    delimiter : str
        One character.
    """

    def __init__(self, text: str, delimiter: str) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
        self.delimiter = delimiter
        self.lines = self.text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self.lines)]
        d = re.escape(delimiter)
        inside = '(?:[^"]|"")'
        self._anywhere = re.compile(rf'"({inside}*+)"(?=\s*?(?:{d}|\n|\Z))')
        self._on_its_line = re.compile(rf'"((?:[^"\n]|"")*+)"(?=\s*?(?:{d}|\n|\Z))')

    def records(self, start: int = 1, width: int | None = None) -> Iterator[SplitRow]:
        """The rows from a line on.

        Parameters
        ----------
        width : int or None
            Columns of the table; None before its header is known.
        """
        at = start - 1
        while at < len(self.lines):
            record = self._record(at, width)
            yield record
            at += record.lines

    def _record(self, at: int, width: int | None) -> SplitRow:
        line = self.lines[at]
        if len(line) > LINE_MAX:
            return SplitRow(at + 1, [line[:LINE_MAX]], fault=TOO_LONG)
        if QUOTE not in line:
            return SplitRow(at + 1, line.split(self.delimiter))
        cells, fault, lines = self._cells(at, self._anywhere)
        if lines > 1 and (fault or not self._is_one(at, lines, len(_trimmed(cells)), width)):
            cells, fault, lines = self._cells(at, self._on_its_line)
        return SplitRow(at + 1, cells, lines, fault)

    def _cells(self, at: int, quoted: re.Pattern[str]) -> tuple[list[str], str, int]:
        """The values of the row that starts at a line, its fault, and how many lines it takes."""
        position, end = self._starts[at], self._starts[min(at + SPAN_MAX, len(self.lines))] - 1
        cells, fault, lines = [], "", 1
        while True:
            if found := quoted.match(self.text, position, end):
                cells.append(found[1].replace('""', QUOTE))
                lines += found[1].count("\n")
                position = found.end()
                while position < end and self.text[position] not in (self.delimiter, "\n"):
                    position += 1  # spaces after the closing mark
            else:
                stop = self._starts[at + lines] - 1
                cut = self.text.find(self.delimiter, position, stop)
                value = self.text[position : stop if cut < 0 else cut]
                if value.lstrip().startswith(QUOTE) and value.count(QUOTE) % 2:
                    fault = OPEN
                cells.append(value)
                position += len(value)
            if position >= end or self.text[position] == "\n":
                return cells, fault, lines
            position += 1

    def _is_one(self, at: int, lines: int, cells: int, width: int | None) -> bool:
        """Whether a row over several lines is one: not a few that two stray marks hold together."""
        if width is not None and cells > width:
            return False
        return not any(
            self._is_row(self.lines[i], first=i == at, last=i == at + lines - 1, width=width)
            for i in range(at, at + lines)
        )

    def _is_row(self, line: str, *, first: bool, last: bool, width: int | None) -> bool:
        """Whether a line could be a row by itself: prose has a space after its punctuation."""
        values = line.split(self.delimiter)
        if len(values) < (width or 2) or sum(bool(v.strip(' "')) for v in values) < 2:
            return False
        inside = line
        if first:
            inside = inside[inside.find(QUOTE) + 1 :]
        elif last:
            inside = inside[: inside.find(QUOTE)]
        parts = inside.split(self.delimiter)
        return any(
            before[-1:] != " " and after[:1] != " "
            for before, after in pairwise(parts)
            if before.strip() or after.strip()
        )


def separator_told(text: str) -> tuple[str, int]:
    """The separator that a first line `sep=;` tells and the line after it; "" and 1 without one."""
    first = text[:20].replace("\r", "\n").partition("\n")[0]
    found = SEP.fullmatch(first)
    return (found[1], 2) if found else ("", 1)


def _trimmed(cells: list[str]) -> list[str]:
    """The values without the blank ones at the end."""
    blank = sum(1 for _ in takewhile(lambda cell: not cell.strip(), reversed(cells)))
    return cells[: len(cells) - blank]
