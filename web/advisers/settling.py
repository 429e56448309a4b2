"""What a person settles of a file before it is kept: columns, words, rows left aside."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matcher import Need, Theme
from matcher.catalogue import french
from matcher.cohorts import columns_of
from matcher.tables import fold

from ..access import CASEWORK, roles_of
from ..casework.dossiers import imports
from ..casework.dossiers.dossiers import LETTERS, Declared, digest
from ..casework.dossiers.imports import FURTHER, FileReading
from ..casework.followups import keeping
from ..casework.followups.keeping import FollowupFile
from ..casework.followups.told import NAMED, OWNER, REPLY, STATUS, Settled, Told, WordKind
from ..casework.followups.words import ANSWERS, STANDINGS
from ..casework.states import Step
from ..casework.store.tables import Account
from ..context import matcher, place_named, shelves
from .dossiers import needs
from .dossiers.followed import name_of
from .dossiers.needs import KnownDossier

COLUMN, WORD, LEFT = "colonne:", "mot:", "laisser"
"""How the fields of the page are named."""
SEEN = "vu"
"""Field that says which choices were shown."""
NAMES = {
    "commune": "Commune",
    "insee": "Code Insee",
    "code_postal": "Code postal",
    "besoin": "Besoin",
    "themes": "Thèmes",
    "themes_ecartes": "Thèmes écartés",
    "etape": "Situation du projet",
    "id": "Identifiant",
    "departement": "Département",
    "service": "Service",
    "courriel": "Courriel de la commune",
    "source": "Origine de l’adresse",
    "reference_externe": "Référence",
    "accord": "Accord de la commune",
    "statut": "Statut",
    "recu_le": "Reçu le",
    "envoye_le": "Envoyé le",
    "repondu_le": "Répondu le",
    "rencontre_le": "Rencontre ou rendez-vous",
    "clos_le": "Clos le",
    "revenir_le": "À revoir le",
    "revenir_pour": "À faire",
    "responsable": "Responsable",
    "structures": "Structures",
    "reponse": "Réponse de la structure",
    "raison": "Motif",
    "notes": "Notes",
    "telephone": "Téléphone de la commune",
}
"""What people call our columns."""
LIKE_MOST = 200
"""Needs of a file that are compared with the dossiers of their commune."""
GUESSES = 3
"""Structures that are proposed for a name that the directory does not have."""


@dataclass(frozen=True)
class UnsettledWord:
    """A word that is to be settled, in how many rows it stands, and what it may mean."""

    field: str
    word: str
    rows: int
    options: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True)
class WordGroup:
    """The words of one kind, with what is said over them."""

    title: str
    hint: str
    otherwise: str
    words: Sequence[UnsettledWord]


@dataclass(frozen=True)
class NeedRow:
    """A need of the file as it would be kept."""

    line: int
    place: str
    need: str
    themes: Sequence[str]
    state: str
    owner: str
    structures: Sequence[str]
    days: Sequence[tuple[str, date]]


def sent() -> Settled:
    """What the page sent."""
    columns, words = {}, {}
    for field, value in request.form.items():
        if field.startswith(COLUMN):
            columns[field.removeprefix(COLUMN)] = value
        elif field.startswith(WORD):
            kind, _, word = field.removeprefix(WORD).partition(":")
            words[kind, word] = value
    lines = {int(line) for line in request.form.getlist(LEFT) if line.isdecimal()}
    return Settled(columns, {key: code for key, code in words.items() if code}, frozenset(lines))


def seal(settled: Settled) -> str:
    """Tell choices that were shown from others."""
    told = [sorted(settled.columns.items()), sorted((*k, v) for k, v in settled.words.items())]
    written = json.dumps([*told, sorted(settled.left)], ensure_ascii=False)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def columns(data: bytes, name: str, settled: Settled) -> list[tuple[str, str, str]]:
    """Each column: its field, as it is written, and our name of it.

    Raises
    ------
    DataError
        When the file holds no table.
    """
    found, _ = columns_of(data, name, FURTHER, settled.columns)
    return [(f"{COLUMN}{fold(written)}", written, ours) for written, ours in found]


def as_shown(settled: Settled, shown: Sequence[tuple[str, str, str]]) -> Settled:
    """The same choices with every column said, as the page sends them."""
    return replace(settled, columns={field.removeprefix(COLUMN): ours for field, _, ours in shown})


def working(session: Session) -> list[Account]:
    """Those who may follow a dossier."""
    asked = select(Account).where(Account.active.is_(True)).options(selectinload(Account.roles))
    found = session.scalars(asked.order_by(Account.name, Account.id))
    return [one for one in found if roles_of(one) & CASEWORK]


def taken(session: Session, reading: FileReading, name: str, settled: Settled) -> FollowupFile:
    """What is kept of a file beside its needs, with who is who."""
    colleagues = working(session)
    owners = keeping.owners([*reading.owners], colleagues)
    numbers = {str(one.id): one.id for one in colleagues}
    for (kind, word), code in settled.words.items():
        if kind == OWNER.code and code in numbers:
            owners[word] = numbers[code]
    return FollowupFile(reading.followed, owners, name, matcher.catalogue.fingerprint)


def groups(session: Session, reading: FileReading, settled: Settled) -> list[WordGroup]:
    """The words that are to be settled, those that were settled included."""
    people = [(str(one.id), one.name) for one in working(session)]
    known = keeping.owners([*reading.owners], working(session))
    unknown = {word: rows for word, rows in reading.owners.items() if word not in known}
    asked = reading.asked
    found = [
        WordGroup(
            "Statuts que nous ne comprenons pas",
            "Leurs lignes sont refusées tant que vous ne dites pas ce qu’ils veulent dire.",
            "Refuser ces lignes",
            _words(STATUS, asked.get(STATUS, {}), settled, lambda _: _options(STANDINGS)),
        ),
        WordGroup(
            "Réponses que nous ne comprenons pas",
            "Leurs lignes sont refusées tant que vous ne dites pas ce qu’elles veulent dire.",
            "Refuser ces lignes",
            _words(REPLY, asked.get(REPLY, {}), settled, lambda _: _options(ANSWERS)),
        ),
        WordGroup(
            "Responsables sans compte ici",
            "Leurs dossiers attendent que quelqu’un les prenne, sauf si vous dites qui c’est.",
            "À attribuer plus tard",
            _words(OWNER, unknown, settled, lambda _: people),
        ),
        WordGroup(
            "Structures qui ne sont pas dans l’annuaire",
            "Leur nom va dans une note du dossier, sauf si vous dites laquelle c’est.",
            "Garder en note",
            _words(NAMED, reading.named, settled, _guesses),
        ),
    ]
    return [group for group in found if group.words]


def _words(
    kind: WordKind, said: Mapping[str, int], settled: Settled, options: object
) -> list[UnsettledWord]:
    chosen = {word: code for (code_of, word), code in settled.words.items() if code_of == kind.code}
    rows = {**dict.fromkeys(chosen, 0), **said}
    assert callable(options)
    return [
        UnsettledWord(f"{WORD}{kind.code}:{word}", word, count, options(word), chosen.get(word, ""))
        for word, count in sorted(rows.items(), key=lambda one: (-one[1], one[0]))
    ]


def _options(known: Sequence[object]) -> list[tuple[str, str]]:
    return [(one.code, french.sentence(one.label)) for one in known]  # type: ignore[attr-defined]


def _guesses(name: str) -> list[tuple[str, str]]:
    """The structures of the directory that a name may mean."""
    return [(one.id, one.name) for one in shelves.named(name)[:GUESSES]]


def rows(reading: FileReading, told: FollowupFile, session: Session, most: int) -> list[NeedRow]:
    """The first needs as they would be kept."""
    names = {one.id: one.name for one in working(session)}
    found = []
    for line, one in list(zip(reading.lines, reading.declared, strict=True))[:most]:
        followed = reading.follow_of(one)
        owner = names.get(told.owners.get(followed.owner, 0), "") if followed else ""
        found.append(
            NeedRow(
                line,
                _place(one),
                one.need,
                [Theme(code).label for code in one.themes],
                followed.standing.label if followed else "",
                owner or (f"{followed.owner} (sans compte)" if followed and followed.owner else ""),
                _asked(followed) if followed else (),
                [(NAMES[column], day) for column, day in followed.days.items()] if followed else (),
            )
        )
    return found


def _place(one: Declared) -> str:
    named = place_named(one.commune, ",".join(one.places))
    commune = matcher.territory.communes.get(one.commune)
    return named if one.places or commune is None else f"{named} ({commune.departement})"


def _asked(followed: Told) -> list[str]:
    return [
        f"{name_of(put.structure_id) if put.structure_id else put.name} : "
        f"{'sollicitée' if put.step is Step.SENT else put.step.label}"
        f"{'' if put.structure_id else ' (en note)'}"
        for put in followed.puts
    ]


def outcomes(reading: FileReading) -> list[tuple[str, int]]:
    """How many dossiers would stand where."""
    counted = Counter(one.standing for one in reading.followed.values())
    return [(one.label, counted[one]) for one in sorted(counted, key=_life)]


def _life(one: object) -> int:
    order = [standing.code for standing in STANDINGS]
    code = one.code  # type: ignore[attr-defined]
    return order.index(code) if code in order else len(order)


def undated(reading: FileReading) -> int:
    """Introductions of a file whose sending has no day: nobody would be reminded of them."""
    puts = [put for one in reading.followed.values() for put in one.puts if put.structure_id]
    return sum(put.sent is None for put in puts)


def unagreed(reading: FileReading) -> int:
    """Addresses and telephones that the commune did not agree to pass on."""
    return sum(
        bool(one.email or one.telephone) and one.consent_at is None for one in reading.declared
    )


def alike(
    session: Session, account: Account, reading: FileReading
) -> Iterator[tuple[int, Declared, KnownDossier]]:
    """The needs of a file that a dossier may hold already, in other words, with their lines."""
    known = imports.known(session, reading.declared)
    seen = 0
    for line, one in zip(reading.lines, reading.declared, strict=True):
        if seen >= LIKE_MOST or digest(LETTERS, one.seed)[1] in known:
            continue
        seen += 1
        need = Need(one.commune, one.need, tuple(one.themes), one.stage, places=tuple(one.places))
        communes = [*one.places] or [one.commune]
        for other in needs.alike(session, account, communes, need, "")[:1]:
            yield line, one, other
