"""Import: checked, merged by id, refused rows kept aside, and doing it twice changes nothing."""

import csv
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import DataError, Matcher
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import STRUCTURES
from matcher.catalogue.tables import write_rows, write_whole
from matcher.territory.nest import Territory
from matcher.upkeep.audit import check
from matcher.upkeep.inclusion import items, slug, structure_row
from matcher.upkeep.merging import import_structures

DATA = Matcher.embedded()
OURS = Path(__file__).parent / "cases" / "import_structures.csv"


def structures(folder: Path) -> dict[str, dict[str, str]]:
    return {row["id"]: dict(row) for row in read_rows(folder / STRUCTURES.file)}


def handed(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_our_layout_adds_changes_and_refuses_row_by_row(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "essai.csv"
    shutil.copy(OURS, file)
    report = import_structures(file, folder)
    assert report.added == ("recyclerie-ecole-lodevois", "appui-valserine")
    assert report.changed == ("avise",)
    assert report.unchanged == ("ronalpia",)
    assert [(fault.line, fault.column) for fault in report.refused] == [
        (6, "kind"),
        (7, "website"),
        (8, "id"),
        (9, "coverage_codes"),
        (10, "other_kinds"),  # a row too short: the first column it lacks
        (11, "body"),
    ]
    assert report.refused_rows == 6
    assert report.written == folder / STRUCTURES.file
    assert "2 structure(s) ajoutée(s), 1 modifiée(s), 1 inchangée(s), 6 ligne(s) refusée(s)" in str(
        report
    )
    assert [fault for fault in check(folder) if fault.level == "erreur"] == []


def test_a_known_structure_keeps_what_the_file_does_not_say(folder: Path, tmp_path: Path) -> None:
    before = structures(folder)
    file = handed(tmp_path, "f.csv", "id,website,note\navise,avise.org/contact,\n")
    import_structures(file, folder)
    after = structures(folder)
    assert after.pop("avise") == before.pop("avise") | {"website": "https://avise.org/contact"}
    assert after == before


def test_what_a_row_leaves_out_is_said_and_flagged(folder: Path, tmp_path: Path) -> None:
    file = handed(
        tmp_path,
        "f.csv",
        "id;name;kind;coverage_level;coverage_codes;description;seat_insee\n"
        "appui;L'Appui;generateur;commune;01091|01033;Aide  les projets d'ici.;01091\n",
    )
    import_structures(file, folder)
    row = structures(folder)["appui"]
    assert (row["name"], row["description"]) == ("L’Appui", "Aide les projets d’ici.")
    assert (row["seat_insee"], row["seat_commune"]) == ("01033", "Valserhône")
    assert row["coverage_codes"] == "01033"  # the delegated commune and the commune of today
    assert (row["to_verify"], row["confidence"]) == ("oui", "declared")
    assert row["note"] == "Aucune page source. Thèmes non renseignés."


def test_refused_rows_are_copied_as_they_were_and_can_be_mended(
    folder: Path, tmp_path: Path
) -> None:
    text = OURS.read_text(encoding="utf-8")
    file = handed(tmp_path, "essai.csv", text)
    report = import_structures(file, folder)
    assert report.refused_file == tmp_path / "essai.refus.csv"
    copy = report.refused_file.read_text(encoding="utf-8-sig")
    lines, told = text.splitlines(), copy.splitlines()
    assert told[0] == f"{lines[0]},ligne,motif"
    assert len(told) == 7
    for number, (line, row) in enumerate(zip(lines[5:11], told[1:], strict=True), start=6):
        assert row.startswith(line) and f",{number}," in row.removeprefix(line)
    assert file.read_text(encoding="utf-8") == text
    report.refused_file.write_text(copy.replace(",incubatrice,", ",incubateur,"), encoding="utf-8")
    again = import_structures(report.refused_file, folder)
    assert again.added == ("incubateur-inconnu",)


def test_a_structure_that_leans_on_a_refused_one_is_refused_too(
    folder: Path, tmp_path: Path
) -> None:
    file = handed(
        tmp_path,
        "f.csv",
        "id,name,kind,coverage_level,coverage_codes,description,body\n"
        "porteur,Porteur,agence,departement,34,Porte un dispositif.,\n"
        "dispositif,Dispositif,dla,departement,34,Consolide les structures.,porteur\n",
    )
    before = structures(folder)
    report = import_structures(file, folder)
    assert [(fault.line, fault.column) for fault in report.refused] == [(2, "kind"), (3, "body")]
    assert report.written is None and structures(folder) == before


def test_the_same_name_under_another_id_is_a_warning(folder: Path, tmp_path: Path) -> None:
    file = handed(
        tmp_path,
        "f.csv",
        "id,name,kind,coverage_level,coverage_codes,description\n"
        "ronalpia-bis,RONALPIA,incubateur,departement,69,Incube des entreprises sociales.\n",
    )
    (warning,) = import_structures(file, folder).warnings
    assert "peut-être la même structure que ronalpia" in str(warning)


DORA = {
    "source": "dora",
    "id": "dora--A:1",
    "nom": "France Active d'ailleurs",
    "description": "Finance et conseille\nles structures utiles du territoire.",
    "date_maj": "2025-02-14",
    "code_insee": "75101",
    "commune": "Paris",
    "site_web": "https://exemple.fr/",
    "courriel": "quelqu.un@exemple.fr",
    "telephone": "+33123456789",
    "contact_nom_prenom": "Quelqu’un",
    "reseaux_porteurs": ["france-active"],
    "thematiques": ["numerique--acceder-a-du-materiel", "mobilite"],
    "zone_eligibilite": ["75", "93"],
}


def test_a_record_of_data_inclusion_is_taken_for_what_it_says(folder: Path, tmp_path: Path) -> None:
    report = import_structures(handed(tmp_path, "di.json", json.dumps([DORA])), folder)
    assert report.layout == "data.inclusion" and report.added == ("dora-a-1",)
    row = structures(folder)["dora-a-1"]
    assert row["name"] == "France Active d’ailleurs"
    assert row["kind"] == "france_active"
    assert row["seat_insee"] == "75056"  # the commune of the 1st arrondissement
    assert (row["coverage_level"], row["coverage_codes"]) == ("departement", "75|93")
    assert row["themes"] == "numerique|mobilite"
    assert row["stages"] == row["audiences"] == ""
    assert row["to_verify"] == "oui"
    assert row["note"] == "Importée de data.inclusion (dora, 2025-02-14)."


def test_no_personal_data_of_data_inclusion_is_kept(folder: Path, tmp_path: Path) -> None:
    import_structures(handed(tmp_path, "di.json", json.dumps([DORA])), folder)
    text = (folder / STRUCTURES.file).read_text(encoding="utf-8")
    assert not any(DORA[key] in text for key in ("courriel", "telephone", "contact_nom_prenom"))


def test_without_a_zone_the_service_area_is_the_commune_of_the_seat_and_says_so() -> None:
    row = structure_row(
        {**DORA, "zone_eligibilite": "", "reseaux_porteurs": "france-active", "thematiques": ""}
    )
    assert (row["coverage_level"], row["coverage_codes"]) == ("commune", "75101")
    assert "limité à la commune du siège, à vérifier" in row["note"]
    assert "Thèmes non renseignés" in row["note"]


@pytest.mark.parametrize(
    ("zone", "level", "codes"),
    [
        ({"zone_eligibilite": "france"}, "national", "FR"),
        ({"zone_eligibilite": "['99100']"}, "national", "FR"),
        ({"zone_eligibilite": '["200093201"]'}, "epci", "200093201"),
        ({"zone_eligibilite": "34142|34172"}, "commune", "34142|34172"),
        ({"zone_eligibilite": "{2A,2B,974}"}, "departement", "2A|2B|974"),
        ({"zone_diffusion_type": "region", "zone_diffusion_code": "76"}, "region", "76"),
        ({"zone_diffusion_type": "pays", "zone_diffusion_code": ""}, "national", "FR"),
        ({"zone_eligibilite": "34|34142"}, "", "34|34142"),  # two levels: the row is refused
    ],
)
def test_the_zone_of_a_service_is_its_area(zone: dict[str, str], level: str, codes: str) -> None:
    row = structure_row({"source": "dora", "id": "1", "nom": "Appui", **zone})
    assert (row["coverage_level"], row["coverage_codes"]) == (level, codes)


def test_a_kind_that_data_inclusion_does_not_say_is_proposed_and_flagged(
    folder: Path, tmp_path: Path
) -> None:
    silent = DORA | {"reseaux_porteurs": ["mission-locale"]}
    report = import_structures(handed(tmp_path, "di.json", json.dumps([silent])), folder)
    assert report.added == ("dora-a-1",) and report.refused == ()
    assert report.proposed == ("operateur_local",)
    assert "Types proposés, à confirmer : Opérateur local 1." in str(report)
    row = structures(folder)["dora-a-1"]
    assert row["kind"] == "operateur_local" and row["to_verify"] == "oui"
    assert "Type proposé : opérateur local (réseau « mission-locale »), à confirmer." in row["note"]


def test_a_kind_that_the_operator_says_is_not_proposed(folder: Path, tmp_path: Path) -> None:
    said = DORA | {"reseaux_porteurs": ["mission-locale"], "kind": "generateur"}
    report = import_structures(handed(tmp_path, "di.json", json.dumps({"items": [said]})), folder)
    assert report.added == ("dora-a-1",) and report.proposed == ()
    assert structures(folder)["dora-a-1"]["kind"] == "generateur"


def test_a_row_that_is_said_to_be_sure_must_say_its_kind(folder: Path, tmp_path: Path) -> None:
    page = {"lien_source": "https://exemple.fr/page"}
    sure = DORA | page | {"reseaux_porteurs": [], "to_verify": "non"}
    report = import_structures(handed(tmp_path, "di.json", json.dumps([sure])), folder)
    assert [(fault.line, fault.column) for fault in report.refused] == [(1, "kind")]
    assert json.loads((tmp_path / "di.refus.json").read_text(encoding="utf-8")) == [sure]


def test_what_an_operator_completed_outlives_the_next_import(folder: Path, tmp_path: Path) -> None:
    file = handed(tmp_path, "di.json", json.dumps([DORA]))
    import_structures(file, folder)
    rows = read_rows(folder / STRUCTURES.file)
    for row in rows:
        if row["id"] == "dora-a-1":
            row |= {
                "coverage_codes": "75",
                "themes": "generaliste",
                "note": "Vérifiée.",
                "to_verify": "non",
                "source_url": "https://exemple.fr/page",
            }
    write_rows(folder / STRUCTURES.file, STRUCTURES.names, rows)
    later = DORA | {"date_maj": "2026-05-01", "site_web": "https://exemple.fr/nouveau"}
    report = import_structures(handed(tmp_path, "di.json", json.dumps([later])), folder)
    assert report.changed == ("dora-a-1",)
    row = structures(folder)["dora-a-1"]
    assert (row["website"], row["source_year"]) == ("https://exemple.fr/nouveau", "2026")
    assert (row["coverage_codes"], row["themes"], row["note"]) == ("75", "generaliste", "Vérifiée.")


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("f.csv", "nom;ville\nAvise;Paris\n", "ni notre format"),
        ("f.csv", "id,id\n1,2\n", "présente 2 fois"),
        ("f.json", '[{"source": ', "JSON illisible"),
        ("f.json", "[" * 50_000, "JSON illisible"),
        ("f.csv", "n’importe quoi\n", "ni notre format"),
        ("f.csv", "n’importe quoi\net encore\n", "ni notre format"),
        ("f.csv", "id,name\n", "aucune structure"),
        ("f.json", "[]", "aucune structure"),
        ("f.json", '{"a": 1}', "liste de structures attendue"),
        ("f.json", "[" + "9" * 10_000 + "]", "JSON illisible"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(
    folder: Path, tmp_path: Path, name: str, text: str, rule: str
) -> None:
    before = (folder / STRUCTURES.file).read_bytes()
    with pytest.raises(DataError, match=rule):
        import_structures(handed(tmp_path, name, text), folder)
    assert (folder / STRUCTURES.file).read_bytes() == before


def test_a_hidden_character_in_a_json_record_refuses_that_record_only(
    folder: Path, tmp_path: Path
) -> None:
    records = [DORA, DORA | {"id": "2", "nom": "Appui\u202e caché"}, 3]
    report = import_structures(handed(tmp_path, "di.json", json.dumps(records)), folder)
    assert report.added == ("dora-a-1",)
    assert [fault.line for fault in report.refused] == [2, 3]


@pytest.mark.parametrize(
    ("source", "own", "identifier"),
    [
        ("dora", "dora--AidantsConnect:2024-47BXY", "dora-aidantsconnect-2024-47bxy"),
        ("dora", "17", "dora-17"),
        ("Île", "Été", "ile-ete"),
    ],
)
def test_an_identifier_of_data_inclusion_becomes_one_of_ours(
    source: str, own: str, identifier: str
) -> None:
    assert slug({"source": source, "id": own}) == identifier


@pytest.mark.parametrize("text", ['["a", "b"]', "{a,b}", "a|b", "a;b", "['a' 'b']"])
def test_a_list_is_read_however_it_is_written(text: str) -> None:
    assert items(text) == ["a", "b"]


KNOWN = ("avise", "ronalpia", "larban")
TERRITORY = Territory.open(DATA)

edits = st.dictionaries(
    st.sampled_from([*KNOWN, "nouvelle-a", "nouvelle-b"]),
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["Un nom", "L'autre nom", ""]),
            "kind": st.sampled_from(["", "incubateur", "dla", "agence"]),
            "coverage_level": st.just("departement"),
            "coverage_codes": st.sampled_from(["34", "2A|2B", "99"]),
            "description": st.sampled_from(["Ce qu'elle  fait.", ""]),
            "note": st.sampled_from(["", "Relue en 2026."]),
        }
    ),
    min_size=1,
)


