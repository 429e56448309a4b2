"""The keys of the site, for sessions, passwords, second factors and the log; the links they sign.

Keys are made once, and readable by their owner only. Without them nobody could sign in any more:
keep a copy of the file, apart from the backups of the database.

A link opens a page without an account: signed here, so that nobody makes one. That of a record
names it, holds nothing else, and is over after `LINK_DAYS`: who has it may only leave an answer
that a moderator reads. That of a letter names a secret that casework keeps, and ends
(`casework.introductions.links`).
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from flask import current_app, url_for
from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

from matcher.catalogue import files

NAMES = ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "TOTP_KEY")
"""Settings that the file holds; those of the environment come first."""
AUDIT = "AUDIT_KEY"
"""The key of the audit log; a file of before has none, and is given one."""


LARGEST = 2**16
"""Bytes of the file: four keys."""
LINK_DAYS = 180
"""Days for which a link opens its record: a letter may wait on a desk for a season."""
_DAY_SECONDS = 24 * 3600
_LONGEST = 400
"""Characters of a link: the longest identifier has 100."""


class UnreadableKeys(RuntimeError):
    """The file exists and holds no keys; a new one would lock everybody out. In French."""


def keys(path: Path) -> dict[str, str]:
    """Read the keys, made when there are none yet.

    Raises
    ------
    UnreadableKeys
        When the file is damaged.
    """
    if not path.exists():
        _make(path)
    found = _read(path)
    return found if AUDIT in found else _completed(path)


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(files.read(path, LARGEST))
        names = [*NAMES, *({AUDIT} & found.keys())]
        if not all(isinstance(found[name], str) and found[name] for name in names):
            raise ValueError("a key that is no text")
        return {name: found[name] for name in names}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableKeys(
            f"{path} : clés illisibles. Remettez la copie de ce fichier ; sans lui, plus personne "
            "ne peut se connecter."
        ) from error


def _make(path: Path) -> None:
    """Write them, unless another process did meanwhile: the first one's are kept."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with files.alone_in(path.parent):
        if not path.exists():
            _write(path, {name: secrets.token_urlsafe(32) for name in (*NAMES, AUDIT)})


def _completed(path: Path) -> dict[str, str]:
    """Give a file of before its missing key, unless another process did meanwhile."""
    with files.alone_in(path.parent):
        found = _read(path)
        if AUDIT not in found:
            found[AUDIT] = secrets.token_urlsafe(32)
            _write(path, found)
    return found


def _write(path: Path, found: dict[str, str]) -> None:
    files.write(path, (json.dumps(found, indent=2).encode(),), files.PRIVATE)


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
