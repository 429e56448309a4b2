"""The settings of the site: read once at the start, and refused together when some are wrong.

They are told as a table in a terminal, as a page of the docs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from flask import Flask

from ..casework.store.database import Database
from ..casework.store.vault import Vault
from ..signin.keys import AUDIT, NAMES, keys
from .rules import shown
from .table import BY_NAME, PREFIX, PUBLISHER, TABLE, Setting, default_folder, settings

__all__ = ["LEGAL", "WrongSetting", "configure", "database_of", "default_folder", "untold"]

LEGAL = {
    "PUBLISHER": "qui publie le site",
    "DIRECTOR": "qui dirige la publication",
    "HOSTING": "qui l’héberge",
    "CONTACT": "comment joindre l’éditeur",
}
"""What the law asks a public site to say, and what each setting tells."""
HIDDEN = "(cachée)"
"""What is shown of a secret."""
_PASSWORD = re.compile(r"(://[^:/@]*:)[^@]*@")
HEAD = """# Réglages

Cette page est écrite par `python -m web.admin reglages --page` : ne la changez pas à la main.

Les réglages sont lus dans l’environnement, au démarrage du site et de chaque commande
d’administration ; un réglage vide garde sa valeur par défaut. Une valeur qui ne suit pas la règle,
ou un nom inconnu qui commence par `MAILLAGE_`, empêche le démarrage et dit pourquoi.
`python -m web.admin reglages` montre les valeurs en vigueur, secrets cachés."""


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


class WrongSetting(ValueError):
    """Settings have values that cannot be; the message is French, a line a setting."""


def given(environment: Mapping[str, str], but: Collection[str] = ()) -> dict[str, str]:
    """What the environment gives, empty texts left out.

    Parameters
    ----------
    but : collection of str
        Keys that are told otherwise.
    """
    return {
        name: told
        for name, told in environment.items()
        if told
        and (name in BY_NAME or name.startswith(PREFIX))
        and name.removeprefix(PREFIX) not in but
    }


def read(told: Mapping[str, str]) -> dict[str, Any]:
    """Values by their key.

    Raises
    ------
    WrongSetting
    """
    if faults := wrong(told):
        raise WrongSetting("\n".join(faults))
    return {BY_NAME[name].key: BY_NAME[name].rule.read(text) for name, text in told.items()}


def wrong(told: Mapping[str, str]) -> list[str]:
    """What is wrong with what was told, one French sentence each: setting, rule, value."""
    faults = []
    for name, text in told.items():
        if name not in BY_NAME:
            near = get_close_matches(name, BY_NAME, 1)
            meant = f" Vouliez-vous {near[0]} ?" if near else ""
            faults.append(f"{name} n’est pas un réglage de Maillage.{meant}")
            continue
        setting = BY_NAME[name]
        try:
            setting.rule.read(text)
        except ValueError:
            value = HIDDEN if setting.is_secret or "@" in text else f"« {text} »"
            faults.append(f"{name} doit {setting.rule.said} : {value}.")
    return faults


def in_force(told: Mapping[str, str]) -> list[tuple[Setting, str, bool]]:
    """Each setting, its value as it may be shown, and whether the environment gives it."""
    return [(one, _shown(one, told.get(one.name)), one.name in told) for one in settings()]


def page() -> str:
    """The page of the docs, in Markdown: all but what one machine says."""
    lines = [HEAD]
    for title, group in TABLE.items():
        lines += ["", f"## {title}", "", "| Réglage | Par défaut | Ce qu’il fait | Il doit |"]
        lines.append("|---|---|---|---|")
        for one in group:
            default = one.usual or (f"`{shown(one.value)}`" if one.value != "" else "vide")
            lines.append(f"| `{one.name}` | {default} | {one.meaning}. | {one.rule.said} |")
    return "\n".join([*lines, ""])


def _shown(setting: Setting, told: str | None) -> str:
    if setting.is_secret:
        return HIDDEN if told else setting.usual
    if told is None and setting.value == "":
        return setting.usual or "vide"
    return _PASSWORD.sub(r"\1***@", told if told is not None else shown(setting.value))
