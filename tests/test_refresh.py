"""`actualiser`: sources replayed in their documented formats, with the faults of a network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from click.testing import CliRunner
from stand_in import Reply, StandIn, stand_in

from matcher import DataError
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import CONTACTS, PROJECTS, STRUCTURES
from matcher.catalogue.tables import write_rows
from matcher.commands import main
from matcher.territory.nest import Territory
from matcher.territory.reference.pinned import read_vintages
from matcher.upkeep.audit import check, gather
from matcher.upkeep.directory.checks import ages
from matcher.upkeep.edit import change_record
from matcher.upkeep.network import client as clients
from matcher.upkeep.network.client import Client
from matcher.upkeep.network.geography import refresh_geography
from matcher.upkeep.network.refresh import SourceExtract, refresh, refresh_list
from matcher.upkeep.network.sources import BAN, SOURCES

TODAY = date(2026, 11, 29)
LIST, SEARCH = "/api/v1/structures", "/search"
KEY = SOURCES["data-inclusion"].token


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Every source stands in for itself on this machine."""
    with stand_in() as standing:
        for source in SOURCES.values():
            monkeypatch.setenv(source.setting, standing.address)
        monkeypatch.setenv(KEY, "cle-de-test")
        yield standing


class Waits(list[float]):
    """The seconds that were waited, without waiting."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def asked_of(name: str, cache: Path, waits: Waits | None = None) -> Client:
    return Client(SOURCES[name], cache, waits if waits is not None else Waits())


def brought(
    name: str, folder: Path, tmp_path: Path, departement: str = "", *, dry: bool = False
) -> Any:
    cache = tmp_path / "cache"
    one, ban = asked_of(name, cache), Client(BAN, cache, Waits())
    return refresh(one, ban, SourceExtract(departement), folder, TODAY, dry=dry)[0]


def record(number: int, **changes: Any) -> dict[str, Any]:
    """A structure as the version 1 of data.inclusion lists it."""
    return {
        "source": "dora",
        "original_id": f"s{number}",
        "id": f"dora--s{number}",
        "nom": f"Atelier du Lodévois {number}",
        "description": "Ouvre ses machines et ses savoir-faire à tous les habitants du territoire.",
        "date_maj": "2025-02-14",
        "siret": None,
        "commune": "Lodève",
        "code_postal": "34700",
        "code_insee": "34142",
        "adresse": "1 rue de la République",
        "longitude": 3.31,
        "latitude": 43.73,
        "telephone": "+33400000000",
        "courriel": "contact@exemple.fr",
        "site_web": f"https://exemple.fr/{number}",
        "horaires_accueil": None,
        "accessibilite_lieu": None,
        "reseaux_porteurs": [],
        **changes,
    }


def page_of(records: list[Any], number: int = 1, pages: int = 1, total: int | None = None) -> Any:
    """A page of data.inclusion (api/utils/pagination.py): `size` is that of the page."""
    total = len(records) if total is None else total
    return {
        "items": records,
        "total": total,
        "page": number,
        "size": len(records),
        "pages": pages,
    }


def rows(folder: Path) -> dict[str, dict[str, str]]:
    return {row["id"]: dict(row) for row in read_rows(folder / STRUCTURES.file)}


def table(folder: Path) -> bytes:
    return (folder / STRUCTURES.file).read_bytes()


def refused(network: StandIn, folder: Path, tmp_path: Path, *replies: Any) -> str:
    """What is said when the list of data.inclusion comes so; nothing is written."""
    network.says(LIST, *replies)
    before = table(folder)
    with pytest.raises(DataError) as error:
        brought("data-inclusion", folder, tmp_path)
    assert table(folder) == before
    return str(error.value)


def test_every_page_is_read_with_the_key_and_goes_through_the_import(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    network.says(
        LIST, page_of([record(1), record(2)], 1, 2, 3), page_of([record(3, nom="")], 2, 2, 3)
    )
    report = brought("data-inclusion", folder, tmp_path)
    assert report.added == ("dora-s1", "dora-s2")
    assert [fault.column for fault in report.refused] == ["name"]
    assert report.refused_file and report.refused_file.parent == tmp_path / "cache"
    first, second = network.asked
    assert first.headers["Authorization"] == "Bearer cle-de-test"
    assert (first.query["page"], second.query["page"]) == ("1", "2")
    row = rows(folder)["dora-s1"]
    assert row["to_verify"] == "oui" and "Importée de data.inclusion (dora, 2025" in row["note"]
    assert "Type proposé" in row["note"]
    assert [f for f in check(folder) if f.level == "erreur"] == []


def test_a_trial_says_what_would_change_and_writes_nothing(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    network.says(LIST, page_of([record(1)]))
    before = table(folder)
    report = brought("data-inclusion", folder, tmp_path, dry=True)
    assert report.added == ("dora-s1",) and report.written is None and table(folder) == before


def test_a_second_reading_changes_what_the_source_changed_and_flags_what_is_gone(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    network.says(LIST, page_of([record(1), record(2), record(3)]))
    brought("data-inclusion", folder, tmp_path)
    network.says(LIST, page_of([record(1, site_web="https://exemple.fr/neuf"), record(3)]))
    report = brought("data-inclusion", folder, tmp_path)
    assert report.gone == ("dora-s2",)
    assert set(report.changed) == {"dora-s1", "dora-s2"} and report.unchanged == ("dora-s3",)
    now = rows(folder)
    assert now["dora-s1"]["website"] == "https://exemple.fr/neuf"
    assert now["dora-s2"]["to_verify"] == "oui"
    assert "N’est plus dans data.inclusion le 29 novembre 2026." in now["dora-s2"]["note"]
    assert [f for f in check(folder) if f.level == "erreur"] == []
    again = brought("data-inclusion", folder, tmp_path)
    assert again.written is None and again.gone == ()


def test_what_a_person_decided_is_never_written_again(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    network.says(LIST, page_of([record(1), record(2)]))
    brought("data-inclusion", folder, tmp_path)
    for i in ("dora-s1", "dora-s2"):
        decided = {"website": "https://exemple.fr/juste", "source_url": "https://exemple.fr/page"}
        decided |= {"themes": "numerique", "note": "Importée de data.inclusion (dora)."}
        change_record(folder, i, decided | {"to_verify": "non"}, TODAY)
    before = table(folder)
    network.says(LIST, page_of([record(1, site_web="https://exemple.fr/faux")]))
    report = brought("data-inclusion", folder, tmp_path)
    assert table(folder) == before and report.written is None and report.gone == ()
    assert "dora-s1, website : « https://exemple.fr/juste » devient" in str(report.held[0])
    assert {change.id for change in report.held} == {"dora-s1", "dora-s2"}


def test_only_the_departement_that_was_read_can_be_missing_rows(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    network.says(LIST, page_of([record(1), record(2, code_insee="26113")]))
    brought("data-inclusion", folder, tmp_path)
    network.says(LIST, page_of([record(3, code_insee="26113")]))
    report = brought("data-inclusion", folder, tmp_path, "26")
    assert network.asked[-1].query["code_departement"] == "26"
    assert report.gone == ("dora-s2",)


def test_a_list_that_lost_half_of_its_structures_is_not_believed(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    network.says(LIST, page_of([record(n) for n in range(12)]))
    brought("data-inclusion", folder, tmp_path)
    told = refused(network, folder, tmp_path, page_of([record(1), record(2)]))
    assert "10 structures sur 12 n’y sont plus" in told


def test_a_known_structure_under_another_name_is_told(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    network.says(LIST, page_of([record(1, nom="RONALPIA", code_insee="69383", commune="Lyon")]))
    report = brought("data-inclusion", folder, tmp_path, dry=True)
    assert any("ronalpia" in str(fault) for fault in report.warnings)


HTML = "<!DOCTYPE html><html><body>Maintenance</body></html>"
FAULTS = (
    (Reply(page_of([])), "aucune structure reçue : rien n’est changé"),
    (Reply(""), "data.inclusion, page 1 : réponse vide"),
    (Reply('{"items": [{"source": "do'), "page 1, ligne 1 : JSON illisible, sans doute coupé"),
    (Reply(HTML, headers={"Content-Type": "text/html"}), "page 1 : page HTML reçue"),
    (Reply(b"\xff\xfe\x00"), "page 1 : réponse qui n’est pas un texte UTF-8"),
    (Reply({"data": []}), "page 1, colonne « items » : liste attendue : le format a changé"),
    (Reply([1]), "page 1, colonne « items » : liste attendue : le format a changé"),
    (Reply(page_of([{"id": "x", "nom": "Y"}])), "structure 1, colonne « source » : champ absent"),
    (Reply(page_of(["x"])), "page 1, ligne 1 : objet attendu"),
    (Reply(page_of([record(1)], total=3)), "1 lignes reçues, 3 annoncées : liste coupée"),
    (Reply(page_of([], pages=4, total=9)), "page 1 : page vide, 4 pages annoncées"),
    (Reply({"detail": "Forbidden"}, 403), f"accès refusé (réponse 403) : vérifiez {KEY}"),
    (Reply({}, 404), "adresse introuvable (réponse 404) : voyez MAILLAGE_DATA_INCLUSION_URL"),
    (Reply({"detail": "size trop grand"}, 422), "page 1 : réponse 422 : size trop grand"),
    (Reply("", 302, {"Location": LIST}), "page 1 : l’adresse renvoie sans fin vers une autre"),
    (Reply("", 429, {"Retry-After": "3600"}), "la source demande d’attendre 60 minutes"),
)


@pytest.mark.parametrize(("reply", "rule"), FAULTS, ids=[rule[:40] for _, rule in FAULTS])
def test_a_fault_of_the_source_is_told_and_changes_nothing(
    reply: Reply, rule: str, network: StandIn, folder: Path, tmp_path: Path
) -> None:
    assert rule in refused(network, folder, tmp_path, reply)


def test_what_passes_is_waited_for_as_the_source_asks(network: StandIn, tmp_path: Path) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    network.says(
        LIST,
        Reply("", 429, {"Retry-After": "7"}),
        Reply("Bad gateway", 500),
        Reply("", 503, {"Retry-After": later}),
        page_of([record(1)]),
    )
    waits = Waits()
    data = asked_of("data-inclusion", tmp_path, waits).json(LIST)
    assert data["total"] == 1
    assert waits[:2] == [7.0, 2.0] and 40 < waits[2] <= 50


def test_a_source_that_never_answers_well_is_left_after_a_few_times(
    network: StandIn, tmp_path: Path
) -> None:
    network.says(LIST, Reply("", 500))
    waits = Waits()
    with pytest.raises(DataError, match="page 2 : réponse 500, 4 fois"):
        asked_of("data-inclusion", tmp_path, waits).json(LIST, "page 2")
    assert waits == [1.0, 2.0, 4.0] and len(network.asked) == clients.ATTEMPTS


def test_an_answer_cut_on_the_way_is_asked_again(network: StandIn, tmp_path: Path) -> None:
    network.says(LIST, Reply(page_of([record(1)]), cut=True), page_of([record(1)]))
    assert asked_of("data-inclusion", tmp_path).json(LIST)["total"] == 1
    network.says(LIST, Reply(page_of([record(1)]), cut=True))
    with pytest.raises(DataError, match="connexion impossible ou coupée"):
        asked_of("data-inclusion", tmp_path).json(LIST)


def test_no_answer_in_time_and_no_server_are_told(tmp_path: Path, network: StandIn) -> None:
    def late(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late", request=request)

    slow = Client(SOURCES["pvd"], tmp_path, Waits(), httpx.MockTransport(late))
    with pytest.raises(DataError, match="aucune réponse à temps, 4 fois"):
        slow.json("/")
    setting = SOURCES["pvd"].setting
    for address, rule in (
        ("http://127.0.0.1:1", "connexion impossible ou coupée"),
        ("ftp://exemple.fr", f"adresse fausse : voyez {setting}"),
    ):
        with patch.dict("os.environ", {setting: address}), pytest.raises(DataError, match=rule):
            asked_of("pvd", tmp_path).json("/")


def test_an_answer_without_end_is_stopped(network: StandIn, tmp_path: Path) -> None:
    network.says(LIST, Reply(b"[" + b"1," * 2_000_000))
    with patch.object(clients, "SIZE_MAX", 1024 * 1024), pytest.raises(DataError) as error:
        asked_of("data-inclusion", tmp_path).json(LIST)
    assert "réponse de plus de 1 Mo : arrêtée" in str(error.value)


def test_a_redirection_is_followed_but_never_out_of_encryption(
    network: StandIn, tmp_path: Path
) -> None:
    network.says("/ancienne", Reply("", 301, {"Location": f"{network.address}/neuve"}))
    network.says("/neuve", [1, 2])
    assert asked_of("pvd", tmp_path).json("/ancienne") == [1, 2]

    def down(request: httpx.Request) -> httpx.Response:
        there = httpx.Response(302, headers={"Location": "http://exemple.fr/"})
        return there if request.url.scheme == "https" else httpx.Response(200, json=[])

    unsafe = Client(SOURCES["pvd"], tmp_path, Waits(), httpx.MockTransport(down))
    with pytest.raises(DataError, match="sans chiffrement"):
        unsafe.json("https://exemple.fr/")


def test_what_did_not_change_is_read_from_the_last_copy(network: StandIn, tmp_path: Path) -> None:
    network.says(LIST, Reply(page_of([record(1)]), headers={"ETag": '"un"'}))
    one = asked_of("data-inclusion", tmp_path)
    first, second = one.json(LIST), one.json(LIST)
    assert first == second
    assert [a.headers.get("If-None-Match") for a in network.asked] == [None, '"un"']
    # A copy that was damaged is not read: the source is asked for all of it again.
    (copy,) = tmp_path.glob("*.donnees")
    copy.write_bytes(b"{}")
    assert one.json(LIST) == first and "If-None-Match" not in network.asked[-1].headers
    # What cannot be read is not kept in the place of what could.
    network.says(LIST, Reply("{", headers={"ETag": '"deux"'}))
    with pytest.raises(DataError):
        one.json(LIST)
    assert json.loads(copy.read_bytes()) == first


def test_a_source_with_a_key_is_not_asked_without_it(
    network: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY)
    with pytest.raises(DataError, match=f"demande une clé : donnez-la par {KEY}"):
        asked_of("data-inclusion", tmp_path).json(LIST)
    assert network.asked == []


def company(number: int, **changes: Any) -> dict[str, Any]:
    """A company as the API Recherche d’entreprises lists it, with `minimal=true&include=siege`."""
    siege = {
        "siret": f"{number:09}00012",
        "activite_principale": "38.32Z",
        "adresse": "1 RUE DES FLEURS 34700 LODEVE",
        "code_postal": "34700",
        "commune": "34142",
        "departement": "34",
        "etat_administratif": "A",
    }
    return {
        "siren": f"{number:09}",
        "nom_complet": f"recyclerie du lodevois {number}",
        "nom_raison_sociale": f"RECYCLERIE DU LODEVOIS {number}",
        "sigle": None,
        "activite_principale": "38.32Z",
        "nature_juridique": "9220",
        "date_mise_a_jour": "2026-03-02",
        "siege": siege | changes.pop("siege", {}),
        **changes,
    }


def found(companies: list[Any], total: int | None = None) -> dict[str, Any]:
    return {
        "results": companies,
        "total_results": len(companies) if total is None else total,
        "page": 1,
        "per_page": 25,
        "total_pages": 1,
    }


def test_companies_of_the_ess_come_by_the_seat_and_never_a_sole_trader(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    away = {"commune": "75112", "departement": "75"}
    one = company(3, nature_juridique="1000", nom_complet="camille martin")
    network.says(SEARCH, found([company(1), company(2, siege=away), one]))
    report = brought("entreprises", folder, tmp_path, "34")
    assert report.added == ("entreprises-000000001",)
    query = network.asked[0].query
    assert (query["est_ess"], query["departement"], query["per_page"]) == ("true", "34", "25")
    assert "dirigeants" not in query["include"]
    row = rows(folder)["entreprises-000000001"]
    assert row["source_url"].endswith("/entreprise/000000001") and row["to_verify"] == "oui"
    assert "Importée de Recherche d’entreprises (2026-03-02)" in row["note"]


def test_a_search_of_ten_thousand_companies_is_narrowed(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    network.says(SEARCH, found([company(1)], 10_000))
    with pytest.raises(DataError, match="restreignez avec --activite"):
        brought("entreprises", folder, tmp_path, "34")
    refusal = "Veuillez indiquer un paramètre `per_page` entre `1` et `25`, par défaut `10`."
    network.says(SEARCH, Reply({"erreur": refusal}, 400))
    with pytest.raises(DataError, match="réponse 400 : Veuillez indiquer"):
        brought("entreprises", folder, tmp_path, "34")


SERVICES = (
    "id_fs,insee_dep,lib_fs,adresse,complement_adresse,insee_com,code_postal,lib_com,latitude,"
    "longitude,mail,telephone,type_fs,format_fs,groupe_fs,labellisation_fs\n"
    '"1","34","France services de Lodève","1 Rue de la République",,"34142","34700","Lodève",'
    '43.7,3.3,"fs@exemple.fr","04 00 00 00 00","Principal","Fixe",,"Espace labellisé 01/01/2020"\n'
    '"3","02","Bus France services Thiérache",,,"02361","02120","Guise",49.9,3.6,,,'
    '"Principal","Bus_équivalent",,"Espace labellisé 01/01/2020"\n'
)


def data_set(network: StandIn, *names: str) -> dict[str, Any]:
    """A data set as data.gouv.fr describes it."""
    resources = [
        {"title": name, "format": "csv", "url": f"{network.address}/static/{name}"}
        for name in names
    ]
    return {"id": "x", "resources": resources}


def test_the_newest_list_of_france_services_is_taken(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    names = ("liste-fs-20240307.csv", "liste-fs-20240801.csv", "liste-fs-com2024-20240910.csv")
    network.says("/", data_set(network, *names))
    network.says("/static/liste-fs-20240801.csv", SERVICES)
    report = brought("france-services", folder, tmp_path)
    assert report.added == ("france-services-1", "france-services-3")
    row = rows(folder)["france-services-3"]
    assert "à Guise, itinérant" in row["description"] and row["source_year"] == "2024"
    network.says("/static/liste-fs-20240801.csv", SERVICES.replace("lib_fs", "libelle"))
    with pytest.raises(DataError, match="France services, liste, ligne 1, colonne « lib_fs »"):
        brought("france-services", folder, tmp_path)
    network.says("/", data_set(network, "autre.csv"))
    with pytest.raises(DataError, match="aucun fichier dont le nom ressemble"):
        brought("france-services", folder, tmp_path)


def test_the_ban_finds_the_commune_of_an_address_when_it_is_sure(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    nowhere = {"code_insee": None}
    network.says(LIST, page_of([record(1), record(2, **nowhere), record(3, **nowhere)]))
    network.says(
        "/search/csv",
        "rang,adresse,code_postal,commune,result_citycode,result_score,result_status\n"
        "1,1 rue de la République,34700,Lodève,34142,0.96,ok\n"
        "2,1 rue de la République,34700,Lodève,34079,0.41,ok\n",
    )
    report = brought("data-inclusion", folder, tmp_path)
    assert rows(folder)["dora-s2"]["seat_insee"] == "34142"
    assert [fault.line for fault in report.refused][:1] == [3]  # no seat, no area: refused
    sent = network.asked[-1].body
    assert b'name="data"' in sent and b"1,1 rue de la R" in sent and b"\r\n0," not in sent


def test_the_command_says_the_difference_and_names_what_is_missing(
    network: StandIn, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    network.says(LIST, page_of([record(1), record(2, description="")]))
    run = CliRunner().invoke(
        main, ["actualiser", "data-inclusion", "--essai", "--data", str(folder)]
    )
    assert run.exit_code == 0, run.output
    for said in ("reçues : 2", "nouvelles : 1", "refusées : 1", "Rien n’a été écrit."):
        assert said in run.output
    assert "dora-s1, « Atelier du Lodévois 1 »" in run.output
    file = ["--fichier", str(folder / STRUCTURES.file)]
    for wrong in (["entreprises"], ["ban"], ["pvd", *file], ["cog"], ["pvd", "--annee", "2027"]):
        run = CliRunner().invoke(main, ["actualiser", *wrong, "--data", str(folder)])
        assert run.exit_code == 2, run.output


def test_a_file_without_codes_of_communes_gets_them_from_the_ban(
    network: StandIn, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    columns = ("id", "source", "nom", "description", "adresse", "code_postal", "commune")
    file = tmp_path / "structures.csv"
    write_rows(file, columns, [{c: str(record(1)[c]) for c in columns}])
    answer = "rang,result_citycode,result_score\n0,34142,0.9\n"
    network.says("/search/csv", answer)
    run = CliRunner().invoke(
        main, ["actualiser", "ban", "--fichier", str(file), "--data", str(folder)]
    )
    assert run.exit_code == 0, run.output
    assert rows(folder)["dora-s1"]["seat_commune"] == "Lodève"


PVD_TABLE = "reference/pvd.csv"


def official(codes: list[str]) -> str:
    """The list of the ANCT on data.gouv.fr."""
    lines = (f"{code},Commune,pvd-84-01-{n},2021-03-12" for n, code in enumerate(codes))
    return "\n".join(["insee_com,lib_com,id_pvd,date_signature", *lines]) + "\n"


def listed_pvd(network: StandIn, folder: Path, cache: Path, codes: list[str], day: str) -> Any:
    name = f"liste-pvd-com2025-{day}.csv"
    network.says("/", data_set(network, "liste-pvd-com2023-20240102.csv", name))
    network.says(f"/static/{name}", official(codes))
    return refresh_list(asked_of("pvd", cache), folder, dry=False)


def test_the_newest_list_of_pvd_adds_and_keeps_what_is_gone_to_be_verified(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    known = [row["insee"] for row in read_rows(folder / PVD_TABLE)]
    projects = {row["insee"]: row["pvd"] for row in read_rows(folder / PROJECTS.file)}
    other = next(code for code, label in projects.items() if code and label == "non")
    fresh = [*known[1:], other]
    found = listed_pvd(network, folder, tmp_path, fresh, "20260427")
    assert (found.vintage, found.added, found.gone) == ("2026-04", (other,), (known[0],))
    told = "\n".join(found.lines())
    assert "liste du mois d’avril 2026 : 1606 communes" in told
    assert {r["insee"]: r["vintage"] for r in read_rows(folder / PVD_TABLE)}[known[0]] == "2021-01"
    territory = Territory.open(folder)
    assert territory.pvd_vintage == "2026-04"
    projects = {row["insee"]: row["pvd"] for row in read_rows(folder / PROJECTS.file)}
    assert projects[other] == "oui"  # the label of a project is that of its commune
    assert territory.communes[other].labels and not territory.communes[known[0]].labels
    data, _ = gather(folder)
    assert data
    said = [str(fault) for fault in ages(folder, data, TODAY)]
    assert any("1 commune d’une liste plus ancienne" in told for told in said)
    assert not any("plus de trois ans : 16" in told for told in said)
    before = (folder / PVD_TABLE).read_bytes()
    again = listed_pvd(network, folder, tmp_path, fresh, "20260427")
    assert not again.written and (folder / PVD_TABLE).read_bytes() == before
    # A second list of the same month, which one more has left, tells it apart from those that stay.
    last = listed_pvd(network, folder, tmp_path, fresh[1:], "20260428")
    assert last.gone == (known[1],)
    assert not Territory.open(folder).communes[known[1]].labels


def test_a_list_of_pvd_that_cannot_be_believed_changes_nothing(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    known = [row["insee"] for row in read_rows(folder / PVD_TABLE)]
    before = (folder / PVD_TABLE).read_bytes()
    for codes, day, rule in (
        (known[:100], "20260427", "1506 communes sur 1606 n’y sont plus"),
        (known, "20200101", "plus ancienne que la nôtre"),
        ([*known, "1033"], "20260427", "colonne « insee_com » : « 1033 » : un code Insee a cinq"),
        ([], "20260427", "aucune commune dans ce fichier"),
    ):
        with pytest.raises(DataError) as error:
            if day < "2021":
                network.says("/", data_set(network, f"liste-pvd-{day}.csv"))
                network.says(f"/static/liste-pvd-{day}.csv", official(codes))
                refresh_list(asked_of("pvd", tmp_path), folder, dry=False)
            listed_pvd(network, folder, tmp_path, codes, day)
        assert rule in str(error.value)
    assert (folder / PVD_TABLE).read_bytes() == before


def test_check_tells_the_age_of_lists_and_of_the_geography(folder: Path) -> None:
    data, _ = gather(folder)
    assert data
    told = [str(fault) for fault in ages(folder, data, TODAY)]
    assert any("liste de janvier 2021, de plus de trois ans : 1606 communes" in t for t in told)
    assert any("leur source ne dit pas leur année : 34875 communes" in t for t in told)
    assert not any("géographie" in t for t in told)
    later = [str(fault) for fault in ages(folder, data, date(2027, 1, 2))]
    assert sum("géographie qui n’est pas celle de 2027" in t for t in later) == 2


def api_geo(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Communes and EPCI as the API Géo lists them, from our own tables."""
    communes = []
    for row in read_rows(folder / "reference/communes.csv"):
        one = {"nom": row["name"], "code": row["insee"], "codeDepartement": row["departement"]}
        one |= {"codeRegion": row["region"], "population": int(row["population"])}
        one |= {"codesPostaux": row["postcodes"].split("|")[::-1]}
        communes.append(one | ({"codeEpci": row["epci"]} if row["epci"] else {}))
    epci = read_rows(folder / "reference/epci.csv")
    return communes, [{"nom": row["name"], "code": row["code"]} for row in epci]


