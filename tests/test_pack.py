"""The pack of a cohort, read back format by format, from a real batch with hostile texts."""

import csv
import html.parser
import io
import json
import re
import sqlite3
import subprocess
import zipfile
from dataclasses import replace
from html import escape
from math import isnan
from pathlib import Path
from xml.etree import ElementTree

import geopandas
import openpyxl
import pyogrio
import pytest
from builders import CILAOS, LODEVE
from click.testing import CliRunner

from matcher import DataError, Need, Theme
from matcher.__main__ import main
from matcher.cohorts.batch import packing
from matcher.cohorts.batch.packing import read_pack, write_pack
from matcher.reports.answer.sheet import printable
from matcher.reports.pack.cohort import Pack
from matcher.reports.pack.layers import layers, write_project
from matcher.reports.pack.pages import document as pack_document
from matcher.reports.pack.pages.digest import NOTE_PAGES, epci_views, sheet_view
from matcher.reports.pack.pages.document import departement_map
from matcher.reports.pack.pages.overview import overview_view
from matcher.reports.pack.pages.view import commune_view, in_sentences
from matcher.reports.pack.records import COVERED, STATES, UNSURE, NeedRecord, Organisation
from matcher.reports.pack.tables import tables

HOSTILE = (
    '=HYPERLINK("http://mal.example";"ici") <script>alert(1)</script> #import "x" $a$ *b* 🏡 @r'
)
NEEDS = f"""commune,besoin,themes,etape,id
34142,Ouvrir une recyclerie dans l'ancienne gare,,,b1
34142,"{HOSTILE.replace('"', '""')}, une épicerie",,,=b2
34142,,tiers_lieu,,+b3
Bédarieux,Le dernier café a fermé,,immobilier,b4
Pézenas,Pas de médecin depuis deux ans : un centre de santé est-il possible ?,,,b5
commune:{CILAOS},Nos aînés vieillissent seuls,,,b6
Nulle-Part-sur-Rien,Un besoin,,,b7
"""
ANNEX = 12
"""Pages of the annex at most, of so few communes."""
SEEN = {LODEVE, "34028", "34199", CILAOS}
"""The communes of these needs: three of the Hérault, one of La Réunion."""


