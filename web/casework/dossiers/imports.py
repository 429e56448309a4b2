"""Needs that come by the hundred, in a file: each good row is a dossier, each other row is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher import Matcher
from matcher.catalogue import Fault
from matcher.cohorts import Demand, parse_needs
from matcher.tables import counts, facts, refused_file, yes_or_no

from .. import audit, clock
from ..audit import Action
from ..followups.keeping import FollowupFile, keep
from ..followups.rows import Rows
from ..followups.told import COLUMNS, SEVERAL, Settled, Told, WordKind
from ..persons.addresses import address_of, number_of
from ..store.tables import Account, Dossier
from .dossiers import LETTERS, Declared, digest, open_all

FILE_MAX = 2**20
"""Bytes of a file: the 1,600 towns of the programme in 600 characters each."""
MOST = 2_000
"""Needs of a file: they are stored in one go, for which other writers wait."""
LONGEST = {
    "service": 200,
    "courriel": 254,
    "telephone": 40,
    "source": 200,
    "reference_externe": 100,
}
"""Characters of the further columns that hold a text."""
SEALED = ("source", "reference_externe")
"""Those that make a need another one. A contact does not: a seal stays when the contact is erased,
and who guesses an address could find it there."""
ADDRESS = re.compile(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+")
"""An address quoted in a need, left out of the seal alike."""
AGREED = {"oui": True, "non": False, "": False}
"""Whether the commune agreed that its address be passed on."""
FURTHER = (*LONGEST, "accord", *COLUMNS)
"""Columns that a file may have beside those of a cohort."""


@dataclass(frozen=True)
class FileReading:
    """What a file holds.

    Parameters
    ----------
    declared : sequence of Declared
        The needs of the good rows, in the order of the file.
    faults : sequence of Fault
        What is wrong with the other rows, one fault each.
    refused : bytes
        Those rows as a file of the form of the first: its columns, then line and rule. Empty when
        there are none.
    extension : str
        `.csv` or `.xlsx`, of that file.
    facts : sequence of (str, str)
        What was understood of the file: form, encoding, header, columns.
    counts : mapping of str to int
        Rows of the file, read, refused and blank.
    twins : sequence of (int, int)
        Lines that say the same need of the same commune and differ elsewhere, in their id often:
        the first one, then the other. Both are good, for two services may ask the same.
    repaired : sequence of (int, str)
        Lines whose text was repaired, and what was done that may change its meaning.
    lines : sequence of int
        The line of each need.
    left : int
        Rows that a person left aside.
    followed : mapping of str to Told
        What the file tells of the follow-up of its needs, by their digest; empty when nothing.
    asked : mapping of WordKind to mapping of str to int
        Statuses and answers that are not understood, with their rows.
    named, owners : mapping of str to int
        Structures that the directory does not have, and persons in charge, with their rows.
    """

    declared: Sequence[Declared]
    faults: Sequence[Fault]
    refused: bytes = b""
    extension: str = ".csv"
    facts: Sequence[tuple[str, str]] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    twins: Sequence[tuple[int, int]] = ()
    repaired: Sequence[tuple[int, str]] = ()
    lines: Sequence[int] = ()
    left: int = 0
    followed: Mapping[str, Told] = field(default_factory=dict)
    asked: Mapping[WordKind, Mapping[str, int]] = field(default_factory=dict)
    named: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[str, int] = field(default_factory=dict)

    def follow_of(self, one: Declared) -> Told | None:
        """What the file tells of the follow-up of a need."""
        return self.followed.get(digest(LETTERS, one.seed)[0])


@dataclass(frozen=True)
class Stored:
    """References of the dossiers that were opened, and of those that were there already."""

    opened: tuple[str, ...]
    known: tuple[str, ...]


def read(data: bytes, name: str, matcher: Matcher, settled: Settled | None = None) -> FileReading:
    """Read a file of needs: `commune`, `besoin` and, if wanted, the columns of `FURTHER`.

    Parameters
    ----------
    settled : Settled, optional
        What a person said of its columns and words.

    Raises
    ------
    DataError
        When it cannot be read as a whole: no table, a column missing, more than `MOST` rows. The
        message is French.
    """
    settled = settled or Settled()
    needs = parse_needs(data, matcher.territory, FURTHER, name, MOST, settled.columns, SEVERAL)
    faults = list(needs.faults)
    good: list[tuple[int, Declared]] = []
    contacts: dict[str, list[tuple[str | None, ...]]] = {}
    rows = Rows(matcher, name, settled)
    is_followed = not set(COLUMNS).isdisjoint(needs.table.source.header.known.values())
    followed: dict[str, Told] = {}
    kept = [(row, demand) for row, demand in needs.found if row.line not in settled.left]
    for row, demand in kept:
        told = rows.of(row, row.line) if is_followed else None
        fault = _fault(row, row.line, name) or (told if isinstance(told, Fault) else None)
        if fault:
            faults.append(fault)
            continue
        one = _apart(_declared(row, demand), contacts)
        good.append((row.line, one))
        if isinstance(told, Told):
            seal = digest(LETTERS, one.seed)[0]
            followed[seal] = followed[seal].joined(told) if seal in followed else told
    faults.sort(key=lambda fault: fault.line or 0)
    extension, refused = refused_file(needs.table, faults) if faults else (".csv", b"")
    return FileReading(
        [one for _, one in good],
        faults,
        refused,
        extension,
        facts(needs.table),
        counts(needs.table, faults),
        _twins(good),
        needs.repaired,
        [line for line, _ in good],
        len(needs.found) - len(kept),
        followed,
        {kind: words for kind, words in rows.asked.items() if words},
        rows.named,
        rows.owners,
    )


def _twins(good: Sequence[tuple[int, Declared]]) -> list[tuple[int, int]]:
    """The lines of `FileReading.twins`; a row repeated as it is makes one dossier anyway."""
    first: dict[tuple[str, str, str], int] = {}
    sealed: set[str] = set()
    found = []
    for line, one in good:
        words = " ".join(one.need.split()).casefold() or " ".join(sorted(one.themes))
        seal = digest(LETTERS, one.seed)[0]
        earlier = first.setdefault((one.commune, ",".join(one.places), words), line)
        if earlier != line and seal not in sealed:
            found.append((earlier, line))
        sealed.add(seal)
    return found


def _fault(row: dict[str, str], line: int, name: str) -> Fault | None:
    """The first thing that is wrong in the columns that only dossiers have."""
    for column, longest in LONGEST.items():
        value = row.get(column, "")
        if len(value) > longest:
            return Fault(name, line, column, value, f"plus de {longest} caractères")
        if len(value.splitlines()) > 1:
            return Fault(name, line, column, value, "retour à la ligne dans la valeur")
    email, telephone = row.get("courriel", ""), row.get("telephone", "")
    for column, value, read_it in (
        ("courriel", email, address_of),
        ("telephone", telephone, number_of),
    ):
        try:
            _ = value and read_it(value)
        except ValueError as error:
            return Fault(name, line, column, value, str(error).rstrip("."))
    agreed = yes_or_no(row.get("accord", ""))
    if agreed not in AGREED:
        return Fault(name, line, "accord", row["accord"], "valeur attendue : oui ou non")
    if agreed == "oui" and not (email or telephone):
        rule = "un accord porte sur une adresse ou un téléphone : courriel et téléphone vides"
        return Fault(name, line, "accord", "oui", rule)
    return None


def _declared(row: dict[str, str], demand: Demand) -> Declared:
    need = demand.need
    text = need.text.replace("\r\n", "\n")
    further = {column: row.get(column) or None for column in LONGEST}
    if further["courriel"]:
        further["courriel"] = address_of(further["courriel"])
    if further["telephone"]:
        further["telephone"] = number_of(further["telephone"])
    content = {
        "commune": need.commune,
        **({"communes": list(need.places)} if need.places else {}),
        "besoin": ADDRESS.sub("@", text),
        "themes": sorted(need.themes),
        "themes_ecartes": sorted(need.excluded),
        "etape": need.stage,
        **{column: further[column] for column in SEALED},
    }
    return Declared(
        commune=need.commune,
        typed=demand.typed,
        places=need.places,
        need=text,
        origin="fichier",
        themes=list(map(str, need.themes)),
        excluded=list(map(str, need.excluded)),
        stage=need.stage,
        email=further["courriel"],
        service=further["service"],
        telephone=further["telephone"],
        source=further["source"] or "fichier de besoins",
        external=further["reference_externe"] or row.get("id") or None,
        consent_at=_agreed_at(row),
        # The same need of the same commune is one dossier, in whatever file it comes back.
        seed={"nature": "fichier", **content, "id": row.get("id") or None},
    )


def _apart(one: Declared, contacts: dict[str, list[tuple[str | None, ...]]]) -> Declared:
    """Tell apart the rows of a file that differ by their contact only, by a number."""
    contact = one.email, one.service, one.telephone
    known = contacts.setdefault(digest(LETTERS, one.seed)[0], [])
    if contact not in known:
        known.append(contact)
    number = known.index(contact)
    return replace(one, seed={**one.seed, "contact": number}) if number else one


def _agreed_at(row: dict[str, str]) -> datetime | None:
    return clock.now() if AGREED[yes_or_no(row.get("accord", ""))] else None


def known(session: Session, declared: Sequence[Declared]) -> set[str]:
    """References that the needs of a file have already, of this file or of another."""
    digests = {digest(LETTERS, one.seed)[0] for one in declared}
    return set(session.scalars(select(Dossier.reference).where(Dossier.digest.in_(digests))))


def store(
    session: Session,
    declared: Sequence[Declared],
    account: Account,
    taken: FollowupFile | None = None,
) -> Stored:
    """Open the dossier of each need, all of them or none.

    They wait for who takes them, unless the file tells their follow-up (`taken`). A need that has
    its dossier already changes nothing in it.
    """
    found = open_all(session, declared)
    opened = tuple(dossier.reference for dossier, is_new in found if is_new)
    again = tuple(dossier.reference for dossier, is_new in found if not is_new)
    entry = audit.record(
        session, Action.IMPORT, account.id, "besoins", ouverts=len(opened), connus=len(again)
    )
    for dossier, is_new in found:
        if is_new:
            dossier.imported = entry.id
    if taken is not None:
        keep(session, [dossier for dossier, is_new in found if is_new], taken, account)
    return Stored(opened, again)


def repeated(declared: Sequence[Declared]) -> int:
    """Rows of a file that say again what another row of it says."""
    return len(declared) - len({digest(LETTERS, one.seed) for one in declared})
