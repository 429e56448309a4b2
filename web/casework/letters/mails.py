"""A mail that an adviser drops: read as plain text, by the standard library, never run nor fetched.

Nothing is stored here: what it says is shown first, then filed as a note by whoever confirms it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from email.utils import getaddresses, parsedate_to_datetime

from lxml import etree

from matcher.tables import repair

from .. import clock
from ..states import Step

MAIL_MAX = 5 * 2**20
"""Bytes of a mail: with a document or two attached, which are not kept."""
LONGEST_SUBJECT = 200
LONGEST_HEADER, LONGEST_OF_PART = 2_000, 300
"""Characters of a header that are looked at, and of one that says what a part is: the library takes
the square of their number."""
MOST_PARTS, MOST_LINES = 200, 200_000
"""Lines that may open a part, and lines: a mail of five megabytes has some ten, and 70,000; one
made to hang its reader has millions."""
LONGEST_PAGE = 1_000_000
"""Characters of a page that are looked at: its styles may come first."""
LONGEST_TEXT = 100_000
"""Characters of a mail that are read: what is filed is twenty times shorter."""
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


_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "blockquote"})
"""Elements of a page that begin a line."""
_UNREAD = frozenset({"script", "style", "title"})


class _Bounded(EmailPolicy):
    """How mails are read, each header up to its bound."""

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        """The name and the value of a header."""
        name, value = super().header_source_parse(list(sourcelines))
        of_part = name.lower().startswith("content-")
        return name, value[: LONGEST_OF_PART if of_part else LONGEST_HEADER]


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
    lines = max(data.count(end) for end in (b"\n", b"\r"))
    if lines > MOST_LINES or data.count(b"\n--") > MOST_PARTS:
        raise Unreadable("Ce courriel a trop de lignes : copiez son texte dans une note.")
    try:
        message = BytesParser(EmailMessage, policy=_Bounded()).parsebytes(data)
        assert isinstance(message, EmailMessage)
        subject = " ".join(str(message["Subject"] or "").split())[:LONGEST_SUBJECT]
        senders, readers = (_addresses(message, names) for names in (["From"], ["To", "Cc"]))
        whole = _plain(message)[:LONGEST_TEXT]
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
    return _words(content) if body.get_content_subtype() == "html" else content


def _words(page: str) -> str:
    """The words of a page, a line for each block: no script, no style, nothing loaded."""
    reader = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)
    # No text ends there: a page may hold nothing that can be read.
    root = etree.fromstring(
        f"<html>{page[:LONGEST_PAGE]}</html>".encode("utf-8", "replace"), reader
    )
    lines = "".join(_pieces(root)).split("\n") if root is not None else ()
    return "\n".join(line.strip() for line in lines if line.strip())


def _pieces(root: etree._Element) -> Iterator[str]:
    """The texts of a page in their order, with a line end where a block begins."""
    unread = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            unread += element.tag in _UNREAD
            yield "\n" if element.tag in _BLOCKS else ""
            yield "" if unread else element.text or ""
        else:
            unread -= element.tag in _UNREAD
            yield "" if unread else element.tail or ""
