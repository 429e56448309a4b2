"""Structures as sources publish them -> records in the layout of data.inclusion.

- data.inclusion: `GET /api/v1/structures?page=&size=&code_departement=`, key in `Authorization:
  Bearer`, `{"items", "total", "page", "size", "pages"}`, at most 10,000 a page, 403 without a good
  key (api/src/data_inclusion/api, routes, utils/pagination.py and config.py of
  gip-inclusion/data-inclusion; fields in src/data_inclusion/schema/v1/structures.py of
  gip-inclusion/data-inclusion-schema).
- Recherche d’entreprises: `GET /search?est_ess=true&departement=&page=&per_page=`, `{"results",
  "total_results", "page", "per_page", "total_pages"}`, 25 a page, 10,000 results at most, 7
  requests a second, refusals in `{"erreur"}` (aio/aio-proxy/aio_proxy/doc/open-api.yml of
  annuaire-entreprises-data-gouv-fr/search-api). `dirigeants` are never asked for.
- France services: the CSV of the ANCT on data.gouv.fr, `liste-fs-AAAAMMJJ.csv`
  (data/liste-fs-20240801.csv of anct-carto/france_services).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from . import sources
from .client import Client
from .sources import COMPANIES, FRANCE_SERVICES, INCLUSION

Record = dict[str, Any]
SIZE = 1_000
"""Structures of a page of data.inclusion: about 2 MB."""
PER_PAGE = 25
"""Companies of a page: the most that is allowed."""
RESULTS_MAX = 10_000
"""Companies that one search gives at most: past it, the list would be cut without a word."""
COMPANY_PAGE = "https://annuaire-entreprises.data.gouv.fr/entreprise/"
SOLE_TRADER = "1000"
"""Legal form of a person in business: never taken, its name is that of somebody."""
SERVICES_FILE = r"liste-fs-\d{8}\.csv$"
SERVICES_COLUMNS = ("id_fs", "insee_dep", "lib_fs", "insee_com", "lib_com", "format_fs")
SERVICES_PAGE = "https://www.data.gouv.fr/fr/datasets/liste-des-structures-france-services/"


def inclusion(client: Client, departement: str, activity: str) -> list[Record]:
    """The structures of data.inclusion, of a département or of them all."""
    asked = {"size": str(SIZE)} | ({"code_departement": departement} if departement else {})

    def page(number: int) -> tuple[list[Any], int, int]:
        name = f"page {number}"
        data = client.json("/api/v1/structures", name, {"page": str(number), **asked})
        return _listed(client, name, data, ("items", "total", "pages"))

    records = list(_pages(client, page))
    for rank, record in enumerate(records, 1):
        _needs(client, record, ("source", "id", "nom"), rank)
    return records


def companies(client: Client, departement: str, activity: str) -> list[Record]:
    """The companies of the ESS whose seat is in a département, and their activity if it is said."""
    asked = {"est_ess": "true", "departement": departement, "etat_administratif": "A"}
    asked |= {"minimal": "true", "include": "siege", "per_page": str(PER_PAGE)}
    asked |= {"activite_principale": activity} if activity else {}

    def page(number: int) -> tuple[list[Any], int, int]:
        name = f"page {number}"
        data = client.json("/search", name, {"page": str(number), **asked})
        found, total, pages = _listed(
            client, name, data, ("results", "total_results", "total_pages")
        )
        if total >= RESULTS_MAX:
            rule = "dix mille réponses ou plus : restreignez avec --activite (codes NAF)"
            client.fail(name, rule, column="total_results", value=str(total))
        return found, total, pages

    records = []
    for rank, company in enumerate(_pages(client, page), 1):
        _needs(client, company, ("siren", "nom_complet", "siege"), rank)
        seat = company["siege"] or {}
        if not isinstance(seat, dict):
            client.fail(f"réponse {rank}", "objet attendu : le format a changé", column="siege")
        abroad = seat.get("departement") != departement
        if abroad or str(company.get("nature_juridique")) == SOLE_TRADER:
            continue
        records.append(_company(company, seat))
    return records


def _company(company: Mapping[str, Any], seat: Mapping[str, Any]) -> Record:
    activity = company.get("activite_principale") or seat.get("activite_principale")
    what = f" (activité principale {activity})" if activity else ""
    return {
        "source": COMPANIES.name,
        "id": str(company["siren"]),
        "nom": company.get("nom_raison_sociale") or company["nom_complet"],
        "siret": seat.get("siret"),
        "code_insee": seat.get("commune"),
        "date_maj": company.get("date_mise_a_jour"),
        "description": f"Organisme de l’ESS d’après le répertoire Sirene de l’Insee{what}.",
        "lien_source": f"{COMPANY_PAGE}{company['siren']}",
    }


def france_services(client: Client, departement: str, activity: str) -> list[Record]:
    """The France services of the newest list, of a département or of them all."""
    file = sources.newest(client, SERVICES_FILE)
    rows = client.table(file.address, SERVICES_COLUMNS, "liste")
    return [
        {
            "source": FRANCE_SERVICES.name,
            "id": row["id_fs"],
            "nom": row["lib_fs"],
            "code_insee": row["insee_com"],
            "commune": row["lib_com"],
            "telephone": row.get("telephone"),
            "courriel": row.get("mail"),
            "date_maj": file.month,
            "description": _services(row),
            "lien_source": SERVICES_PAGE,
        }
        for row in rows
        if not departement or row["insee_dep"] == departement
    ]


def _services(row: Mapping[str, str]) -> str:
    moving = "" if row["format_fs"] == "Fixe" else ", itinérant"
    where = f" à {row['lib_com']}" if row["lib_com"] else ""
    return f"Espace France services{where}{moving} : accueil et aide aux démarches administratives."


def _pages(client: Client, page: Callable[[int], tuple[list[Any], int, int]]) -> Iterator[Record]:
    """The records of all pages: as many as the source says, or it fails."""
    number, pages, count, total = 0, 1, 0, 0
    while number < pages:
        number += 1
        found, total, pages = page(number)
        for record in found:
            count += 1
            if not isinstance(record, dict):
                client.fail(f"page {number}", "objet attendu", line=count)
            yield record
        if not found and number < pages:
            client.fail(f"page {number}", f"page vide, {pages} pages annoncées")
    if count != total:
        rule = f"{count} lignes reçues, {total} annoncées : liste coupée ou changée entre-temps"
        client.fail(f"page {number}", f"{rule}, relancez la commande")


def _listed(
    client: Client, page: str, data: Any, names: tuple[str, str, str]
) -> tuple[list[Any], int, int]:
    """The list, the total and the pages of an answer, by their names."""
    said = data if isinstance(data, dict) else {}
    for name, kind in zip(names, (list, int, int), strict=True):
        if not isinstance(said.get(name), kind):
            rule = f"{'liste' if kind is list else 'nombre'} attendu : le format a changé"
            client.fail(page, rule.replace("liste attendu ", "liste attendue "), column=name)
    return said[names[0]], said[names[1]], said[names[2]]


def _needs(client: Client, record: Mapping[str, Any], fields: tuple[str, ...], rank: int) -> None:
    for field in fields:
        if field not in record:
            rule = "champ absent : le format de la source a changé"
            client.fail(f"structure {rank}", rule, column=field)


READERS: Mapping[str, Callable[[Client, str, str], list[Record]]] = {
    INCLUSION.name: inclusion,
    COMPANIES.name: companies,
    FRANCE_SERVICES.name: france_services,
}
"""How the structures of each source are read: client, département, activity."""
