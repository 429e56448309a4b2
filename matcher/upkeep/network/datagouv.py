"""The newest CSV of a data set of data.gouv.fr, with the month of its list.

`GET /api/1/datasets/{slug}/` gives `resources`, each with `title`, `url`, `format` and
`last_modified` (https://guides.data.gouv.fr/api-de-data.gouv.fr/reference/datasets). The files of
the ANCT bear their day in their name: `liste-pvd-com2025-20260427.csv`, `liste-fs-20240801.csv`. A
setting that leads to a CSV is read as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .client import Client

DAY = re.compile(r"(20\d\d)(0[1-9]|1[0-2])\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class File:
    """A CSV file of a data set.

    Parameters
    ----------
    address : str
        Where it is.
    month : str
        Year and month of its list, `2026-04`; "" when nothing says it.
    """

    address: str
    month: str


def newest(client: Client, pattern: str) -> File:
    """The newest CSV of the data set whose name matches a pattern.

    Raises
    ------
    DataError
        When the answer is not that of a data set, or holds no such file.
    """
    address = client.source.address
    if address.endswith(".csv"):
        return File(address, _month(address))
    page = "fiche du jeu de données"
    data = client.json("/", page)
    resources = data.get("resources") if isinstance(data, dict) else None
    if not isinstance(resources, list):
        client.fail(page, "liste attendue : le format de la source a changé", column="resources")
    files = [_file(one) for one in resources if isinstance(one, dict)]
    named = re.compile(pattern)
    found = [file for file in files if named.search(file.address)]
    if not found:
        rule = f"aucun fichier dont le nom ressemble à « {pattern} » parmi {len(files)}"
        client.fail(page, rule, column="resources")
    return max(found, key=lambda file: (file.month, file.address))


def _file(resource: dict[str, Any]) -> File:
    address = str(resource.get("url") or "")
    modified = str(resource.get("last_modified") or "")
    return File(address, _month(address) or modified[:7])


def _month(address: str) -> str:
    """The month of the last day that an address bears."""
    days = DAY.findall(address)
    return "-".join(days[-1]) if days else ""
