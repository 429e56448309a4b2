"""A mail that an adviser drops: read as plain text, by the standard library, never run nor fetched.

Nothing is stored here: what it says is shown first, then filed as a note by whoever confirms it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser

from matcher.tables import repair

from .. import clock
from ..states import Step

MAIL_MAX = 5 * 2**20
"""Bytes of a mail: with a document or two attached, which are not kept."""
LONGEST_SUBJECT = 200
_REFERENCE = re.compile(r"\bMR-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}\b")
_QUOTED = re.compile(
    r"^(>|Le .{5,200} a écrit\s*:|-{2,}\s*(Message (d’|d')origine|Original Message)|De\s*: .+@)",
    re.MULTILINE,
)
"""Where the answer ends and what it answers begins."""
_SAID = (
    (Step.LATER, r"plus tard|pas avant|à la rentrée|recontacte[rz]|l’an prochain"),
    (
        Step.DECLINED,
        r"malheureusement|à regret|pas en mesure|ne pou(v|rr)ons pas|ne correspond pas|décliner",
    ),
    (Step.ACCEPTED, r"volontiers|avec plaisir|bien sûr|d’accord|intéress|disponibles? pour|oui\b"),
)
"""Words by which an answer is guessed, the careful ones first: a person confirms it."""
_BROKEN = (
    *(ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError),
    MessageError,
)
"""What the parser of the library may raise on a mail that somebody made up."""


class Unreadable(ValueError):
    """A file that is no mail; the message is French."""


@dataclass(frozen=True)
class Mail:
    """What is read of a mail.

    Parameters
    ----------
    reference : str
        That of the dossier which it names, "" when it names none.
    sender : str
        Its address, in small letters.
    readers : tuple of str
        Addresses it was sent to.
    sent_at : datetime or None
        None when its date is missing, or to come.
    text : str
        What was written, without what it answers.
    """

    reference: str
    subject: str
    sender: str
    readers: tuple[str, ...]
    sent_at: datetime | None
    text: str


def parse(data: bytes) -> Mail:
    """Read a mail.

    Raises
    ------
    Unreadable
        When the file is none, or is too large.
    """
    if len(data) > MAIL_MAX:
        raise Unreadable(f"Ce courriel dépasse {MAIL_MAX // 2**20} Mo : ôtez ses pièces jointes.")
    try:
        message = message_from_bytes(data, policy=default)
        subject = " ".join(str(message["Subject"] or "").split())[:LONGEST_SUBJECT]
        senders, readers = (_addresses(message, names) for names in (["From"], ["To", "Cc"]))
        whole = _plain(message)
        sent_at = _moment(str(message["Date"] or ""))
    except _BROKEN as error:
        raise Unreadable("Ce fichier n’est pas un courriel lisible.") from error
    if not senders:
        raise Unreadable("Ce fichier n’est pas un courriel : il n’a pas d’expéditeur.")
    text = repair(whole).text
    cut = _QUOTED.search(text)
    own = text[: cut.start()].strip() if cut else text.strip()
    named = _REFERENCE.search(subject.upper()) or _REFERENCE.search(text.upper())
    return Mail(
        named[0] if named else "",
        repair(subject).text,
        senders[0],
        readers,
        sent_at,
        own or text.strip(),
    )


def guessed(mail: Mail) -> Step | None:
    """What a structure seems to answer; None when its words do not say."""
    said = mail.text.lower().replace("'", "’")
    return next((step for step, words in _SAID if re.search(words, said)), None)


def is_of(address: str, hosts: Iterable[str]) -> bool:
    """Whether an address belongs to one of these sites or boxes."""
    domain = address.rpartition("@")[2].lower()
    known = {host.rpartition("@")[2].lower().removeprefix("www.") for host in hosts if host}
    return any(domain == one or domain.endswith(f".{one}") for one in known)


def _addresses(message: EmailMessage, names: Iterable[str]) -> tuple[str, ...]:
    values = [str(value) for name in names for value in message.get_all(name) or ()]
    return tuple(address.lower() for _, address in getaddresses(values) if "@" in address)


def _moment(written: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(written)
    except _BROKEN:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if found <= clock.now() else None


def _plain(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    content = body.get_content()
    if not isinstance(content, str):
        return ""
    return _Words.of(content) if body.get_content_subtype() == "html" else content


class _Words(HTMLParser):
    """The text of a page: no script, no style, nothing loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = 0

    @classmethod
    def of(cls, page: str) -> str:
        """The words of a page, a line for each block."""
        reader = cls()
        reader.feed(page)
        reader.close()
        return re.sub(r"\s*\n\s*", "\n", "".join(reader.found)).strip()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Leave out what is no text; begin a line where the page does."""
        if tag in ("script", "style", "title"):
            self._hidden += 1
        elif tag in ("p", "div", "br", "li", "tr", "blockquote"):
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Read on."""
        if tag in ("script", "style", "title"):
            self._hidden = max(self._hidden - 1, 0)

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        if not self._hidden:
            self.found.append(data)
