"""The links that open a page without an account: signed here, so that nobody makes one.

That of a record names it, holds nothing else, and is over after `LINK_DAYS`: who has it may only
leave an answer that a moderator reads. That of a letter names a secret that casework keeps, and
ends (`casework.introductions.links`).
"""

from __future__ import annotations

from flask import current_app, url_for
from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

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


def answer_link(key: str) -> str:
    """The end of the address by which a letter is answered: the same each time it is shown."""
    return str(_answers().dumps(key))


def answer_address(key: str) -> str:
    """The whole address, as a letter holds it."""
    return url_for("public.reply", lien=answer_link(key), _external=True)


def key_of(link: str) -> str | None:
    """The secret that the link of a letter names; None when it was not made here."""
    if len(link) > _LONGEST:
        return None
    try:
        return str(_answers().loads(link))
    except BadData:
        return None


def _answers() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="reponse")


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="fiche")
