"""A column and a table: what they must hold, said once for the check, the messages, the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

SEPARATOR = "|"
"""Between the values of a column that holds a list."""


def items(value: str) -> tuple[str, ...]:
    """The values of a column that holds a list; none for a blank."""
    return tuple(value.split(SEPARATOR)) if value else ()


def is_digits(value: str) -> bool:
    """True for plain digits: « ² » is a digit to Python and no number to `int`."""
    return value.isascii() and value.isdigit()


@dataclass(frozen=True, eq=False)
class Column:
    """A column: what a value must be, and how to say it in French.

    Parameters
    ----------
    name, description : str
        Name in the file; French description, published.
    rule : str
        What is expected, in French, for the message of a fault; made from the codes by default.
    required, unique : bool
        Whether a value must be there, and be there once only.
    codes : dict of str to str or None
        The closed list of values, each with its label; None when the list is open.
    pattern : str
        Regular expression that the whole value must match.
    many : bool
        Whether the value is a list, separated by `|`, of different items.
    repeats : bool
        Whether an item may come again in the list.
    minimum, maximum : int or None
        Bounds of a whole number; a column with a `minimum` is one.
    length : int
        Characters at most.
    """

    name: str
    description: str
    rule: str = ""
    required: bool = False
    unique: bool = False
    codes: dict[str, str] | None = None
    pattern: str = ""
    many: bool = False
    repeats: bool = False
    minimum: int | None = None
    maximum: int | None = None
    length: int = 1_000

    @property
    def is_number(self) -> bool:
        """True for a column of whole numbers."""
        return self.minimum is not None

    @cached_property
    def item(self) -> str:
        """Regular expression of one item."""
        return "|".join(map(re.escape, self.codes)) if self.codes else self.pattern

    @cached_property
    def regex(self) -> re.Pattern[str] | None:
        """Expression that an item must match as a whole, None when anything goes."""
        return re.compile(rf"(?:{self.item})") if self.item else None

    def items(self, value: str) -> list[str]:
        """The items of a value: none for a blank."""
        if not value:
            return []
        return value.split(SEPARATOR) if self.many else [value]

    def faults(self, value: str) -> Iterator[str]:
        """The rules that a value breaks, in French; uniqueness is for the table to say."""
        if not value:
            if self.required:
                yield "valeur obligatoire"
            return
        if len(value) > self.length:
            yield f"plus de {self.length} caractères"
            return  # no expression is run on a text without limit
        if "\n" in value or "\t" in value or "\r" in value:
            yield "tabulation ou retour à la ligne dans la valeur"
        if self.is_number:
            if not is_digits(value):
                yield "nombre entier attendu"
            elif not (self.minimum or 0) <= int(value) <= (self.maximum or int(value)):
                yield self.rule or f"nombre de {self.minimum} à {self.maximum} attendu"
            return
        items = self.items(value)
        if self.regex and not all(self.regex.fullmatch(item) for item in items):
            yield self.rule or f"attendu : {', '.join(self.codes or ())}"
        elif not self.repeats and len(set(items)) < len(items):
            yield "élément présent deux fois dans la liste"

    def schema(self) -> dict[str, object]:
        """The field descriptor of the Table Schema standard."""
        constraints: dict[str, object] = {}
        if self.required:
            constraints["required"] = True
        if self.unique:
            constraints["unique"] = True
        if self.is_number:
            bounds = {"minimum": self.minimum, "maximum": self.maximum}
            constraints |= {key: value for key, value in bounds.items() if value is not None}
        elif self.codes and not self.many:
            constraints["enum"] = list(self.codes)
        elif self.many:
            item = self.item or r"[^|]+"
            constraints["pattern"] = rf"({item})(\|({item}))*"
        elif self.pattern:
            constraints["pattern"] = self.pattern
        if not self.is_number:
            constraints["maxLength"] = self.length
        field: dict[str, object] = {
            "name": self.name,
            "type": "integer" if self.is_number else "string",
            "description": self.description,
        }
        if self.codes:
            field["categories"] = [{"value": k, "label": v} for k, v in self.codes.items()]
        return field | {"constraints": constraints}


@dataclass(frozen=True, eq=False)
class TableSchema:
    """A published table: `data/catalogue/<name>.csv`. The first column is the key."""

    name: str
    title: str
    columns: tuple[Column, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the file."""
        return tuple(column.name for column in self.columns)

    @property
    def file(self) -> str:
        """Path of the file within the folder of the data."""
        return f"catalogue/{self.name}.csv"

    def schema(self) -> dict[str, object]:
        """The Table Schema of the table."""
        return {
            "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
            "name": self.name,
            "title": self.title,
            "primaryKey": self.columns[0].name,
            "missingValues": [""],
            "fields": [column.schema() for column in self.columns],
        }
