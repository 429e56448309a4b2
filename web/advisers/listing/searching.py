"""What is looked for among the dossiers that one may see: filters, words, and the order.

Words are sought in one way on every database: folded as the site folds names, in the reference,
the communes with their postal codes, the need, the structures, and for those who may read them the
notes and what reaches the contact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from matcher.catalogue import Area, Scale

from ...access import Role, readable, roles_of, working_as
from ...answers.asking import whole
from ...answers.shelves import LONGEST_QUERY, plain
from ...casework import clock, outside
from ...casework.dossiers import same
from ...casework.dossiers.dossiers import need_of
from ...casework.introductions import tasks
from ...casework.states import State
from ...casework.store.tables import Account, Choice, Contact, Dossier, Introduction, Note, Party
from ...context import answers, matcher, titled
from ..groups import group_of

LONGEST_CODE = 40
COLUMNS = (
    *(Dossier.id, Dossier.reference, Dossier.commune, Dossier.places, Dossier.need),
    *(Dossier.themes, Dossier.excluded, Dossier.stage, Dossier.state),
)
"""What words, themes and the order look at: no more is loaded of thousands."""
LATE = "oui"
"""What the filter « en retard » holds when it is ticked."""
DOWN = "-"
"""Sign before the name of a column that is sorted the other way."""


@dataclass(frozen=True)
class DossierFilters:
    """What one wants to see: codes, "" for all; unknown codes keep nothing."""

    etat: str = ""
    theme: str = ""
    departement: str = ""
    origine: str = ""
    retard: str = ""
    groupe: str = ""
    tri: str = ""
    membre: str = ""
    fichier: str = ""
    q: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> DossierFilters:
        """Read an address."""
        codes = {
            # No code holds the sign that PostgreSQL refuses to look for.
            name: args.get(name, "").replace("\0", "")[:LONGEST_CODE]
            for name in ("etat", "theme", "departement", "origine", "retard", "groupe", "tri")
        }
        if codes["tri"].removeprefix(DOWN) not in ORDERS:
            codes["tri"] = ""
        numbers = {
            name: "" if whole(args.get(name, ""), 9) is None else args.get(name, "")
            for name in ("membre", "fichier")
        }
        return cls(**codes, **numbers, q=args.get("q", "")[:LONGEST_QUERY].strip())

    @property
    def asked(self) -> dict[str, str]:
        """The fields of an address that asks the same."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def address(self) -> str:
        """The address that asks the same."""
        return f"{url_for('advisers.dossiers')}?{urlencode(self.asked)}"

    def sorted_by(self, column: str) -> str:
        """The address that sorts by a column; by the same the other way when it is already."""
        way = f"{DOWN}{column}" if self.tri == column else column
        return replace(self, tri=way).address

    def way(self, column: str) -> str:
        """How a column is sorted, for its heading."""
        if self.tri.removeprefix(DOWN) != column:
            return "none"
        return "descending" if self.tri.startswith(DOWN) else "ascending"

    @property
    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What the database can tell of them; the rest is read in the texts."""
        if self.etat:
            yield Dossier.state == self.etat
        if self.origine:
            yield Dossier.origin == self.origine
        if self.fichier:
            yield Dossier.imported == int(self.fichier)
        if self.membre:
            yield Dossier.members.any(Account.id == int(self.membre))
        if self.departement:
            area = Area(Scale.DEPARTEMENT, self.departement)
            members = matcher.territory.members(area)
            in_group = Dossier.parties.any(
                and_(Party.commune.in_(members), Party.left_at.is_(None))
            )
            yield or_(Dossier.commune.in_(members), in_group)
        if self.groupe:
            yield Dossier.reference.in_(group_of(self.groupe))


def place_of(insee: str) -> str:
    """Name of a commune with its département; its code when it is no more."""
    commune = matcher.territory.communes.get(insee)
    return titled(commune) if commune else f"Commune {insee}"


def kept(session: Session, account: Account, filters: DossierFilters) -> Sequence[int]:
    """Numbers of the dossiers that pass the filters, in the order of the list."""
    newest = (Dossier.active_at.desc(), Dossier.id.desc())
    asked = select(*COLUMNS).where(readable(account), *filters.conditions).order_by(*newest)
    words = plain(filters.q).split()
    if not words and not filters.theme and not filters.retard and not filters.tri:
        return session.scalars(asked.with_only_columns(Dossier.id)).all()
    rows = list(session.execute(asked))
    if filters.theme:
        rows = [row for row in rows if filters.theme in answers.themes_of(need_of(row))]
    if filters.retard:
        late = _late(session, account)
        rows = [row for row in rows if row.id in late]
    if words:
        further = _further(session, account, words)
        rows = [row for row in rows if _says(row, words, further.get(row.id, ""))]
    if filters.tri:
        key = ORDERS[filters.tri.removeprefix(DOWN)](session)
        rows.sort(key=key, reverse=filters.tri.startswith(DOWN))
    return [row.id for row in rows]


def asking(session: Session, found: Sequence[int]) -> int:
    """How many communes ask in some dossiers, each once."""
    rows = session.execute(select(Dossier.id, Dossier.commune, Dossier.places))
    wanted = set(found)
    return len({insee for row in rows if row.id in wanted for insee in same.communes_of(row)})


def _says(row: Any, words: Sequence[str], further: str) -> bool:
    places = [text for code in _codes(row) for text in (code, place_of(code), *_postcodes(code))]
    text = plain(" ".join([row.reference, row.need, *places, further]))
    return all(word in text for word in words)


def _further(session: Session, account: Account, words: Sequence[str]) -> Mapping[int, str]:
    """By dossier, what is sought beside its own row: names of structures, notes, the contact."""
    found: dict[int, list[str]] = {}

    def add(number: int, text: str | None) -> None:
        found.setdefault(number, []).append(text or "")

    beyond = outside.all_known(session).values()
    names = {
        one.id: text
        for one in (*matcher.structures.values(), *(o.structure for o in beyond))
        for text in [" ".join((one.name, *one.aliases))]
        if any(word in plain(text) for word in words)
    }
    for table in (Introduction, Choice):
        asked = select(table.dossier_id, table.structure_id).distinct()
        for number, structure_id in session.execute(asked):
            if structure_id in names:
                add(number, names[structure_id])
    for number, wished in session.execute(select(Dossier.id, Dossier.wished)):
        for structure_id in names.keys() & set(wished):
            add(number, names[structure_id])
    mine = Dossier.members.any(Account.id.in_(working_as(account)))
    notes = select(Note.dossier_id, Note.text).join(Dossier, Dossier.id == Note.dossier_id)
    whose = true() if Role.LEAD in roles_of(account) else mine
    ways = (Contact.email, Contact.telephone, func.replace(Contact.telephone, " ", ""))
    for texts_of in (
        notes.where(or_(mine, Note.author_id == account.id)),
        *(select(Dossier.id, way).join(Dossier.contact).where(whose) for way in ways),
        *(
            select(Dossier.id, way).join(Dossier.parties).join(Party.contact).where(whose)
            for way in ways
        ),
        select(Party.dossier_id, Party.reference),
    ):
        for number, text in session.execute(texts_of):
            add(number, text)
    return {number: " ".join(texts) for number, texts in found.items()}


def _late(session: Session, account: Account) -> set[int]:
    """Dossiers where something should have been done; of the whole team for a lead."""
    now, lead = clock.now(), Role.LEAD in roles_of(account)
    whose = None if lead else working_as(account)
    late = {task.dossier.id for task in tasks.due(session, whose, now)}
    for whom in [None] if whose is None else sorted(whose):
        late |= {one.dossier_id for one in tasks.reminders_due(session, whom, now)}
    return late


def _codes(row: Any) -> list[str]:
    return same.communes_of(row)


def _postcodes(insee: str) -> Sequence[str]:
    commune = matcher.territory.communes.get(insee)
    return commune.postcodes if commune else ()


def _by_member(session: Session) -> Callable[[Any], Any]:
    names: dict[int, list[str]] = {}
    asked = select(Dossier.id, Account.name).join(Dossier.members.of_type(Account))
    for number, name in session.execute(asked):
        names.setdefault(number, []).append(plain(name))
    return lambda row: sorted(names.get(row.id, ["\uffff"]))  # those of nobody last


def _by_moment(column: Any) -> Callable[[Session], Callable[[Any], Any]]:
    def ordered(session: Session) -> Callable[[Any], Any]:
        moments: dict[int, Any] = {
            number: at for number, at in session.execute(select(Dossier.id, column))
        }
        return lambda row: moments[row.id]

    return ordered


_STATES = [state.value for state in State]
ORDERS: Mapping[str, Callable[[Session], Callable[[Any], Any]]] = {
    "commune": lambda _: lambda row: plain(place_of(row.commune)),
    "besoin": lambda _: lambda row: plain(row.need),
    "themes": lambda _: lambda row: [plain(one.label) for one in answers.themes_of(need_of(row))],
    "etat": lambda _: lambda row: _STATES.index(row.state),
    "suivi": _by_member,
    "recu": _by_moment(Dossier.created_at),
    "activite": _by_moment(Dossier.active_at),
}
"""How the list is sorted, by the name of its column."""
