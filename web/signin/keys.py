"""The keys of the site: one signs sessions, one hashes passwords, one seals the second factors.

Made once, and readable by their owner only. Without them nobody could sign in any more: keep a
copy of the file, apart from the backups of the database.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from matcher.catalogue import files

NAMES = ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "TOTP_KEY")
"""Settings that the file holds; those of the environment come first."""


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
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(found[name], str) and found[name] for name in NAMES):
            raise ValueError("a key that is no text")
        return {name: found[name] for name in NAMES}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableKeys(
            f"{path} : clés illisibles. Remettez la copie de ce fichier ; sans lui, plus personne "
            "ne peut se connecter."
        ) from error


def _make(path: Path) -> None:
    """Write them, unless another process did meanwhile: the first one's are kept."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = json.dumps({name: secrets.token_urlsafe(32) for name in NAMES}, indent=2)
    with files.alone_in(path.parent):
        if not path.exists():
            files.write(path, (made.encode(),), files.PRIVATE)