def run(*arguments: str) -> str:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a batch that says what changed since one with fewer suggestions."""
    folder = tmp_path_factory.mktemp("lot")
    needs = folder / "besoins.csv"
    needs.write_text(NEEDS, encoding="utf-8")
    run("batch", str(needs), "--top", "6", "--jobs", "1", "--out", str(folder / "avant"))
    since = ("--since", str(folder / "avant"))
    run("batch", str(needs), *since, "--jobs", "1", "--out", str(folder / "apres"))
    return folder / "apres"


@pytest.fixture(scope="module")
def pack(results: Path) -> Pack:
    return read_pack(results, name="Cohorte d’essai")


@pytest.fixture(scope="module")
def folder(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("paquet")
    said = run("pack", str(results), "--cohort-name", "Cohorte d’essai", "--out", str(out))
    assert "Communes : 4" in said and "Lignes refusées : 1" in said
    return out


def sheet_rows(folder: Path, title: str) -> list[dict[str, object]]:
    sheet = openpyxl.load_workbook(folder / "maillage.xlsx")[title]
    heading, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


# The pack as a whole


def test_a_pack_has_each_format_and_the_list_of_its_files(folder: Path, pack: Pack):
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert files == {
        *("maillage.xlsx", "maillage.gpkg", "maillage.qgz", "paquet.json"),
        *(f"maillage-{layer}.geojson" for layer in ("communes", "liens", "structures")),
        *(f"communes/{insee}.html" for insee in SEEN),
        *(f"departement-{code}.{kind}" for code in ("34", "974") for kind in ("html", "pdf")),
        *("ensemble.html", "ensemble.pdf"),
    }
    listed = json.loads((folder / "paquet.json").read_text(encoding="utf-8"))
    assert set(listed["fichiers"]) == files - {"paquet.json"}
    assert packing.count_files(pack) == len(files) - 1


def test_the_same_results_give_the_same_bytes(folder: Path, results: Path, tmp_path: Path):
    run("pack", str(results), "--cohort-name", "Cohorte d’essai", "--out", str(tmp_path))
    assert (tmp_path / "paquet.json").read_bytes() == (folder / "paquet.json").read_bytes()


def test_what_a_former_pack_left_is_removed_and_nothing_else(pack: Pack, tmp_path: Path):
    list(write_pack(pack, tmp_path, ["html"]))
    (tmp_path / "notes.txt").write_text("à moi", encoding="utf-8")
    fewer = replace(pack, replies=tuple(r for r in pack.replies if r.need.commune != CILAOS))
    list(write_pack(fewer, tmp_path, ["html"]))
    assert not (tmp_path / "communes" / f"{CILAOS}.html").exists()
    assert not (tmp_path / "departement-974.html").exists()
    assert not (tmp_path / "ensemble.html").exists(), "one département is its own note"
    assert (tmp_path / "notes.txt").exists()
    assert (tmp_path / "communes" / f"{LODEVE}.html").exists()


def test_results_of_other_data_make_no_pack(results: Path, tmp_path: Path):
    other = tmp_path / "resultats"
    other.mkdir()
    for path in results.glob("*.*"):
        (other / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((other / "manifeste.json").read_text(encoding="utf-8"))
    manifest["versions"]["catalogue"] = "0" * 64
    (other / "manifeste.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(DataError, match="les données ont changé"):
        read_pack(other)


def test_a_folder_without_results_is_refused_in_french(tmp_path: Path):
    done = CliRunner().invoke(main, ["pack", str(tmp_path), "--out", str(tmp_path / "p")])
    assert done.exit_code == 5
    assert "manifeste absent" in done.output


def test_every_proposal_of_the_batch_is_in_the_pack(pack: Pack, results: Path):
    lines = [
        json.loads(line)
        for line in (results / "suggestions.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    told = [(r.id, p.structure, p.rank) for r in pack.replies for p in r.proposals]
    assert told == [
        (li["id"], s["structure"], s["rang"]) for li in lines for s in li["suggestions"]
    ]
    assert sum(load.proposals for load in pack.loads()) == len(told)


# XLSX


def test_the_workbook_has_its_sheets_with_frozen_panes_and_filters(folder: Path):
    book = openpyxl.load_workbook(folder / "maillage.xlsx")
    assert book.sheetnames == [
        *("Synthèse", "Suggestions", "Charge par structure", "Thèmes non couverts"),
        *("Portes d’entrée", "Besoins par statut", "Refus", "Ce qui a changé", "Changements"),
        "Sources et licences",
    ]
    for title in book.sheetnames[1:-1]:
        sheet = book[title]
        assert sheet.freeze_panes, title
        assert sheet.auto_filter.ref, title
        assert sheet.column_dimensions["A"].width > 5, title
    assert book.properties.created.year == 2026


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(folder: Path):
    book = openpyxl.load_workbook(folder / "maillage.xlsx")
    texts = []
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell
                assert cell.hyperlink is None, cell
                texts.append(cell.value)
    assert any(str(text).startswith("=HYPERLINK") for text in texts)


def test_codes_are_texts_and_numbers_are_numbers(folder: Path, pack: Pack):
    rows = sheet_rows(folder, "Suggestions")
    assert len(rows) == sum(len(reply.proposals) for reply in pack.replies)
    assert {row["Code Insee ou SIREN"] for row in rows} == SEEN
    assert {row["Besoin n°"] for row in rows} == {"b1", "=b2", "+b3", "b4", "b5", "b6"}
    for row in rows:
        assert isinstance(row["Rang"], int)
        assert 0 <= row["Score sur 100 (dans ce besoin)"] <= 100
        assert row["Pourquoi"]


def test_the_sheets_say_what_the_pack_says(folder: Path, pack: Pack):
    loads = sheet_rows(folder, "Charge par structure")
    assert [row["Identifiant de la structure"] for row in loads] == [
        load.structure for load in pack.loads()
    ]
    ranks: dict[str, list[int]] = {}
    for row in sheet_rows(folder, "Suggestions"):
        ranks.setdefault(row["Identifiant de la structure"], []).append(row["Rang"])
    for row in loads:
        own = ranks[row["Identifiant de la structure"]]
        assert row["Meilleur rang"] == min(own)
        assert row["Fois au premier rang"] == own.count(1)
    gaps = sheet_rows(folder, "Thèmes non couverts")
    asked = [(row["Demandé par la commune"], row["Code Insee"], row["Thème"]) for row in gaps]
    assert sorted(asked) == sorted(
        ("oui" if gap.asked else "non", gap.commune, gap.theme.label) for gap in pack.gaps
    )
    assert [said for said, *_ in asked] == sorted((said for said, *_ in asked), reverse=True)
    (refused,) = sheet_rows(folder, "Refus")
    assert (refused["Ligne"], refused["Valeur"]) == (8, "Nulle-Part-sur-Rien")
    changes = sheet_rows(folder, "Changements")
    assert {row["Changement"] for row in changes} == {"nouvelle"}
    assert {row["Rang après"] for row in changes} == {7, 8, 9, 10}


def test_the_lines_refused_are_in_the_note_of_the_whole_pack_with_their_rule(pack: Pack):
    whole = (
        overview_view(pack)
        if pack.several
        else pack_document.document_view(pack, *pack.by_departement)
    )
    assert "1 refusée" in whole["read"]
    (refused,) = whole["refused"]
    assert (refused["line"], refused["value"]) == ("8", "Nulle-Part-sur-Rien")
    assert "Commune inconnue" in refused["rule"]
    first = whole["to_do"][0]
    assert first["title"].startswith("Corriger les lignes refusées") and "(8)" in first["text"]
    page = pack_document.departement_page(whole)
    assert "Nulle-Part-sur-Rien" in page and "Les lignes refusées du fichier" in page
    assert pack_document.departement_pdf(whole).startswith(b"%PDF")


def test_a_pack_without_refused_line_has_nothing_to_mend(pack: Pack):
    whole = replace(pack, refused=(), lines={})
    code = next(iter(pack.by_departement))
    view = overview_view(whole) if pack.several else pack_document.document_view(whole, code)
    assert not view["read"] and not view["refused"]
    assert not any("refusées" in one["title"] for one in view["to_do"])


def test_a_pack_is_the_same_when_the_scores_of_a_need_are_halved(pack: Pack):
    halved = replace(
        pack,
        replies=tuple(
            replace(r, proposals=tuple(replace(p, score=p.score / 2) for p in r.proposals))
            if r.id == "b1"
            else r
            for r in pack.replies
        ),
    )
    assert halved.loads() == pack.loads()
    assert sheet_view(halved, LODEVE)["others"] == sheet_view(pack, LODEVE)["others"]
    for one, other in zip(layers(halved), layers(pack), strict=True):
        assert list(one.rows()) == list(other.rows())


# Maps


def test_the_layers_open_in_geopandas_with_french_fields_in_wgs84(folder: Path, pack: Pack):
    path = folder / "maillage.gpkg"
    assert dict(pyogrio.list_layers(path)) == {
        "departements": "MultiPolygon",
        "epci": "MultiPolygon",
        "zones": "MultiPolygon",
        "layer_styles": None,
        "liens": "LineString",
        "communes": "Point",
        "structures": "Point",
    }
    communes = geopandas.read_file(path, layer="communes").set_index("insee")
    assert communes.crs.to_epsg() == 4326
    assert set(communes.index) == SEEN
    assert communes.loc[LODEVE, "besoins"] == 3
    assert communes.loc[CILAOS].geometry.y < 0
    structures = geopandas.read_file(path, layer="structures")
    assert list(structures["id"]) == sorted(load.structure for load in pack.loads())
    links = geopandas.read_file(path, layer="liens")
    for link in links.itertuples():
        assert link.geometry.coords[0] == communes.loc[link.insee].geometry.coords[0]
    assert set(links["structure_id"]) <= set(structures["id"])


def test_each_field_of_the_geopackage_has_its_name_for_a_reader(folder: Path):
    with sqlite3.connect(folder / "maillage.gpkg") as base:
        named = base.execute("SELECT table_name, column_name, title FROM gpkg_data_columns")
        aliases = {(table, column): title for table, column, title in named}
        tables = ("communes", "structures", "liens", "departements", "epci", "zones")
        for table in tables:
            columns = {row[1] for row in base.execute(f"PRAGMA table_info({table})")}
            assert {c for t, c in aliases if t == table} == columns - {"fid", "geom"}
        assert aliases["communes", "non_recenses"] == "Thèmes non recensés"
        (check,) = base.execute("PRAGMA integrity_check").fetchone()
        assert check == "ok"
        about = base.execute("SELECT description FROM gpkg_contents").fetchall()
    assert all("Licence" in text for (text,) in about)


def test_each_geojson_is_one_layer_with_the_placed_rows_of_the_geopackage(folder: Path):
    for layer in ("communes", "structures", "liens"):
        path = folder / f"maillage-{layer}.geojson"
        found = json.loads(path.read_text(encoding="utf-8"))
        assert any("ANCT" in source for source in found["sources"])
        frame = geopandas.read_file(folder / "maillage.gpkg", layer=layer)
        placed = frame[~frame.geometry.isna()]
        assert len(found["features"]) == len(placed) > 0
        assert len({feature["geometry"]["type"] for feature in found["features"]}) == 1
        assert set(found["features"][0]["properties"]) == set(frame.columns) - {"geometry"}


def test_the_outlines_are_valid_and_hold_their_communes(folder: Path):
    path = folder / "maillage.gpkg"
    communes = geopandas.read_file(path, layer="communes").set_index("insee")
    zones = geopandas.read_file(path, layer="zones").set_index("code")
    assert set(zones.index) == SEEN
    assert zones.geometry.is_valid.all() and not zones.geometry.is_empty.any()
    assert list(zones["communes"]) == [1] * len(zones), "a number, as in the other outlines"
    for insee, zone in zones.geometry.items():
        assert zone.buffer(0.02).contains(communes.geometry[insee])
    for layer, column in (("departements", "departement"), ("epci", "epci")):
        areas = geopandas.read_file(path, layer=layer).set_index("code")
        assert set(areas.index) == set(communes[column].dropna())
        assert areas["communes"].sum() == communes[column].notna().sum()
        for row in communes.dropna(subset=[column]).itertuples():
            assert areas.geometry[getattr(row, column)].buffer(0.05).contains(row.geometry)


def test_qgis_finds_a_style_for_each_layer_and_a_project_that_names_them_all(folder: Path):
    """QGIS reads `layer_styles` when it opens a GeoPackage; the project has the same styles."""
    path = folder / "maillage.gpkg"
    layers_there = {n for n, shape in dict(pyogrio.list_layers(path)).items() if shape}
    with sqlite3.connect(path) as base:
        rows = base.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
        columns = {
            layer: {row[1] for row in base.execute(f"PRAGMA table_info({layer})")}
            for layer in layers_there
        }
    assert {row[0] for row in rows} == layers_there
    assert all(default == 1 for *_, default in rows)
    for layer, geometry, qml, _ in rows:
        style = ElementTree.fromstring(qml)
        assert geometry in columns[layer]
        symbols = {one.get("name") for one in style.iter("symbol")}
        drawn = {one.get("symbol") for one in (*style.iter("range"), *style.iter("rule"))} - {None}
        assert (drawn or {"0"}) == symbols
        asked = [one.get("attr") for one in style.iter("renderer-v2") if one.get("attr")]
        said = [one.get("fieldName", "") for one in style.iter("text-style")]
        said += [one.get("filter", "") for one in style.iter("rule")]
        asked += re.findall(r'"(\w+)"', " ".join(said))
        assert set(asked) <= columns[layer]
    with zipfile.ZipFile(folder / "maillage.qgz") as archive:
        (name,) = archive.namelist()
        project = ElementTree.fromstring(archive.read(name))
    sources = {one.findtext("datasource") for one in project.iter("maplayer")}
    assert sources == {f"./maillage.gpkg|layername={layer}" for layer in layers_there}
    assert {one.get("source") for one in project.iter("layer-tree-layer")} == sources
    assert all(one.find("renderer-v2") is not None for one in project.iter("maplayer"))


def test_qgis_keeps_each_layer_in_its_tree_and_opens_where_the_communes_are(
    folder: Path, pack: Pack
):
    """A key of ten characters or less is drawn anew: its layer is then missing from the tree."""
    with zipfile.ZipFile(folder / "maillage.qgz") as archive:
        project = ElementTree.fromstring(archive.read("maillage.qgs"))
    keys = [one.findtext("id") or "" for one in project.iter("maplayer")]
    assert all(len(key) > 10 for key in keys) and len(set(keys)) == len(keys)
    tree = {one.get("id"): one.get("checked") for one in project.iter("layer-tree-layer")}
    assert set(tree) == set(keys)
    hidden = {key for key, checked in tree.items() if checked != "Qt::Checked"}
    assert hidden == {"maillage_liens"}, "hundreds of lines hide the map"
    seen = project.find(".//DefaultViewExtent")
    assert seen is not None
    west, south, east, north = (float(seen.get(s, "")) for s in ("xmin", "ymin", "xmax", "ymax"))
    for insee in pack.by_commune:
        commune = pack.territory.communes[insee]
        inside = west < commune.lon < east and south < commune.lat < north
        assert inside is not commune.overseas


def test_a_project_opens_on_the_mainland_where_some_communes_are_overseas(pack: Pack):
    def extent(pack: Pack) -> list[float]:
        with zipfile.ZipFile(io.BytesIO(write_project(pack))) as archive:
            (name,) = (one for one in archive.namelist() if one.endswith(".qgs"))
            found = ElementTree.fromstring(archive.read(name)).find(".//DefaultViewExtent")
        assert found is not None
        return [float(found.get(side, "nan")) for side in ("xmin", "ymin", "xmax", "ymax")]

    west, south, east, north = extent(pack)
    assert -6 < west < east < 10 and 41 < south < north < 52
    island = replace(pack, replies=tuple(pack.by_commune[CILAOS]))
    assert extent(island)[3] < 0


def test_the_map_of_a_departement_names_its_communes(pack: Pack):
    drawn = departement_map(pack, "34")
    for name in ("Lodève", "Bédarieux", "Pézenas"):
        assert f">{name}</text>" in drawn
    assert drawn.count("<circle") == 3 + 1  # and that of the legend
    without = departement_map(replace(pack, outlines={}), "974")
    assert without.count("<circle") == 1 + 1


# Pages


class Page(html.parser.HTMLParser):
    """Tags, links and text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.links += [found["href"] or ""] if "href" in found else []
        self.ids += [found["id"] or ""] if "id" in found else []

    def handle_data(self, data: str) -> None:
        self.text += data


