"""The desk of an account: what is new to it, its lists, its calendar, who takes over from it.

A calendar is read by other programs (RFC 5545), by a secret address.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select, text
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..states import Forbidden, State
from ..store.memories import SavedView
from ..store.tables import Account, Dossier, Seen
from ..store.vault import digest

NOTED = text(
    "INSERT INTO seen (dossier_id, account_id, version) VALUES (:dossier, :account, :version) "
    "ON CONFLICT (dossier_id, account_id) DO UPDATE SET version = excluded.version"
)
"""Two pages that are opened at once both note it: neither fails."""
MOST_LISTS = 30
"""Lists of one account."""
LONGEST_NAME = 60
"""Characters of a name."""
LONGEST_AWAY_DAYS = 366
"""Days of an absence at most: longer, dossiers are handed over."""
SECRET_BYTES = 24
"""Of the address of a calendar: nobody guesses it."""
HOUR = timedelta(hours=1)
"""How long a meeting is shown: its end is not asked for."""
FOLDED = 74
"""Bytes of a line, its end aside: the standard allows 75."""


def mark_seen(session: Session, dossier: Dossier, account_id: int) -> None:
    """Note that an account has the dossier before its eyes as it stands."""
    session.execute(
        NOTED, {"dossier": dossier.id, "account": account_id, "version": dossier.version}
    )


def is_seen(session: Session, dossier: Dossier, account_id: int) -> bool:
    """Whether an account saw the dossier as it stands."""
    known = session.get(Seen, (dossier.id, account_id))
    return known is not None and known.version == dossier.version


def news(account_id: int, whose: Collection[int]) -> ColumnElement[bool]:
    """Open dossiers that are followed by some accounts, and that this one has not seen so."""
    seen = exists(
        select(Seen.version).where(
            Seen.dossier_id == Dossier.id,
            Seen.account_id == account_id,
            Seen.version >= Dossier.version,
        )
    )
    followed = Dossier.members.any(Account.id.in_(whose))
    return followed & ~seen & (Dossier.state != State.CLOSED.value)


def lists_of(session: Session, account: Account) -> Sequence[SavedView]:
    """The lists of an account, then those that colleagues share, by name."""
    open_ = SavedView.shared & SavedView.account.has(Account.active)
    asked = select(SavedView).where(or_(SavedView.account_id == account.id, open_))
    known = session.scalars(asked).all()
    return sorted(known, key=lambda one: (one.account_id != account.id, one.name.lower(), one.id))


def save_list(
    session: Session, account: Account, name: str, filters: Mapping[str, str], shared: bool
) -> SavedView:
    """Keep a list under a name; that of the same name is replaced.

    Raises
    ------
    Forbidden
        French: it has no name or no filter, or is one too many.
    """
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME:
        raise Forbidden(f"Donnez un nom à cette liste : {LONGEST_NAME} caractères au plus.")
    if not filters:
        raise Forbidden("Choisissez d’abord des filtres ou un ordre : c’est ce qui est gardé.")
    own = select(SavedView).where(SavedView.account_id == account.id)
    known = session.scalar(own.where(SavedView.name == called))
    if known is None:
        count = session.scalar(select(func.count()).select_from(own.subquery())) or 0
        if count >= MOST_LISTS:
            raise Forbidden(f"Vous gardez déjà {MOST_LISTS} listes : retirez-en une d’abord.")
        known = SavedView(account_id=account.id, name=called, created_at=clock.now())
        session.add(known)
    known.filters, known.shared = dict(filters), shared
    return known


def remove_list(session: Session, account: Account, number: int, *, lead: bool) -> None:
    """Forget a list: one's own, or for a lead one that is shared; gone already, it stays gone."""
    found = session.get(SavedView, number)
    if found is not None and (found.account_id == account.id or (lead and found.shared)):
        session.delete(found)


def open_of(session: Session, account_id: int) -> Sequence[Dossier]:
    """The open dossiers of an account."""
    asked = select(Dossier).where(
        Dossier.members.any(Account.id == account_id), Dossier.state != State.CLOSED.value
    )
    return session.scalars(asked.order_by(Dossier.id).with_for_update()).all()


