"""Bring the structures of another file into the catalogue: checked, merged by id, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from matcher.catalogue.columns import SEPARATOR
from matcher.catalogue.faults import LISTED, DataError, Fault, shorten
from matcher.catalogue.files import alone_in
from matcher.catalogue.rows import ROWS_MAX, Row, read_rows
from matcher.catalogue.schemas import NO, STRUCTURES, YES
from matcher.catalogue.tables import value_faults, write_rows
from matcher.tables.cells import codes, year, yes_or_no
from matcher.territory.nest import Territory

from . import inclusion, links, rules
from .audit import tidy, use_codes_of_today
from .directory.duplicates import Lookalikes, lookalikes
from .directory.kinds import KindHints
from .edit import decided
from .intake import Intake
from .reached import add_contacts
from .report import LOOKS_LIKE, ImportReport, ValueChange, differing
from .rules import Dataset

Departed = Callable[[Mapping[str, Row], Collection[str]], dict[str, Row]]
TWINS = 3
"""Look-alikes named for one row of a file."""


def import_structures(file: Path, folder: Path, *, dry: bool = False) -> ImportReport:
    """Merge a file of structures into `folder/catalogue/structures.csv`.

    A row whose id is known replaces what it says and leaves the rest: a blank erases nothing.
    From data.inclusion, a known structure is only refreshed in what data.inclusion owns
    (`inclusion.OWNED`): what an operator completed stays. A row that breaks a rule is refused
    and copied beside the file; the others are written all together. Doing it again changes nothing.

    Parameters
    ----------
    file : Path
        CSV, XLSX, ODS or JSON, in our layout or in data.inclusion's.
    folder : Path
        The folder of the data.
    dry : bool
        Say what would be done, and write nothing.

    Raises
    ------
    DataError
        When the file as a whole, or the catalogue, cannot be read.
    """
    return merge(lambda: Intake.read(file), folder, dry=dry)


def merge(
    read: Callable[[], Intake], folder: Path, *, dry: bool = False, departed: Departed | None = None
) -> ImportReport:
    """Merge what `read` gives, as `import_structures` does.

    Parameters
    ----------
    departed : callable, optional
        Given the known structures and the identifiers that were read, the rows of those that the
        source has no more, flagged.
    """
    target = folder / STRUCTURES.file
    if not target.is_file():  # said by the reader, with its words
        read_rows(target, STRUCTURES.names, name=STRUCTURES.file)
    with alone_in(target.parent):
        return _merge(read(), folder, target, dry, departed)


def _merge(
    intake: Intake, folder: Path, target: Path, dry: bool, departed: Departed | None
) -> ImportReport:
    known = {row["id"]: row for row in read_rows(target, STRUCTURES.names, name=STRUCTURES.file)}
    territory = Territory.open(folder)
    file = intake.path

    faults = list(intake.faults)
    held: list[ValueChange] = []
    candidates: dict[str, Row] = {}
    hints, proposed = KindHints.open(folder), set[str]()
    for row in intake.rows:
        if not row["id"]:
            faults.append(Fault(file.name, row.line, "id", None, "valeur obligatoire"))
        elif row["id"] in candidates:
            faults.append(Fault(file.name, row.line, "id", row["id"], "déjà présent plus haut"))
        else:
            before = known.get(row["id"])
            merged = _merged(before, row, intake, territory)
            if before and intake.is_inclusion and decided(before["note"]):
                held += _changes(before, merged)
                merged = Row(before.items(), row.line)
            if row["id"] not in known and hints.complete(merged, row, intake.is_inclusion):
                proposed.add(row["id"])
            candidates[row["id"]] = merged
    gone = departed(known, [row["id"] for row in intake.rows]) if departed else {}
    held += [c for i, row in gone.items() if decided(row["note"]) for c in _changes(known[i], row)]
    gone = {i: row for i, row in gone.items() if not decided(row["note"])}
    candidates |= gone
    faults += _refuse(candidates, known, territory, file.name)

    if len(known | candidates) > ROWS_MAX:
        rule = f"le catalogue passerait {ROWS_MAX} lignes et ne s’ouvrirait plus : rien n’est écrit"
        raise DataError([Fault(file.name, None, None, None, rule)])
    added = tuple(i for i in candidates if i not in known)
    changed = tuple(i for i in candidates if i in known and candidates[i] != known[i])
    changes = [ValueChange(i, "name", "", candidates[i]["name"]) for i in added]
    changes += [c for i in changed for c in _changes(known[i], candidates[i])]
    refused = tuple(sorted(faults, key=lambda fault: fault.line or 0))
    lines = {fault.line for fault in refused if fault.line}
    # First: what is refused is safe, or nothing is done.
    refused_file = None if dry else intake.write_refused(refused)
    if (added or changed) and not dry:
        write_rows(target, STRUCTURES.names, (known | candidates).values())
    taken = {i: row for i, row in candidates.items() if row.line and not decided(row["note"])}
    contacts = add_contacts(folder, intake.reached, taken, dry=dry)
    return ImportReport(
        source=file,
        layout=intake.layout,
        added=added,
        changed=changed,
        unchanged=tuple(i for i in candidates if i in known and i not in changed),
        refused=refused,
        refused_rows=len(lines),
        warnings=(
            *_ignored(intake),
            *_twins(
                candidates,
                known,
                added,
                file.name,
                lookalikes((known | candidates).values(), folder, territory),
            ),
            *_addresses(intake, candidates),
            *_seats(intake, candidates, territory),
        ),
        table=intake.table,
        proposed=tuple(candidates[i]["kind"] for i in added if i in proposed),
        written=target if (added or changed or contacts.added) and not dry else None,
        contacts=contacts,
        refused_file=refused_file,
        changes=tuple(changes),
        held=tuple(held),
        gone=tuple(i for i in gone if i in candidates),
    )


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[ValueChange]:
    return differing(before["id"], before, after, STRUCTURES.names)


def _merged(known: Row | None, row: Row, intake: Intake, territory: Territory) -> Row:
    """The row to write: what is known, and over it what the file says, in today's codes."""
    said = {column: value for column, value in row.items() if value}
    use_our_codes(said)
    tidy(said)
    if known and intake.is_inclusion:
        said = {column: value for column, value in said.items() if column in inclusion.OWNED}
    merged = dict.fromkeys(STRUCTURES.names, "") | (dict(known) if known else {})
    merged |= {column: value for column, value in said.items() if column in merged}
    use_codes_of_today(merged, territory)
    if not known:
        _complete(merged)
    return Row(((column, merged[column]) for column in STRUCTURES.names), row.line)


