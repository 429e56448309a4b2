"""The link by which a structure says what its own record is worth: signed, without an account.

It names one record, holds nothing else, and is over after `LINK_DAYS`. Who has it may only leave
an answer that a moderator reads.
"""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

LINK_DAYS = 180
"""Days for which a link opens its record: a letter may wait on a desk for a season."""
_DAY_SECONDS = 24 * 3600
_LONGEST = 400
"""Characters of a link: the longest identifier has 100."""


def link_of(record_id: str) -> str:
    """The end of the address of the link of a record."""
    return _signer().dumps(record_id)


def record_of(link: str) -> str | None:
    """The record that a link names; None when it is over, or was not made here."""
    if len(link) > _LONGEST:
        return None
    try:
        return str(_signer().loads(link, max_age=LINK_DAYS * _DAY_SECONDS))
    except BadData:
        return None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="fiche")
