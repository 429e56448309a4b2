"""A moderator adds a project, or changes some fields of a record: checked, whole or not at all.

Only the lines of the record change: every other byte of the file stays as it was.
"""

from __future__ import annotations

import hashlib
import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from matcher.catalogue.columns import TableSchema
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.files import alone_in
from matcher.catalogue.french import full_day
from matcher.catalogue.rows import ROWS_MAX, Row, decode, load, split_hidden
from matcher.catalogue.schemas import NO, PROJECTS, STRUCTURES
from matcher.catalogue.tables import scan_table, value_faults, write_whole
from matcher.territory.nest import Territory

from . import audit
from .audit import tidy, use_codes_of_today, use_place_of_today
from .inclusion import slug
from .rules import Dataset

SEEN = re.compile(r" ?Source vue le [^.]+\.")
"""What the note of a record says of the day of its last check."""
SOURCE = "source_url"
CONFIDENCE = {STRUCTURES: {"confidence": "seen_on_page"}, PROJECTS: {}}
"""What follows from a source that was looked at."""


CONFIRMED = re.compile(r" ?Confirmée par la structure le [^.]+ (\d{4})\.")
"""What the note of a record says of the last time that the structure itself found it right."""


class UnknownRecord(LookupError):
    """No structure and no project has this id."""


class ChangedRecord(Exception):
    """The record changed since it was read: nothing was written. The message is French."""


