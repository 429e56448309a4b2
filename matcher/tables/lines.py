"""From a delimited text to its rows: each line of the file is in exactly one of them.

A quotation mark that is not closed, or that is not at the edge of its value, costs the row where it
stands and no other: a value may go over several lines only when it is closed as it should be and
when none of these lines is a row by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise, takewhile

DELIMITERS = (";", ",", "\t", "|")
LINE_MAX = 100_000
"""Characters of a line of the file."""
SPAN_MAX = 200
"""Lines of the file that one row may go over: a long letter has some fifty."""
QUOTE = '"'
OPEN = "guillemet ouvert et jamais fermé : l’ôter, ou le fermer en fin de valeur"
TOO_LONG = "ligne trop longue"
SEP = re.compile(r'"?sep=(.)"?[;,\t]*', re.IGNORECASE)
"""The first line by which Excel is told the separator."""


@dataclass(frozen=True, slots=True)
class Record:
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

    def records(self, start: int = 1, width: int | None = None) -> Iterator[Record]:
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

    def _record(self, at: int, width: int | None) -> Record:
        line = self.lines[at]
        if len(line) > LINE_MAX:
            return Record(at + 1, [line[:LINE_MAX]], fault=TOO_LONG)
        if QUOTE not in line:
            return Record(at + 1, line.split(self.delimiter))
        cells, fault, lines = self._cells(at, self._anywhere)
        if lines > 1 and (fault or not self._is_one(at, lines, len(_trimmed(cells)), width)):
            cells, fault, lines = self._cells(at, self._on_its_line)
        return Record(at + 1, cells, lines, fault)

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