def use_our_codes(said: dict[str, str]) -> None:
    """Put codes where people wrote labels, « | » between the items of a list, a year for a date."""
    for column in STRUCTURES.columns:
        value = said.get(column.name, "")
        if not value:
            continue
        if column.codes:
            found = codes(yes_or_no(value) if YES in column.codes else value, column.codes)
            if column.many or len(found) == 1:
                said[column.name] = SEPARATOR.join(found)
        elif column.name == "coverage_codes":
            said[column.name] = SEPARATOR.join(filter(None, re.split(r"[\s|;,]+", value)))
        elif column.name == "source_year":
            said[column.name] = year(value)
        elif column.is_number and re.fullmatch(r"\d+[.,]0+", value):
            said[column.name] = re.split("[.,]", value)[0]


def _complete(row: dict[str, str]) -> None:
    """Fill in what a new row leaves out and that follows from the rest."""
    reasons = []
    if not row["source_url"]:
        reasons.append("Aucune page source.")
    if not row["themes"]:
        reasons.append("Thèmes non renseignés.")
    if not row["confidence"]:
        row["confidence"] = "seen_on_page" if row["source_url"] else "declared"
    if not row["to_verify"]:
        row["to_verify"] = YES if reasons else NO
    if row["to_verify"] == YES and not row["note"]:
        row["note"] = " ".join(reasons)


def _refuse(
    candidates: dict[str, Row], known: dict[str, Row], territory: Territory, file: str
) -> list[Fault]:
    """Take the rows that break a rule out of the candidates; their faults."""
    refused: list[Fault] = []
    while True:
        # Rows of the catalogue are at line 0: a fault at a line is one of the file.
        kept = [Row(row.items(), 0) for i, row in known.items() if i not in candidates]
        data = Dataset([*kept, *candidates.values()], [], [], [], territory)
        found = list(value_faults(candidates.values(), STRUCTURES, STRUCTURES.file))
        for rule in (*rules.RULES, *links.RULES):
            found += rule(data)
        found = [
            replace(fault, file=file)
            for fault in found
            if fault.file == STRUCTURES.file and fault.line and fault.level == "erreur"
        ]
        if not found:
            return refused
        refused += found
        lines = {fault.line for fault in found}
        # A refused row may have been what another leans on (`body`): look again.
        for i in [i for i, row in candidates.items() if row.line in lines]:
            del candidates[i]


def _ignored(intake: Intake) -> Iterator[Fault]:
    """Name the columns that the catalogue has no place for: a misspelt one would be lost."""
    if names := [shorten(name) for name in intake.columns if name not in STRUCTURES.names]:
        more = f" et {len(names) - LISTED} autres" if len(names) > LISTED else ""
        named = ", ".join(f"« {name} »" for name in names[:LISTED])
        rule = f"colonnes inconnues, laissées de côté : {named}{more}"
        yield Fault(intake.path.name, 1, None, None, rule, "avertissement")


def _twins(
    candidates: dict[str, Row],
    known: dict[str, Row],
    added: Iterable[str],
    file: str,
    finder: Lookalikes,
) -> Iterator[Fault]:
    """Warn of a new structure that looks like another: perhaps the same under two ids."""
    everyone = known | candidates
    for i in added:
        row = candidates[i]
        for pair in finder.of_known(i)[:TWINS]:
            other = everyone[pair.other]["name"]
            rule = f"{LOOKS_LIKE} {pair.other}, « {other} » ({pair.why})"
            yield Fault(file, row.line, "name", row["name"], rule, "avertissement")


def _addresses(intake: Intake, candidates: dict[str, Row]) -> Iterator[Fault]:
    """Tell the addresses that were completed: `www.exemple.fr` is `https://www.exemple.fr`."""
    for row in intake.rows:
        for column in ("website", "source_url"):
            kept = candidates.get(row.get("id", ""))
            read = kept[column] if kept else ""
            if (said := row.get(column)) and read and said != read:
                rule = f"adresse lue comme {shorten(read)}"
                yield Fault(intake.path.name, row.line, column, said, rule, "avertissement")


def _seats(intake: Intake, candidates: dict[str, Row], territory: Territory) -> Iterator[Fault]:
    """Tell the Insee codes that are the postal code of other communes: one may have been meant."""
    postal = {code for commune in territory.communes.values() for code in commune.postcodes}
    for row in candidates.values():
        shared = row.line and row["seat_insee"] in postal
        if others := territory.same_postcode(row["seat_insee"]) if shared else ():
            named = ", ".join(commune.name for commune in others[:3])
            rule = (
                f"lu comme le code Insee de {row['seat_commune']} ; c’est aussi le code postal de "
                f"{named} : à vérifier"
            )
            yield Fault(
                intake.path.name, row.line, "seat_insee", row["seat_insee"], rule, "avertissement"
            )
