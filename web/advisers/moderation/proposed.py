"""What is proposed of a record, by column: the form of its moderator begins with it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from matcher import NeedError
from matcher.catalogue import french
from matcher.upkeep import Record, confirmed

from ...casework import clock
from ...casework.dossiers.inbox import Kind
from ...casework.store.tables import Proposal
from ...context import matcher
from . import records

THEMES = 3
"""Themes read in a description that are proposed."""
RIGHT = "juste"
"""Answer of a structure that finds nothing to correct: publishing it dates the record."""


def values(found: Proposal, record: Record) -> dict[str, str]:
    """Give the values that were proposed of a record."""
    content = found.content
    source, title = content.get("source") or "", content.get("titre") or ""
    if found.kind == Kind.CORRECTION.value:
        known = record.fields[records.SOURCES]
        pages = [*([source] if source and source not in known else []), *([known] if known else [])]
        said = {records.SOURCES: records.SOURCE_SEPARATOR.join(pages)}
        name = "title" if "title" in record.fields else "name"
        said |= {name: title} if title else {}
        if content.get("confirmation") == RIGHT:
            said["note"] = confirmed(record.fields["note"], clock.day_of(found.created_at))
        return said
    text = f"{title}. {content.get('description') or ''}"
    themes: Iterable[str] = ()
    with suppress(NeedError):  # a text of signs only: nothing is read in it
        themes = [theme.theme.value for theme in matcher.read(text).themes[:THEMES]]
    if found.kind == Kind.STRUCTURE.value:
        return {
            "name": title,
            "kind": content.get("type") or "",
            "seat_insee": content.get("commune") or "",
            "description": content.get("description") or "",
            "themes": records.SEPARATOR.join(themes),
            "website": content.get("site") or "",
            records.SOURCES: source if french.links(source) else "",
            "source_year": f"{clock.day_of(found.created_at):%Y}",
        }
    return {
        "title": title,
        "insee": content.get("commune") or "",
        "description": " ".join((content.get("description") or "").split()),
        "themes": records.SEPARATOR.join(themes),
        records.SOURCES: source,
    }