@dataclass(frozen=True)
class EditedRecord:
    """A structure or a project, as its table holds it.

    Parameters
    ----------
    table : TableSchema
        `STRUCTURES` or `PROJECTS`.
    fields : mapping of str to str
        Its values by column.
    """

    table: TableSchema
    fields: Mapping[str, str]

    @property
    def id(self) -> str:
        """Its key."""
        return self.fields["id"]

    @property
    def version(self) -> str:
        """What tells whether it was changed since."""
        text = json.dumps(dict(self.fields), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def find_record(folder: Path, record_id: str) -> EditedRecord:
    """Find a structure or a project in the tables of `folder`, as they are on the disk now.

    Raises
    ------
    UnknownRecord
        When none has this id.
    DataError
        When a table cannot be read.
    """
    for table in (STRUCTURES, PROJECTS):
        rows, faults = scan_table(folder, table)
        if faults:
            raise DataError(faults)
        if row := _row(rows, record_id):
            return EditedRecord(table, dict(row))
    raise UnknownRecord(record_id)


def blank_project(project_id: str) -> EditedRecord:
    """Give a project that is not written yet, to fill its fields."""
    blank = dict.fromkeys(PROJECTS.names, "")
    return EditedRecord(PROJECTS, blank | {"id": project_id, "to_verify": NO})


def blank_structure(name: str) -> EditedRecord:
    """Give a structure that is not written yet, to fill its fields; its id follows its name."""
    blank = dict.fromkeys(STRUCTURES.names, "")
    return EditedRecord(
        STRUCTURES, blank | {"id": slug({"id": name}), "name": name, "to_verify": NO}
    )


def add_structure(
    folder: Path,
    fields: Mapping[str, str],
    today: date,
    write: bool = True,
    territory: Territory | None = None,
) -> EditedRecord:
    """Add a structure to `folder/catalogue/structures.csv`, as `add_project` does a project.

    Raises
    ------
    DataError
        Also when another structure has the id that its name gives.
    """
    with alone_in(folder / "catalogue"):
        data = _read(folder, territory)
        blank = blank_structure(fields["name"])
        known = _row(data.structures, blank.id)
        saved = _save(folder, data, STRUCTURES, known, {**blank.fields, **fields}, today, False)
        if known and _bare(saved.fields) != _bare(known):
            rule = f"déjà dans l’annuaire sous l’identifiant {blank.id} : est-ce la même ?"
            raise DataError([Fault(STRUCTURES.file, known.line, "name", fields["name"], rule)])
        return _save(folder, data, STRUCTURES, known, saved.fields, today, write)


def add_project(
    folder: Path,
    project_id: str,
    fields: Mapping[str, str],
    today: date,
    write: bool = True,
    territory: Territory | None = None,
) -> EditedRecord:
    """Add a project to `folder/catalogue/projects.csv`, or give that id these fields.

    Adding it again after a crash finds it there: one id is one record.

    Parameters
    ----------
    fields : mapping of str to str
        Values by column; the columns of place follow from `insee`. `source_url` is required.
    today : date
        When its source was looked at: its note says so.
    write : bool
        False to check only.
    territory : Territory, optional
        That of the folder, where it was read already: reading it is most of the work.

    Raises
    ------
    DataError
        With each rule that is broken, at its column; nothing is written.
    """
    with alone_in(folder / "catalogue"):
        data = _read(folder, territory)
        known = _row(data.projects, project_id)
        wanted = {**(known or blank_project(project_id).fields), **fields}
        return _save(folder, data, PROJECTS, known, wanted, today, write)


def change_record(
    folder: Path,
    record_id: str,
    changes: Mapping[str, str],
    today: date,
    version: str | None = None,
    write: bool = True,
    territory: Territory | None = None,
) -> EditedRecord:
    """Change fields of a structure or of a project; `source_url` must hold a source afterwards.

    Parameters
    ----------
    changes : mapping of str to str
        Values by column; those that are not named stay.
    version : str, optional
        That of the record that was read: another one is refused, unless it holds these very
        changes already.
    today, write, territory
        As for `add_project`.

    Raises
    ------
    UnknownRecord, ChangedRecord, DataError
        Nothing is written.
    """
    with alone_in(folder / "catalogue"):
        data = _read(folder, territory)
        for table, rows in ((STRUCTURES, data.structures), (PROJECTS, data.projects)):
            if known := _row(rows, record_id):
                wanted = {**known, **changes}
                return _save(folder, data, table, known, wanted, today, write, version)
    raise UnknownRecord(record_id)


def confirmed(note: str, day: date) -> str:
    """The note of a record that its structure found right on that day."""
    return f"{CONFIRMED.sub('', note)} Confirmée par la structure le {full_day(day)}.".strip()


def decided(note: str) -> bool:
    """Whether a person looked at a record: what no refresh may write again."""
    return bool(SEEN.search(note) or CONFIRMED.search(note))


def _read(folder: Path, territory: Territory | None) -> Dataset:
    data, faults = audit.gather(folder, territory)
    if data is None or faults:
        raise DataError(faults)
    return data


def _row(rows: list[Row], record_id: str) -> Row | None:
    return next((row for row in rows if row["id"] == record_id), None)


def _save(
    folder: Path,
    data: Dataset,
    table: TableSchema,
    known: Row | None,
    wanted: Mapping[str, str],
    today: date,
    write: bool,
    version: str | None = None,
) -> EditedRecord:
    rows: list[Row] = getattr(data, table.name)
    path = folder / table.file
    text = decode(load(path, table.file), table.file)
    line = known.line if known else text.count("\n") + (0 if text.endswith("\n") else 1) + 1
    row = _tidied(table, wanted, data, line)
    if known and _bare(row) == _bare(known):
        return EditedRecord(table, dict(known))  # done already
    if known and version and EditedRecord(table, dict(known)).version != version:
        raise ChangedRecord(
            "Cette fiche a changé depuis que vous l’avez ouverte. Rien n’a été écrasé : relisez-la."
        )
    if known is None and len(rows) >= ROWS_MAX:
        rule = f"le catalogue passerait {ROWS_MAX} lignes et ne s’ouvrirait plus"
        raise DataError([Fault(table.file, None, None, None, rule)])
    changed = [row if one is known else one for one in rows] + ([] if known else [row])
    _check(data, table, row, changed)
    row["note"] = f"{row['note']} Source vue le {full_day(today)}.".strip()
    if faults := list(value_faults([row], table, table.file)):
        raise DataError(faults)  # a note that became too long
    if write:
        bom = "\ufeff" if load(path, table.file).startswith(BOM_UTF8) else ""
        write_whole(path, bom + audit.with_row(text, row, known))
    return EditedRecord(table, dict(row))


def _tidied(table: TableSchema, wanted: Mapping[str, str], data: Dataset, line: int) -> Row:
    """The row to write, without the day of the check."""
    row = {column: value.strip() for column, value in wanted.items()} | CONFIDENCE[table]
    row["note"] = SEEN.sub("", row["note"])
    tidy(row)
    if table is PROJECTS:
        audit.fill_roles(row)
        use_place_of_today(row, data.territory)
    else:
        use_codes_of_today(row, data.territory)
    return Row(row.items(), line)


def _bare(row: Mapping[str, str]) -> dict[str, str]:
    """The row without the day of its check."""
    return {**row, "note": SEEN.sub("", row["note"]).strip()}


def _check(data: Dataset, table: TableSchema, row: Row, changed: list[Row]) -> None:
    """Refuse a row that breaks a rule, or that makes another one break it."""
    unknown = [column for column in row if column not in (getattr(data, table.name) or [row])[0]]
    faults = [Fault(table.file, row.line, c, row[c], "colonne inconnue") for c in unknown]
    faults += split_hidden([row], table.file)[1]
    faults += [f for f in value_faults(changed, table, table.file) if f.line == row.line]
    if not row[SOURCE]:
        rule = "une adresse de page publique est demandée : la fiche cite sa source"
        faults.append(Fault(table.file, row.line, SOURCE, None, rule))
    before = set(audit.broken_rules(data))
    after = audit.broken_rules(
        replace(data, structures=changed)
        if table is STRUCTURES
        else replace(data, projects=changed)
    )
    for fault in after:
        here = (fault.file, fault.line) == (table.file, row.line)
        if fault.level == "erreur" and (here or fault not in before):
            faults.append(fault)
    if faults:
        raise DataError(faults)
