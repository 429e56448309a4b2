"""The settings: what they are unless told otherwise, and where they are told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from matcher import Matcher

from . import limits
from .casework.store.database import Database
from .casework.store.vault import Vault
from .signin.keys import AUDIT, NAMES, keys

DATA = Matcher.embedded()
PUBLISHER = "l’organisme qui met ce site en service"
"""Who answers for the site, where the one who runs it says nothing."""


LEGAL = {
    "PUBLISHER": "qui publie le site",
    "DIRECTOR": "qui dirige la publication",
    "HOSTING": "qui l’héberge",
    "CONTACT": "comment joindre l’éditeur",
}
"""What the law asks a public site to say, and what each setting tells."""


def untold(config: Mapping[str, Any]) -> list[str]:
    """The legal settings that are missing, each as the environment gives it, with what it tells."""
    return [
        f"MAILLAGE_{name} ({told})"
        for name, told in LEGAL.items()
        if config.get(name, "") in ("", PUBLISHER)
    ]


def is_on(value: object) -> bool:
    """Whether a setting that the environment gives as a text is on."""
    return str(value).lower() not in ("false", "0", "non", "")


def default_folder() -> Path:
    """The folder of the user's data on this system, never inside the code."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "maillage"


def configure(app: Flask, config: Mapping[str, Any] | None = None) -> None:
    """Set the settings of an application: the defaults, the environment, then `config`.

    The site and the command line read them here, and so open the same database.

    Raises
    ------
    UnreadableKeys
        When the file of the keys is damaged.
    """
    app.config.from_mapping(
        DATA=DATA,
        FORM_SECONDS=3,
        DATABASE_URL=f"sqlite:///{default_folder() / 'maillage.sqlite'}",
        KEYS=default_folder() / "cles.json",
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024,
        CORS_ORIGINS="",
        # Names of the site, with commas; any other Host is refused. Empty takes them all.
        HOSTS="",
        **limits.DEFAULTS,
        PUBLISHER=PUBLISHER,
        CONTACT="",
        DIRECTOR="",
        ANSWER_DAYS=0,
        IMPRESSIONS=True,
        HOSTING="",
        CAPACITY="",
        # How letters are signed, beside the name of who writes them.
        SENDER_ORGANISATION="",
        SENDER_JOB="",
        SENDER_PHONE="",
        SENDER_REPLY="",
        ACCESS_LOG="",
    )
    app.config.from_prefixed_env("MAILLAGE")
    # A key is a text, even one that looks like a number.
    given = {name: os.environ.get(f"MAILLAGE_{name}") for name in (*NAMES, AUDIT)}
    app.config.from_mapping({name: key for name, key in given.items() if key})
    app.config.from_mapping(config or {})
    if not all(app.config.get(name) for name in NAMES):
        for name, key in keys(Path(app.config["KEYS"])).items():
            app.config[name] = app.config.get(name) or key
    if not app.config.get(AUDIT):  # every other key is given by the environment: no file is read
        app.config[AUDIT] = Vault.of(app.config["TOTP_KEY"], Path(), "").seal(AUDIT, "")


def database_of(app: Flask) -> Database:
    """The database that the settings name, with what is kept outside of it.

    Raises
    ------
    WrongUrl
        When its address cannot be read.
    """
    url = app.config["DATABASE_URL"]
    return Database(url, Vault.of(app.config[AUDIT], Path(app.config["KEYS"]).parent, url))