def test_pages_show_hostile_texts_as_texts(folder: Path):
    for path in (folder / "communes" / f"{LODEVE}.html", folder / "departement-34.html"):
        page = Page(path)
        assert "script" not in page.tags
        assert HOSTILE[:60] in page.text


def test_links_between_pages_lead_somewhere(folder: Path):
    for path in folder.rglob("*.html"):
        page = Page(path)
        assert len(page.ids) == len(set(page.ids)), path
        for link in page.links:
            if link.startswith("#"):
                assert link[1:] in page.ids, link
            elif not link.startswith("https://") and not link.startswith("http://"):
                assert (path.parent / link).exists(), link


def test_each_page_has_one_title_and_its_sources_with_their_dates(folder: Path, pack: Pack):
    for path in folder.rglob("*.html"):
        page = Page(path)
        assert page.tags.count("h1") == 1
        code = path.stem.removeprefix("departement-")
        told = [c.insee for c in pack.by_departement.get(code, ())] or [code]
        told = list(pack.by_commune) if code == "ensemble" else told
        for source in pack.sources:
            date = pack.years_in(told) if source.of_structures else source.date
            assert source.origin in page.text and date in page.text


def test_the_sheet_of_a_commune_has_all_its_proposals(folder: Path, pack: Pack):
    for insee, replies in pack.by_commune.items():
        text = Page(folder / "communes" / f"{insee}.html").text
        for reply in replies:
            for one in reply.proposals:
                assert pack.structures[one.structure].name in text