@pytest.fixture
def geo(network: StandIn, folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    communes, epci = api_geo(folder)
    network.says("/communes", communes)
    network.says("/epcis", epci)
    return communes, epci


def reference(folder: Path) -> dict[str, bytes]:
    files = ("reference/communes.csv", "reference/epci.csv", "reference/vintages.csv")
    return {file: (folder / file).read_bytes() for file in (*files, STRUCTURES.file)}


def test_the_year_brings_its_epci_names_and_populations(
    network: StandIn, folder: Path, tmp_path: Path, geo: Any
) -> None:
    before = reference(folder)
    same = refresh_geography(asked_of("cog", tmp_path), folder, "2026", dry=False)
    assert (same.changes, same.written) == ((), False) and reference(folder) == before
    communes, epci = geo
    code = next(row["insee"] for row in read_rows(folder / PROJECTS.file) if row["insee"])
    changed = next(one for one in communes if one["code"] == code)
    changed |= {"nom": "Ville-la-Neuve", "population": 7_777, "codeEpci": "200099999"}
    epci.append({"nom": "CC du Neuf", "code": "200099999"})
    network.says("/communes", communes)
    network.says("/epcis", epci)
    found = refresh_geography(asked_of("cog", tmp_path), folder, "2027", dry=False)
    assert {(c.id, c.column) for c in found.changes} == {
        (code, "name"),
        (code, "population"),
        (code, "epci"),
    }
    assert found.epci_added == ("200099999 (CC du Neuf)",)
    named = {row["insee"]: row["commune"] for row in read_rows(folder / PROJECTS.file)}
    assert named[code] == "Ville-la-Neuve" and found.followed
    assert Territory.open(folder).communes[code].population == 7_777
    assert read_vintages(folder)["communes"] == "2027"
    assert [f for f in check(folder) if f.level == "erreur"] == []


def test_communes_that_come_and_go_are_told_and_none_is_removed(
    network: StandIn, folder: Path, tmp_path: Path, geo: Any
) -> None:
    communes, _ = geo
    gone = communes.pop()
    new = {**communes[0], "code": "01999", "nom": "Neuve"}
    overseas = {**new, "code": "97501", "codeDepartement": "975"}
    network.says("/communes", [*communes, new, overseas])
    before = reference(folder)
    tried = refresh_geography(asked_of("cog", tmp_path), folder, "2027", dry=True)
    assert reference(folder) == before and not tried.written
    found = refresh_geography(asked_of("cog", tmp_path), folder, "2027", dry=False)
    assert found.added == ("01999 (Neuve)",) and found.gone == (f"{gone['code']} ({gone['nom']})",)
    assert gone["code"] in Territory.open(folder).communes
    assert read_vintages(folder)["communes"] == "2026"  # not yet all of 2027


def test_a_geography_that_would_break_the_catalogue_or_is_cut_changes_nothing(
    network: StandIn, folder: Path, tmp_path: Path, geo: Any
) -> None:
    communes, epci = geo
    before = reference(folder)
    # Every commune leaves the EPCI that a structure says it covers.
    cited = next(r for r in rows(folder).values() if r["coverage_level"] == "epci")
    code = cited["coverage_codes"].split("|")[0]
    moved = [
        {**one, "codeEpci": "200069193"} if one.get("codeEpci") == code else one for one in communes
    ]
    cases: tuple[tuple[Any, Any, str], ...] = (
        (moved, epci, f"{code} n’est pas un code de territoire"),
        (communes[:20_000], epci, "communes sur 34875 n’y sont plus"),
        ([{"nom": "X"}], epci, "API Géo, communes, ligne 1, colonne « code » : champ absent"),
        ({}, epci, "API Géo, communes : liste attendue"),
        ([{**communes[0], "codeEpci": "999999999"}, *communes[1:]], epci, "EPCI absent"),
        (communes, [], "API Géo, epcis : liste attendue"),
    )
    for listed, groups, rule in cases:
        network.says("/communes", listed)
        network.says("/epcis", groups)
        with pytest.raises(DataError) as error:
            refresh_geography(asked_of("cog", tmp_path), folder, "2027", dry=False)
        assert rule in str(error.value)
    assert reference(folder) == before


def test_only_generic_contacts_are_taken_and_none_is_changed(
    network: StandIn, folder: Path, tmp_path: Path
) -> None:
    own = {"siret": "13002526500013", "telephone": "+33 4 67 00 00 00"}
    person = {"courriel": "camille.martin@exemple.fr", "telephone": "06 12 34 56 78"}
    network.says(LIST, page_of([record(1, **own), record(2, **person)]))
    report = brought("data-inclusion", folder, tmp_path)
    assert (report.contacts.added, report.contacts.left) == (3, 2)
    kept = {row["id"]: row for row in read_rows(folder / CONTACTS.file) if "dora-s" in row["id"]}
    assert {i: row["value"] for i, row in kept.items()} == {
        "dora-s1-courriel": "contact@exemple.fr",
        "dora-s1-telephone": "04 67 00 00 00",
        "dora-s1-siret": "13002526500013",
    }
    assert kept["dora-s1-siret"]["source_url"].endswith("/api/v1/structures/dora--s1")
    assert kept["dora-s1-siret"]["source_date"] == "2025-02-14"
    assert [f for f in check(folder) if f.level == "erreur"] == []
    network.says(LIST, page_of([record(1, courriel="accueil@exemple.fr"), record(2)]))
    brought("data-inclusion", folder, tmp_path)
    now = {row["id"]: row["value"] for row in read_rows(folder / CONTACTS.file)}
    assert now["dora-s1-courriel"] == "contact@exemple.fr"
