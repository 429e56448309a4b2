"""What the value of a setting may be: each rule says itself in French, and reads a text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limits import parse, parse_many
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from ..casework.store.database import Database

SHORTEST_SECRET = 16
"""Characters of a key that a person gives."""
YES, NO = ("true", "1", "oui"), ("false", "0", "non")
"""How a setting is told to be on, or off."""
_HOST = re.compile(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*(:\d+)?|\[[0-9a-f:]+\](:\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    """What a value may be.

    Parameters
    ----------
    said : str
        What follows « NOM doit », in French.
    read : callable
        Makes the value of a text; raises ValueError when it may not be.
    """

    said: str
    read: Callable[[str], Any]


def whole(least: int, most: int | None = None) -> Rule:
    """A whole number from `least` to `most`, both included."""

    def read(told: str) -> int:
        if not (told.isascii() and told.isdigit() and least <= int(told) <= (most or int(told))):
            raise ValueError(told)
        return int(told)

    span = f"de {least} à {most}" if most else f", {least} ou plus"
    return Rule(f"être un nombre entier{'' if span[0] == ',' else ' '}{span}", read)


def _yes(told: str) -> bool:
    if told.lower() not in (*YES, *NO):
        raise ValueError(told)
    return told.lower() in YES


def _line(told: str) -> str:
    if not told.isprintable():
        raise ValueError(told)
    return told


def _hosts(told: str) -> str:
    if not all(_HOST.fullmatch(one.strip()) for one in told.split(",") if one.strip()):
        raise ValueError(told)
    return told


def _origins(told: str) -> str:
    for one in told.split():
        parts = urlsplit(one)
        if parts.scheme not in ("http", "https") or one != f"{parts.scheme}://{parts.netloc}":
            raise ValueError(told)
    return told


def _address(told: str) -> str:
    parts = urlsplit(told)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(told)
    return told


def _present(kind: Callable[[Path], bool]) -> Callable[[str], str]:
    def read(told: str) -> str:
        if not kind(Path(told)):
            raise ValueError(told)
        return told

    return read


def _place(told: str) -> str:
    """A file or a folder that may come to be: its parents are made where they are missing."""
    if "\0" in told or not told.isprintable():
        raise ValueError(told)
    return told


def _secret(told: str) -> str:
    if len(told) < SHORTEST_SECRET or not told.isprintable():
        raise ValueError(told)
    return told


def _database(told: str) -> str:
    Database(told).engine.dispose()
    return told


def _counts(told: str) -> str:
    try:
        storage_from_string(told)
    except (ConfigurationError, ImportError) as error:
        raise ValueError(told) from error
    return told


def pace(example: str, *, several: bool = True) -> Rule:
    """How often: « 30 per minute », or several with semicolons."""

    def read(told: str) -> str:
        (parse_many if several else parse)(told)
        return told

    return Rule(f"s’écrire comme « {example} »", read)


def shown(value: object) -> str:
    """A value as the environment would give it."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return value if isinstance(value, str) else json.dumps(value, default=str).strip('"')


SWITCH = Rule("être « oui » ou « non »", _yes)
LINE = Rule("tenir sur une ligne, sans caractère invisible", _line)
HOSTS = Rule(
    "être un ou plusieurs noms séparés par des virgules, sans « https:// » ni « / », "
    "comme « maillage.exemple.fr »",
    _hosts,
)
ORIGINS = Rule(
    "être une ou plusieurs origines séparées par des espaces, comme « https://ville.exemple »",
    _origins,
)
ADDRESS = Rule("être une adresse qui commence par « https:// » ou « http:// »", _address)
FILE = Rule("être un fichier qui existe", _present(Path.is_file))
FOLDER = Rule("être un dossier qui existe", _present(Path.is_dir))
PLACE = Rule("être un chemin", _place)
SECRET = Rule(f"avoir au moins {SHORTEST_SECRET} caractères", _secret)
DATABASE = Rule(
    "s’écrire « sqlite:////dossier/fichier.sqlite » ou « postgresql://compte@machine/base »",
    _database,
)
COUNTS = Rule(
    "être « partage:// », ou une adresse comme « redis://machine:6379 » dont la bibliothèque "
    "est installée",
    _counts,
)
