"""Where each source is, and what it sent last.

Its French name, its documented address, the setting that moves it. What it sent last is kept with
what it needs to tell that nothing changed (ETag); it may be deleted at any time.

On data.gouv.fr a source is the newest CSV of a data set: `GET /api/1/datasets/{slug}/` gives
`resources`, each with `title`, `url`, `format` and `last_modified`
(https://guides.data.gouv.fr/api-de-data.gouv.fr/reference/datasets). The files of the ANCT bear
their day in their name: `liste-pvd-com2025-20260427.csv`, `liste-fs-20240801.csv`. A setting that
leads to a CSV is read as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.catalogue import files

if TYPE_CHECKING:
    from .client import Client


@dataclass(frozen=True, slots=True)
class NetworkSource:
    """One source of the network.

    Parameters
    ----------
    name : str
        What the operator writes after `actualiser`.
    label : str
        Its French name, at the head of every message about it.
    setting : str
        The setting (of the environment) whose address replaces `default`.
    default : str
        Its documented address.
    pause_s : float
        Seconds between two requests, so as to stay under the documented rate.
    token : str
        The setting of its key, "" when it asks for none.
    """

    name: str
    label: str
    setting: str
    default: str
    pause_s: float = 0.0
    token: str = ""

    @property
    def address(self) -> str:
        """Its address, without a slash at its end."""
        return (os.environ.get(self.setting) or self.default).rstrip("/")


DATAGOUV = "https://www.data.gouv.fr/api/1/datasets"

INCLUSION = NetworkSource(
    "data-inclusion",
    "data.inclusion",
    "MAILLAGE_DATA_INCLUSION_URL",
    "https://api.data.inclusion.gouv.fr",
    token="MAILLAGE_DATA_INCLUSION_JETON",
)
COMPANIES = NetworkSource(
    "entreprises",
    "Recherche d’entreprises",
    "MAILLAGE_ENTREPRISES_URL",
    "https://recherche-entreprises.api.gouv.fr",
    pause_s=0.2,  # seven requests a second at most
)
FRANCE_SERVICES = NetworkSource(
    "france-services",
    "France services",
    "MAILLAGE_FRANCE_SERVICES_URL",
    f"{DATAGOUV}/liste-des-structures-france-services",
)
PVD = NetworkSource(
    "pvd",
    "Petites villes de demain",
    "MAILLAGE_PVD_URL",
    f"{DATAGOUV}/programme-petites-villes-de-demain",
)
GEOGRAPHY = NetworkSource("cog", "API Géo", "MAILLAGE_COG_URL", "https://geo.api.gouv.fr")
BAN = NetworkSource(
    "ban",
    "Base adresse nationale",
    "MAILLAGE_BAN_URL",
    "https://data.geopf.fr/geocodage",
    pause_s=0.05,  # fifty requests a second at most
)

SOURCES: Mapping[str, NetworkSource] = {
    source.name: source for source in (INCLUSION, COMPANIES, FRANCE_SERVICES, PVD, GEOGRAPHY, BAN)
}
"""By the name that the operator writes."""


class CachedCopy:
    """The copy of one address in the cache folder; it may be deleted at any time.

    Parameters
    ----------
    cache : Path
        The folder.
    url : str
        The address, without a key.
    """

    def __init__(self, cache: Path, url: str) -> None:
        name = hashlib.sha256(url.encode()).hexdigest()[:24]
        self._body = cache / f"{name}.donnees"
        self._facts = cache / f"{name}.json"
        self._url = url
        self.etag = self.modified = ""
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            facts = json.loads(self._facts.read_text(encoding="utf-8"))
            if hashlib.sha256(self._body.read_bytes()).hexdigest() == facts["sha256"]:
                self.etag, self.modified = str(facts["etag"]), str(facts["modified"])

    def conditions(self) -> dict[str, str]:
        """The headers that ask for an answer only where something changed."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in said.items() if value}

    def body(self) -> bytes:
        """The copy."""
        return self._body.read_bytes()

    def keep(self, body: bytes, etag: str, modified: str) -> None:
        """Keep an answer that was read without a fault, where the source gave it a mark."""
        if not etag and not modified:
            return
        self._body.parent.mkdir(parents=True, exist_ok=True)
        facts = {
            "url": self._url,
            "sha256": hashlib.sha256(body).hexdigest(),
            "etag": etag,
            "modified": modified,
        }
        files.write(self._body, (body,))
        files.write(self._facts, (json.dumps(facts).encode(),))


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
