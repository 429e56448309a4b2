"""Where what reaches a person is written: in rows of contacts, and in the texts of all tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, String, Table, Text, null, or_, select
from sqlalchemy.orm import Session

from ..store.tables import AccountRole as RoleRow
from ..store.tables import AuditEntry, Base, Contact, account_roles
from . import addresses

ERASED = "[adresse effacée]"
"""What stands where the address stood."""
ERASED_NUMBER = "[numéro effacé]"
KEPT_APART = {"accounts", RoleRow.__tablename__, account_roles.name, AuditEntry.__tablename__}
"""Tables without anything of contacts: those who sign in, and a log without personal data."""


@dataclass(frozen=True)
class Sought:
    """An address or a number, as it is found in texts, and what takes its place.

    Parameters
    ----------
    pattern : re.Pattern
    mark : str
    """

    pattern: re.Pattern[str]
    mark: str = ERASED

    @classmethod
    def of(cls, way: str) -> Sought:
        """That of an electronic address, or of a telephone number."""
        if addresses.is_number(way):
            return cls(addresses.number_finder(way), ERASED_NUMBER)
        return cls(addresses.email_finder(way))

    def taken_from(self, value: Any) -> Any:
        """The same JSON value without it."""
        if isinstance(value, str):
            return self.pattern.sub(self.mark, value)
        if isinstance(value, list):
            return [self.taken_from(item) for item in value]
        if isinstance(value, dict):
            return {key: self.taken_from(item) for key, item in value.items()}
        return value


@dataclass(frozen=True)
class TextColumn:
    """A field of a row that holds a text.

    Parameters
    ----------
    dossier : int or None
        Number of the dossier that it belongs to.
    """

    table: str
    column: str
    row: int
    value: Any
    dossier: int | None = None


def written_as(way: str) -> str:
    """An address or a number as it is kept, bare and in small letters: the same is one text."""
    return addresses.number_of(way) if addresses.is_number(way) else way.strip().lower()


def ways_in(text: str) -> set[str]:
    """All addresses and numbers that a text may hold, as `written_as` writes them."""
    return addresses.addresses_in(text) | addresses.numbers_in(text)


def contacts_of(session: Session, way: str) -> list[Contact]:
    """The contacts of an address or a number, those too that hold more: « Mairie <…> », « a;b »."""
    sought = Sought.of(way).pattern
    asked = select(Contact.id, Contact.email, Contact.telephone)
    kept = asked.where(or_(Contact.email.is_not(None), Contact.telephone.is_not(None)))
    rows = [
        row.id for row in session.execute(kept) if any(map(sought.search, filter(None, row[1:])))
    ]
    return list(session.scalars(select(Contact).where(Contact.id.in_(rows)).order_by(Contact.id)))


def places(session: Session, way: str) -> Iterator[TextColumn]:
    """The texts of all tables where an address or a number stands."""
    sought = Sought.of(way)
    return (one for one in written(session) if sought.taken_from(one.value) != one.value)


def written(session: Session) -> Iterator[TextColumn]:
    """Read every text of every table: a few thousand rows, and none is forgotten."""
    for table in Base.metadata.sorted_tables:
        columns = _texts(table)
        if table.name in KEPT_APART or not columns:
            continue
        whose = _dossier_of(table)
        for row in session.execute(select(table.c.id, whose, *(table.c[name] for name in columns))):
            for name, value in zip(columns, row[2:], strict=True):
                yield TextColumn(table.name, name, row[0], value, row[1])


def strings(value: Any) -> Iterator[str]:
    """The texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def _dossier_of(table: Table) -> Any:
    if table.name == "dossiers":
        return table.c.id.label("dossier")
    return table.c.dossier_id if "dossier_id" in table.c else null()


def _texts(table: Table) -> list[str]:
    if "id" not in table.c:
        return []
    kinds = (String, Text, JSON)
    return [column.name for column in table.columns if isinstance(column.type, kinds)]