def test_a_page_says_what_changed(folder: Path):
    text = Page(folder / "communes" / f"{CILAOS}.html").text
    assert re.search(r"entre au rang 7\.", text)


# PDF


def pages(pdf: bytes) -> int:
    (count,) = re.findall(rb"/Type/Pages/Count (\d+)", pdf)
    return int(count)


def test_the_document_is_tagged_in_french_and_short(folder: Path):
    for code, communes in (("34", 3), ("974", 1)):
        pdf = (folder / f"departement-{code}.pdf").read_bytes()
        assert b"/StructTreeRoot" in pdf
        assert b"/Lang(fr-FR)" in pdf
        assert b"pdfuaid:part" in pdf
        assert pages(pdf) <= NOTE_PAGES + 2 * communes + ANNEX


def test_documents_laid_out_by_other_processes_are_the_same(
    folder: Path, pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(packing, "AT_ONCE", 0)
    list(write_pack(pack, tmp_path, ["pdf"]))
    for code in ("34", "974"):
        name = f"departement-{code}.pdf"
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def longest(pack: Pack, needs: int) -> Pack:
    """The same pack where one commune has the longest texts that the catalogue and users have."""
    wide = "Une très longue phrase sur le foncier et les communes voisines. " * 70
    structures = {
        key: replace(s, description=wide, note=wide, to_verify=True, name=s.name[:80])
        for key, s in pack.structures.items()
    }
    first = max(pack.replies, key=lambda r: len(r.proposals))
    proposals = tuple(
        replace(p, reasons=tuple(replace(r, sentence=wide) for r in p.reasons))
        for p in first.proposals
    )
    replies = [
        NeedRecord(f"b{i}", replace(first.need, text=wide[:5000]), tuple(Theme)[:4], proposals)
        for i in range(needs)
    ]
    return replace(pack, replies=tuple(replies), structures=structures)


def test_a_document_says_the_years_of_its_own_structures(pack: Pack):
    """Those of a pack of many départements say nothing of one of them."""
    undated = {
        load.structure: replace(pack.structures[load.structure], source_year=None)
        for load in pack.loads([CILAOS])
    }
    blank = replace(pack, structures={**pack.structures, **undated})
    blank = replace(blank, sources=(replace(pack.sources[0], date=blank.years),))
    view = pack_document.document_view(blank, "974")
    assert blank.years != view["years"] == "sources non datées"
    assert view["sources"][0]["date"] == view["years"]


def test_another_source_of_the_same_date_as_the_structures_keeps_its_own(pack: Pack):
    alike = replace(pack.sources[1], date=pack.years)
    view = pack_document.document_view(replace(pack, sources=(pack.sources[0], alike)), CILAOS[:3])
    assert view["sources"][1]["date"] == pack.years


def test_what_is_to_do_is_counted(pack: Pack):
    view = pack_document.document_view(pack, "34")
    assert view["to_do_title"] == "Cinq choses à faire" and len(view["to_do"]) == 5
    bare = replace(pack, door_lines={}, gaps=(), structures=verified(pack))
    view = pack_document.document_view(bare, "974")
    assert view["to_do_title"] == "Une chose à faire" and len(view["to_do"]) == 1


def verified(pack: Pack) -> dict[str, Organisation]:
    return {key: replace(one, to_verify=False) for key, one in pack.structures.items()}


def test_towns_are_said_to_be_first_only_where_others_are_not(pack: Pack):
    bare = replace(pack, door_lines={}, gaps=(), structures=verified(pack))
    alone = replace(bare, replies=tuple(r for r in bare.replies if r.need.commune == LODEVE))
    titles = [one["title"] for one in pack_document.document_view(alone, "34")["to_do"]]
    assert not any("Petites villes" in title for title in titles)
    village = replace(alone.replies[0], need=Need("34036", "Un four à pain"))
    mixed = replace(alone, replies=(*alone.replies, village))
    titles = [one["title"] for one in pack_document.document_view(mixed, "34")["to_do"]]
    assert any("Petites villes" in title for title in titles)


def test_epci_of_the_same_answer_share_a_page_and_others_have_theirs(panorama: Pack):
    own = panorama.by_commune[LODEVE]
    copied = tuple(replace(r, need=replace(r.need, commune="34028")) for r in own)
    others = tuple(panorama.by_commune["34199"])
    alike = replace(
        panorama, replies=(*own, *copied, *others), gaps=(), surveyed=False, changes=None
    )
    shared, alone = sorted(epci_views(alike, "34"), key=lambda view: -len(view["places"]))
    names = [name for name, _ in alike.by_epci("34")]
    assert [place["name"] for place in shared["places"]] == [
        name for name in names if name != alone["name"]
    ]
    assert shared["same"].startswith("2\u00a0intercommunalités") and not alone["same"]
    assert shared["place"].startswith("2 communes, ")
    said = [c["insee"] for place in shared["places"] for c in place["communes"]]
    assert sorted(said) == sorted([LODEVE, "34028"])
    assert pages(pack_document.departement_pdf(pack_document.document_view(alike, "34"))) > 0


def test_the_note_of_all_says_what_the_workbook_says_in_four_pages(folder: Path, pack: Pack):
    book = openpyxl.load_workbook(folder / "maillage.xlsx")["Synthèse"]
    figures = {row[0]: row[1] for row in book.iter_rows(values_only=True)}
    view = overview_view(pack)
    numbers = {one["noun"]: one["number"] for one in view["figures"]}
    assert numbers["communes"] == str(figures["Communes"])
    assert numbers["départements"] == str(figures["Départements"])
    assert numbers["structures suggérées"] == str(figures["Structures mobilisées"])
    assert [row["name"] for row in view["departements"]] == ["Hérault", "La Réunion"]
    assert sum(int(row["cells"][0]) for row in view["departements"]) == len(pack.by_commune)
    firsts = [row["cells"][5].split(" sur ") for row in view["departements"]]
    assert sum(int(n) for n, _ in firsts) == figures["Premières places à vérifier"]
    assert sum(int(n) for _, n in firsts) == figures["Premières places"]
    assert pages((folder / "ensemble.pdf").read_bytes()) <= NOTE_PAGES
    text = Page(folder / "ensemble.html").text
    asked = pack.states(pack.by_commune, True)
    for state, count in asked.items():
        assert plain(f"{state} {count} (") in plain(text)
        assert plain(f"{state} {count} (") in paper(folder / "ensemble.pdf")
    assert "Thèmes couverts par une fiche vérifiée" in text


@pytest.mark.parametrize("needs", [1, 3, 25])
def test_the_longest_texts_still_make_a_page_an_epci_and_a_page_a_commune(pack: Pack, needs: int):
    long = longest(pack, needs)
    (code,) = long.by_departement
    view = pack_document.document_view(long, code)
    short = pages(pack_document.departement_pdf({**view, "epcis": [], "sheets": []}))
    assert pages(pack_document.departement_pdf(view)) == short + 1 + 1


def test_a_commune_without_any_suggestion_has_its_pages(pack: Pack):
    reply = NeedRecord("b1", Need(LODEVE, "Un besoin"), (), ())
    empty = replace(pack, replies=(reply,), gaps=(), surveyed=False, changes=None)
    view = pack_document.document_view(empty, "34")
    assert pages(pack_document.departement_pdf(view)) >= 4
    assert view["annex"] == []


def test_each_commune_is_told_the_doors_that_are_not_known(pack: Pack, folder: Path):
    assert set(pack.doors) == SEEN
    said = pack.doors[LODEVE]
    assert said.startswith("Portes d’entrée ici. Connues : ")
    page = (folder / "communes" / f"{LODEVE}.html").read_text(encoding="utf-8")
    assert "France services" in said and "Portes d’entrée ici" in page


@pytest.fixture(scope="module")
def panorama(pack: Pack) -> Pack:
    """The same pack, had nobody said a need."""
    replies = tuple(replace(r, need=replace(r.need, text="")) for r in pack.replies)
    return replace(pack, replies=replies)


def test_the_sheet_of_a_panorama_presents_each_structure_once(panorama: Pack):
    page = pack_document.commune_page(panorama, LODEVE)
    near = {one.structure for reply in panorama.by_commune[LODEVE] for one in reply.near}
    assert len(near) > 3
    for structure in near:
        name = escape(panorama.structures[structure].name, quote=False)
        assert page.count(f"<h3>{name}</h3>") == 1


def test_a_reason_to_verify_is_said_once_a_page_and_its_flag_each_time(panorama: Pack):
    doubtful = {
        key: replace(one, to_verify=True, note=f"Doute {i}.")
        for i, (key, one) in enumerate(panorama.structures.items())
    }
    view = commune_view(replace(panorama, structures=doubtful), LODEVE)
    told = [one for row in view["themes"] for one in row["who"]]
    names = {one["name"] for one in told}
    assert len(told) > len(names) and all(one["warning"] for one in told)
    for name in names:
        first, *others = [one["warning"] for one in told if one["name"] == name]
        assert first.startswith("Doute") and set(others) <= {"motif plus haut"}


def test_the_page_of_an_epci_names_whom_the_ranks_put_next(panorama: Pack):
    themed = [reply for reply in panorama.by_commune[LODEVE] if reply.themes]
    reply = max(themed, key=lambda reply: len(reply.near))
    first, *rest = sorted(reply.near, key=lambda one: one.structure)[:3]
    for second, third in (rest, rest[::-1]):
        one = replace(reply, proposals=(first, second, third))
        view = epci_views(replace(panorama, replies=(one,), changes=None), "34")[0]
        row = next(row for row in view["rows"] if row["asked"] == one.themes[0].label)
        names = [panorama.structures[p.structure].name for p in (first, second)]
        assert [who["name"] for who in row["who"]] == names


@pytest.mark.parametrize(
    ("most", "said"),
    [
        (200, "Siège vu en 2021. Activité à vérifier ; périmètre connu. Reste à relire en entier."),
        (70, "Siège vu en 2021. Activité à vérifier ; périmètre connu […]"),
        (30, "Siège vu en 2021 […]"),
        (12, "Siège vu…"),
    ],
)
def test_what_is_left_out_of_a_reason_is_whole_sentences(most: int, said: str):
    text = "Siège vu en 2021. Activité à vérifier ; périmètre connu. Reste à relire en entier."
    assert in_sentences(text, most) == said
    assert len(said) <= most


def test_a_panorama_does_not_speak_of_needs(panorama: Pack):
    view = pack_document.document_view(panorama, "34")
    assert all(one["text"][0] == one["text"][0].upper() for one in view["to_do"])
    for table in tables(panorama)[:3]:
        assert not any("esoin" in column.heading for column in table.columns), table.title
        for row in table.rows():
            assert len(row) == len(table.columns)
    assert view["states_of"] == "Thèmes"
    assert {"number": "5", "noun": "couples commune × thème"} in view["figures"]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("L’œuvre à 25 €", "L’œuvre à 25 €"),
        ("e\u0301te\u0301", "été"),
        ("une maison 🏡🏡 neuve", "une maison neuve"),
        ("zéro\u200blargeur", "zérolargeur"),
        ("1\u202f234\u00a0km", "1\u202f234\u00a0km"),
        ("日本", "?"),
    ],
)
def test_a_text_for_paper_keeps_what_the_fonts_have(text: str, printed: str):
    assert printable(text) == printed
    assert printable({"a": [text, 3, None]}) == {"a": [printed, 3, None]}


