"""The settings of the site: read once at the start, and refused together when some are wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from ..casework.store.database import Database
from ..casework.store.vault import Vault
from ..signin.keys import AUDIT, NAMES, keys
from .reading import WrongSetting, given, read
from .table import PUBLISHER, default_folder, settings

__all__ = ["LEGAL", "WrongSetting", "configure", "database_of", "default_folder", "untold"]

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


def configure(app: Flask, config: Mapping[str, Any] | None = None) -> None:
    """Set the settings of an application: the defaults, the environment, then `config`.

    The site and the command line read them here, and so open the same database.

    Parameters
    ----------
    config : mapping, optional
        Values by their key (without « MAILLAGE_ »), texts or not; and settings of Flask.

    Raises
    ------
    WrongSetting
        When the environment or `config` gives what the table does not allow.
    UnreadableKeys
        When the file of the keys is damaged.
    """
    told = dict(config or {})
    texts = {one.name: told[one.key] for one in settings() if isinstance(told.get(one.key), str)}
    app.config.from_mapping(
        {one.key: one.value for one in settings()}, SESSION_COOKIE_SAMESITE="Lax"
    )
    app.config.from_mapping(told)
    app.config.from_mapping(read(given(os.environ, but=told) | texts))
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
