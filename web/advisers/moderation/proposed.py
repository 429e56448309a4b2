"""What is proposed of a record, how a structure is reached, and what looks like it already.

The form of a moderator begins with it: one field a column, and one a way to reach the structure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from difflib import SequenceMatcher
from pathlib import Path

from werkzeug.datastructures import MultiDict

from matcher import NeedError, Project, Structure
from matcher.catalogue import Cost, Way, french
from matcher.upkeep import EditedRecord, confirmed, contacts_of, tidy_value

from ...answers.shelves import LONGEST_QUERY, plain
from ...casework import clock
from ...casework.dossiers.inbox import RequestKind
from ...casework.outside import WAYS
from ...casework.store.tables import Proposal
from ...context import matcher, shelves
from ...freshness import served
from . import records
from .records import FormField

THEMES = 3
"""Themes read in a description that are proposed."""
RIGHT = "juste"
"""Answer of a structure that finds nothing to correct: publishing it dates the record."""
LONGEST = 500
"""Characters of a value: those of its column."""
LABELS = {
    Way.COURRIEL.value: "Courriel, s’il est générique",
    Way.TELEPHONE.value: "Téléphone de l’accueil",
    Way.PAGE_CONTACT.value: "Page de contact",
    Way.SAISINE.value: "Comment la saisir",
    Way.COUT.value: "Coût de son aide",
    Way.DELAI.value: "Délai de réponse",
}
"""The ways that are typed, in the order of the form; numbers are taken from registers."""
NEAR = 0.6
"""Likeness of two titles, in [0, 1], from which they may be of one project: « Recyclerie du Pont »
and « La recyclerie du pont » are at .92, « Épicerie solidaire » and « Épicerie bio » at .67."""
FOUND = 8
"""Records named, where the visitor did not say which one is to be corrected."""


def values(found: Proposal, record: EditedRecord) -> dict[str, str]:
    """Give the values that were proposed of a record."""
    content = found.content
    source, title = content.get("source") or "", content.get("titre") or ""
    if found.kind == RequestKind.CORRECTION.value:
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
    if found.kind == RequestKind.STRUCTURE.value:
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


def said_by(proposal: Proposal, record: EditedRecord) -> bool:
    """Whether a structure itself answered, by its link: the source of what is typed."""
    return bool(proposal.content.get("confirmation")) and "coverage_level" in record.fields


def ways_asked(proposal: Proposal, record: EditedRecord) -> bool:
    """Whether the ways are in the form: those that a structure said, or those of a new one."""
    return said_by(proposal, record) or proposal.kind == RequestKind.STRUCTURE.value


def way_entries(proposal: Proposal, record: EditedRecord, folder: Path) -> list[FormField]:
    """Give the fields with what is known."""
    known = _known(proposal, record, folder)
    return [_entry(way, known.get(way, ""), known.get(way, "")) for way in LABELS]


def _known(proposal: Proposal, record: EditedRecord, folder: Path) -> dict[str, str]:
    if proposal.kind == RequestKind.STRUCTURE.value:
        return {way.value: proposal.content.get(name) or "" for name, way in WAYS.items()}
    return contacts_of(folder, record.id)


def ways_sent(
    proposal: Proposal, record: EditedRecord, folder: Path, form: MultiDict[str, str]
) -> list[FormField]:
    """Give the fields as they were sent, each value as we write it."""
    known = _known(proposal, record, folder)
    return [
        _entry(way, tidy_value(way, form.get(way, known.get(way, ""))), known.get(way, ""))
        for way in LABELS
    ]


def _entry(way: str, value: str, before: str) -> FormField:
    costs = {"": "pas connu de nous"} | {cost.value: cost.label for cost in Cost}
    closed = way == Way.COUT
    return FormField(
        name=way,
        label=LABELS[way],
        hint="" if closed else french.sentence(Way(way).definition),
        kind="choice" if closed else "line",
        required=closed,
        longest=LONGEST,
        value=value,
        typed=value,
        options=costs if closed else {},
        before=before,
    )


def projects_alike(fields: Mapping[str, str], own: Collection[str | None]) -> list[Project]:
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


def structures_alike(fields: Mapping[str, str], own: Collection[str | None]) -> list[Structure]:
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


def records_named(text: str) -> list[Structure | Project]:
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