# The same in every output


def test_flags_and_counts_are_the_same_in_every_output(folder: Path, pack: Pack, results: Path):
    """PDF, HTML, XLSX, CSV, GeoPackage and GeoJSON of one run say one thing of each structure."""
    told = {
        load.structure: (
            pack.structures[load.structure].to_verify,
            pack.structures[load.structure].source_year,
            pack.structures[load.structure].doubt or None,
        )
        for load in pack.loads()
    }
    assert {flag for flag, _, _ in told.values()} == {True, False}
    loads = sheet_rows(folder, "Charge par structure")
    rows = sheet_rows(folder, "Suggestions")
    assert len(rows) == sum(load.proposals for load in pack.loads())
    for row in (*loads, *rows):
        said = row["À vérifier"] == "oui", row["Année de la source"], row["Pourquoi à vérifier"]
        assert said == told[row["Identifiant de la structure"]]
    frame = pyogrio.read_dataframe(folder / "maillage.gpkg", layer="structures")
    spread = {
        row.id: (
            bool(row.a_verifier),
            None if isnan(row.annee_source) else int(row.annee_source),
            row.motif if isinstance(row.motif, str) else None,
        )
        for row in frame.itertuples()
    }
    assert spread == told
    path = folder / "maillage-structures.geojson"
    points = [f["properties"] for f in json.loads(path.read_text(encoding="utf-8"))["features"]]
    assert points
    for point in points:  # those whose seat is known
        flags = point["a_verifier"], point["annee_source"], point["motif"]
        assert flags == told[point["id"]]
    with (results / "charge.csv").open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file, delimiter=";"):
            if line["structure_id"] in told:
                flag, year, _ = told[line["structure_id"]]
                assert (line["a_verifier"], line["annee_source"]) == (
                    "oui" if flag else "non",
                    str(year or ""),
                )
    for code in ("34", "974"):
        view = pack_document.document_view(pack, code)
        annex = [row for group in view["annex"] for row in group["rows"]]
        codes = [commune.insee for commune in pack.by_departement[code]]
        assert len(annex) == len(pack.loads(codes))
        printed = [paper(folder / f"departement-{code}.pdf")]
        printed.append(plain(Page(folder / f"departement-{code}.html").text))
        for text in printed:
            end = text[text.rindex("Portéelocale") if "Portéelocale" in text else 0 :]
            assert end.count("àvérifier:") == sum(bool(row["warning"]) for row in annex)
            for row in annex:
                assert plain(printable(row["name"])) in end
                assert plain(printable(row["warning"])) in end
                assert plain(row["freshness"]) in end


