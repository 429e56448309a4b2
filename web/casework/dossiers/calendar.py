"""Calendars that other programs read (RFC 5545), and the secret address of one."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..store.tables import Account
from ..store.vault import digest

SECRET_BYTES = 24
"""Of the address of a calendar: nobody guesses it."""
HOUR = timedelta(hours=1)
"""How long a meeting is shown: its end is not asked for."""
FOLDED = 74
"""Bytes of a line, its end aside: the standard allows 75."""


@dataclass(frozen=True)
class Event:
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


def renew(session: Session, account: Account) -> str:
    """Give a calendar a new secret address; the one before opens nothing any more."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    account.feed = digest(secret)
    subject = f"compte {account.id}"
    audit.record(session, Action.ACCOUNT, account.id, subject, changement="agenda")
    return secret


def owner(session: Session, secret: str) -> Account | None:
    """Whose calendar an address opens; None of nobody, or of a closed account."""
    found = session.scalar(select(Account).where(Account.feed == digest(secret)))
    return found if found is not None and found.active else None


def written(events: Iterable[Event]) -> str:
    """A calendar as a file."""
    stamp = f"{clock.now():%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Maillage//FR", "METHOD:PUBLISH"]
    for event in events:
        lines += ["BEGIN:VEVENT", f"UID:{event.key}@maillage", f"DTSTAMP:{stamp}"]
        lines += [*_times(event), f"SUMMARY:{_escaped(event.title)}"]
        for name, text in (("LOCATION", event.place), ("DESCRIPTION", event.line)):
            if text:
                lines.append(f"{name}:{_escaped(text)}")
        lines += [f"URL:{event.address}", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _times(event: Event) -> list[str]:
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
