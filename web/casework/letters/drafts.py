"""Drafts: a letter as a file that a mail program opens ready to be sent, its documents attached."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP

from matcher import Structure
from matcher.catalogue import Way

from .documents import MEDIA_TYPE
from .letters import Letter

MAIL_TYPE = "message/rfc822"


def draft(
    letter: Letter, address: str, reply: str = "", documents: Sequence[tuple[str, bytes]] = ()
) -> bytes:
    """Make the file: plain text only, no sender, which the mail program of the adviser fills in.

    Parameters
    ----------
    address : str
        Whom it goes to; "" where that is not known.
    reply : str
        Where answers go; "" for the sender.
    documents : sequence of (str, bytes)
        Name and content of each document.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = letter.subject
    if address:
        message["To"] = address
    if reply:
        message["Reply-To"] = reply
    message["X-Unsent"] = "1"  # Outlook opens it as a draft
    message.set_content(letter.body, cte="quoted-printable")
    kind, _, subtype = MEDIA_TYPE.partition("/")
    for name, content in documents:
        message.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
    return message.as_bytes()


def address_of(structure: Structure) -> str:
    """The box of a structure that a page publishes; "" where none is known."""
    boxes = (contact.value for contact in structure.contacts if contact.way is Way.COURRIEL)
    return next(boxes, "")