def test_the_three_states_are_the_same_in_every_output(folder: Path, pack: Pack):
    states = pack.states(pack.by_commune)
    assert sum(states.values()) == len(pack.by_commune) * len(Theme)
    book = openpyxl.load_workbook(folder / "maillage.xlsx")["Synthèse"]
    said = {row[0]: row[1] for row in book.iter_rows(values_only=True)}
    frame = pyogrio.read_dataframe(folder / "maillage.gpkg", layer="communes")
    for state, column in zip(STATES, ("couverts", "larges", "non_recenses"), strict=True):
        assert said[f"Couples commune × thème : {state}"] == states[state]
        assert frame[column].sum() == states[state]
    doubts = pack.unsure_in(pack.by_commune)
    assert 0 < doubts < states[COVERED], "some are covered by verified rows, some by none"
    assert said[f"Couples commune × thème : {COVERED} {UNSURE}"] == doubts
    assert frame["couverts_a_verifier"].sum() == doubts
    gaps = sheet_rows(folder, "Thèmes non couverts")
    for state in STATES[1:]:
        assert sum(row["État"] == state for row in gaps) == states[state]
    for row in gaps:
        assert row["Portes attendues"] >= row["Portes connues"]
    for code, communes in pack.by_departement.items():
        text = plain(Page(folder / f"departement-{code}.html").text)
        asked = pack.states([commune.insee for commune in communes], True)
        for state, count in asked.items():
            assert plain(f"{state} {count} (") in text
            assert plain(f"{state} {count} (") in paper(folder / f"departement-{code}.pdf")
        unsure = pack.unsure_in([commune.insee for commune in communes], True)
        for printed in (text, paper(folder / f"departement-{code}.pdf")):
            assert (plain(f"dont {unsure} {UNSURE}") in printed) == bool(unsure)


def paper(path: Path) -> str:
    """The text of a PDF, without spaces and line ends."""
    return plain(
        subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True).stdout
    )


def plain(text: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", "", text)