def hand_over(
    session: Session, account: Account, to: Account | None, actor: int | None
) -> Sequence[Dossier]:
    """Give the open dossiers of an account to a colleague, or back to the queue.

    One that others follow too stays with them.
    """
    given = open_of(session, account.id)
    for dossier in given:
        dossier.members.remove(account)
        if to is not None and to not in dossier.members:
            dossier.members.append(to)
        dossier.version += 1
    audit.record_all(
        session,
        Action.DOSSIER_MEMBERS,
        actor,
        [
            (one.reference, {"membres": sorted(member.id for member in one.members)})
            for one in given
        ],
    )
    return given


def set_absence(
    session: Session,
    account: Account,
    first: date | None,
    last: date | None,
    stand_in: Account | None,
    actor: int,
) -> None:
    """Say that somebody is away from one day to another, and who works in their place.

    Parameters
    ----------
    first : date, optional
        None when they are back.

    Raises
    ------
    Forbidden
        When the days are not in order, or past, or nobody stands in.
    """
    if first is None:
        account.away_from = account.away_until = account.stand_in = None
    elif last is None or last < first or last < clock.today():
        raise Forbidden("Une absence a un premier jour, puis un dernier jour qui n’est pas passé.")
    elif last - first > timedelta(days=LONGEST_AWAY_DAYS):
        raise Forbidden("Une absence dure un an au plus : au-delà, confiez les dossiers.")
    elif stand_in is None or stand_in.id == account.id or not stand_in.active:
        raise Forbidden("Choisissez la personne qui suit les dossiers pendant l’absence.")
    else:
        account.away_from = clock.start_of(first)
        account.away_until = clock.start_of(last + timedelta(days=1))
        account.stand_in = stand_in.id
    audit.record(
        session,
        Action.ACCOUNT,
        actor,
        f"compte {account.id}",
        changement="absence" if first else "retour",
        **({"membres": [account.stand_in]} if account.stand_in else {}),
    )


@dataclass(frozen=True)
class Appointment:
    """A meeting at its hour, or a day when something is to be done.

    Parameters
    ----------
    key : str
        The same for the same thing, whenever the calendar is made.
    """

    key: str
    at: datetime
    title: str
    address: str
    place: str = ""
    line: str = ""
    whole_day: bool = False


def renew_calendar(session: Session, account: Account) -> str:
    """Give a calendar a new secret address; the one before opens nothing any more."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    account.feed = digest(secret)
    subject = f"compte {account.id}"
    audit.record(session, Action.ACCOUNT, account.id, subject, changement="agenda")
    return secret


def calendar_owner(session: Session, secret: str) -> Account | None:
    """Whose calendar an address opens; None of nobody, or of a closed account."""
    found = session.scalar(select(Account).where(Account.feed == digest(secret)))
    return found if found is not None and found.active else None


def calendar_text(events: Iterable[Appointment]) -> str:
    """A calendar as a file."""
    stamp = f"{clock.now():%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Maillage//FR", "METHOD:PUBLISH"]
    for event in events:
        lines += ["BEGIN:VEVENT", f"UID:{event.key}@maillage", f"DTSTAMP:{stamp}"]
        lines += [*_times(event), f"SUMMARY:{_escaped(event.title)}"]
        for name, said in (("LOCATION", event.place), ("DESCRIPTION", event.line)):
            if said:
                lines.append(f"{name}:{_escaped(said)}")
        lines += [f"URL:{event.address}", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _times(event: Appointment) -> list[str]:
    if event.whole_day:
        day = clock.day_of(event.at)
        return [
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        ]
    start, end = (moment.astimezone(UTC) for moment in (event.at, event.at + HOUR))
    return [f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}"]


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> Iterator[str]:
    """Cut a line into pieces, never within a character; each but the first begins with a space."""
    piece, size = "", 0
    for character in line:
        weight = len(character.encode("utf-8", "replace"))
        if size + weight > FOLDED:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + weight
    yield piece
