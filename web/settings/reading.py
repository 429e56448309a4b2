"""Settings read from the environment, and told: as a table in a terminal, as a page of the docs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from .rules import shown
from .table import BY_NAME, PREFIX, TABLE, Setting, settings

HIDDEN = "(cachée)"
"""What is shown of a secret."""
_PASSWORD = re.compile(r"(://[^:/@]*:)[^@]*@")


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


HEAD = """# Réglages

Cette page est écrite par `python -m web.admin reglages --page` : ne la changez pas à la main.

Les réglages sont lus dans l’environnement, au démarrage du site et de chaque commande
d’administration ; un réglage vide garde sa valeur par défaut. Une valeur qui ne suit pas la règle,
ou un nom inconnu qui commence par `MAILLAGE_`, empêche le démarrage et dit pourquoi.
`python -m web.admin reglages` montre les valeurs en vigueur, secrets cachés."""


def _shown(setting: Setting, told: str | None) -> str:
    if setting.is_secret:
        return HIDDEN if told else setting.usual
    if told is None and setting.value == "":
        return setting.usual or "vide"
    return _PASSWORD.sub(r"\1***@", told if told is not None else shown(setting.value))
