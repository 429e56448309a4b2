"""Where each source is: its French name, its documented address, the setting that moves it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
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

INCLUSION = Source(
    "data-inclusion",
    "data.inclusion",
    "MAILLAGE_DATA_INCLUSION_URL",
    "https://api.data.inclusion.gouv.fr",
    token="MAILLAGE_DATA_INCLUSION_JETON",
)
COMPANIES = Source(
    "entreprises",
    "Recherche d’entreprises",
    "MAILLAGE_ENTREPRISES_URL",
    "https://recherche-entreprises.api.gouv.fr",
    pause_s=0.2,  # seven requests a second at most
)
FRANCE_SERVICES = Source(
    "france-services",
    "France services",
    "MAILLAGE_FRANCE_SERVICES_URL",
    f"{DATAGOUV}/liste-des-structures-france-services",
)
PVD = Source(
    "pvd",
    "Petites villes de demain",
    "MAILLAGE_PVD_URL",
    f"{DATAGOUV}/programme-petites-villes-de-demain",
)
GEOGRAPHY = Source("cog", "API Géo", "MAILLAGE_COG_URL", "https://geo.api.gouv.fr")
BAN = Source(
    "ban",
    "Base adresse nationale",
    "MAILLAGE_BAN_URL",
    "https://data.geopf.fr/geocodage",
    pause_s=0.05,  # fifty requests a second at most
)

SOURCES: Mapping[str, Source] = {
    source.name: source for source in (INCLUSION, COMPANIES, FRANCE_SERVICES, PVD, GEOGRAPHY, BAN)
}
"""By the name that the operator writes."""