@given(edits=edits)
def test_importing_twice_is_importing_once(
    edits: dict[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    (folder / "catalogue").mkdir()
    known = [row for row in read_rows(DATA / STRUCTURES.file) if row["id"] in KNOWN]
    write_rows(folder / STRUCTURES.file, STRUCTURES.names, known)
    file = folder / "f.csv"
    write_rows(file, ["id", *next(iter(edits.values()))], [{"id": i} | e for i, e in edits.items()])
    with patch.object(Territory, "open", return_value=TERRITORY):  # reading it takes 0.2 s
        first = import_structures(file, folder)
        written = (folder / STRUCTURES.file).read_bytes()
        second = import_structures(file, folder)
    assert (second.added, second.changed, second.written) == ((), (), None)
    assert second.refused == first.refused
    assert (folder / STRUCTURES.file).read_bytes() == written
    assert len(first.added + first.changed + first.unchanged) + first.refused_rows == len(edits)


def test_imports_at_the_same_time_lose_nothing(folder: Path, tmp_path: Path) -> None:
    """Each waits for the other: all rows are there at the end."""
    rows = read_rows(folder / "catalogue" / "structures.csv")
    files = []
    for i in range(4):
        file = tmp_path / f"lot-{i}.csv"
        with file.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerow({**rows[0], "id": f"zz-{i}", "name": f"Structure {i}", "aliases": ""})
        files.append(file)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda file: import_structures(file, folder), files))
    kept = {row["id"] for row in read_rows(folder / "catalogue" / "structures.csv")}
    assert [report.added for report in reports] == [(f"zz-{i}",) for i in range(4)]
    assert {f"zz-{i}" for i in range(4)} <= kept


