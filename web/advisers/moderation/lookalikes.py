"""What the catalogue holds already that looks like what is proposed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import SequenceMatcher

from matcher import Project, Structure

from ...answers.shelves import LONGEST_QUERY, plain
from ...context import matcher, shelves
from ...freshness import served

NEAR = 0.6
"""Likeness of two titles, in [0, 1], from which they may be of one project: « Recyclerie du Pont »
and « La recyclerie du pont » are at .92, « Épicerie solidaire » and « Épicerie bio » at .67."""
FOUND = 8
"""Records named, where the visitor did not say which one is to be corrected."""


def of(fields: Mapping[str, str], own: Collection[str | None]) -> list[Project]:
    """Find projects of the same commune with a near title, or with the very title elsewhere.

    Parameters
    ----------
    fields : mapping of str to str
        Values of the proposed record by column; one without a title is no project.
    own : collection of str
        Ids of the record itself.
    """
    title = plain(fields.get("title", ""))
    commune = fields.get("insee") or None
    return [
        project
        for project in shelves.projects.values()
        if title
        and project.id not in own
        and (
            plain(project.title) == title
            or (project.commune == commune and _near(title, plain(project.title)))
        )
    ]


def structures(fields: Mapping[str, str], own: Collection[str | None]) -> list[Structure]:
    """Find the other structures that a record may be: none when it is no structure.

    Parameters
    ----------
    fields : mapping of str to str
        All values of the record by column, its id too.
    """
    if not fields.get("name"):
        return []
    known = matcher.structures
    alike = served().lookalikes.of(fields)
    return [known[p.other] for p in alike if p.other in known and p.other not in own]


def named(text: str) -> list[Structure | Project]:
    """Find the records that the title of a correction may mean."""
    asked = text[:LONGEST_QUERY].strip()
    found: list[Structure | Project] = list(shelves.named(asked))
    if asked:
        found += shelves.search(shelves.projects.values(), asked)
    return found[:FOUND]


def _near(title: str, other: str) -> bool:
    words, others = set(title.split()), set(other.split())
    likeness = SequenceMatcher(None, title, other).ratio()
    return likeness >= NEAR or words <= others or others <= words