def test_a_link_to_the_table_stays_a_link(folder: Path, tmp_path: Path) -> None:
    table = folder / "catalogue" / "structures.csv"
    elsewhere = tmp_path / "ailleurs.csv"
    table.rename(elsewhere)
    table.symlink_to(elsewhere)
    write_whole(table, "id\n")
    assert table.is_symlink()
    assert elsewhere.read_text(encoding="utf-8") == "id\n"


def test_rows_that_somebody_mends_are_not_overwritten_by_the_next_import(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "essai.csv"
    shutil.copy(OURS, file)
    first = import_structures(file, folder).refused_file
    assert first is not None
    assert import_structures(file, folder).refused_file == first  # the same rows: the same copy
    mended = first.read_text(encoding="utf-8").replace(",incubatrice,", ",incubateur,")
    first.write_text(mended, encoding="utf-8")
    assert import_structures(file, folder).refused_file == tmp_path / "essai.refus-2.csv"
    assert first.read_text(encoding="utf-8") == mended


def test_columns_that_the_catalogue_does_not_know_are_named(folder: Path, tmp_path: Path) -> None:
    text = "id,website,sitte_web,telefone\navise,avise.org/contact,x,y\n"
    warning, told = import_structures(handed(tmp_path, "f.csv", text), folder).warnings
    assert "lue comme https://avise.org/contact" in str(told)
    assert "« sitte_web », « telefone »" in str(warning) and warning.level == "avertissement"
    # Those of data.inclusion are many, and left aside on purpose.
    report = import_structures(handed(tmp_path, "di.json", json.dumps([DORA])), folder)
    assert report.warnings == ()


def test_half_a_character_refuses_its_row_alone(folder: Path, tmp_path: Path) -> None:
    file = handed(tmp_path, "lot.json", '[{"id": "aaa-un", "name": "\\ud800"}]')
    report = import_structures(file, folder)
    assert report.refused_rows == 1
    assert report.refused_file is not None
    assert json.loads(report.refused_file.read_text(encoding="utf-8"))[0]["name"] == "\ud800"


def test_a_catalogue_that_would_not_open_again_is_not_written(folder: Path) -> None:
    before = structures(folder)
    with (
        patch("matcher.upkeep.merging.ROWS_MAX", len(before)),
        pytest.raises(DataError, match="ne s’ouvrirait plus"),
    ):
        import_structures(OURS, folder)
    assert structures(folder) == before


def test_a_date_of_another_form_is_read_and_refuses_no_structure(
    folder: Path, tmp_path: Path
) -> None:
    text = (
        "id,nom,source,code_insee,date_maj,presentation_resume,kind\n"
        "s1,Structure un,dora,34142,02/01/2025,Accompagne.,incubateur\n"
        "s2,Structure deux,dora,34142,un jour,Accompagne aussi.,incubateur\n"
    )
    report = import_structures(handed(tmp_path, "di.csv", text), folder)
    assert report.refused == () and report.added == ("dora-s1", "dora-s2")
    rows = structures(folder)
    assert (rows["dora-s1"]["source_year"], rows["dora-s2"]["source_year"]) == ("2025", "")
    assert "Date de mise à jour illisible : un jour" in rows["dora-s2"]["note"]


def test_labels_lists_and_addresses_are_read_as_people_write_them(
    folder: Path, tmp_path: Path
) -> None:
    text = (
        "ID;Name;Kind;Coverage level;Coverage codes;Themes;Description;Website;Source year\n"
        "appui-un;Appui un;Incubateur;Département;34, 48;Mobilité, Énergie;Aide.;"
        "Https://exemple.fr;02/01/2025\n"
    )
    file = tmp_path / "f.csv"
    file.write_bytes(text.encode("cp1252"))
    report = import_structures(file, folder)
    assert report.added == ("appui-un",), str(report)
    row = structures(folder)["appui-un"]
    assert (row["kind"], row["coverage_level"]) == ("incubateur", "departement")
    assert (row["coverage_codes"], row["themes"]) == ("34|48", "mobilite|energie")
    assert (row["website"], row["source_year"]) == ("https://exemple.fr", "2025")


def test_a_seat_that_may_be_a_postal_code_is_told(folder: Path, tmp_path: Path) -> None:
    text = (
        "id;name;kind;coverage_level;coverage_codes;description;seat_insee\n"
        "appui-un;Appui un;incubateur;departement;59;Aide.;59200\n"
    )
    report = import_structures(handed(tmp_path, "f.csv", text), folder)
    assert "Tourcoing" in str(report) and "à vérifier" in str(report)


def test_damaged_letters_are_mended_before_they_are_published(folder: Path, tmp_path: Path) -> None:
    text = (
        "id;name;kind;coverage_level;coverage_codes;description\n"
        "appui-un;AssociÃ©s;incubateur;departement;34;Accompagne.\n"
    )
    import_structures(handed(tmp_path, "f.csv", text), folder)
    assert structures(folder)["appui-un"]["name"] == "Associés"
