"""A workbook as an office makes it: each row is read, asked about or refused, and none is lost."""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from matcher import Matcher, Stage, Theme
from matcher.__main__ import main
from matcher.cohorts.batch.demand import Needs, read_needs
from matcher.cohorts.batch.wording import THEMES, closest

HEAD = ("N°", "Code INSEE", "Commune", "Besoin exprimé", "Thématique", "Étape", "Reçu le")
ROWS = [
    (1, 23096, "Guéret", "Ouvrir une ressourcerie", "ESS, économie circulaire", "étude", None),
    (2, 1053, "Bourg-en-Bresse", "Conduire nos aînés", "mobilité douce", "idée", date(2026, 3, 2)),
    (3, None, "St Flour (15)", "Le dernier café a fermé", "commerce", "", datetime(2026, 3, 3, 9)),
    (),
    (4, None, "St Flour 15100", "Un lieu pour travailler", "ESS, alimentation", None, None),
    (5, 97611, "Mamoudzou", "Un lieu pour les jeunes", "jeunesse", "en cours", None),
    (6, 23096.0, None, "Accueillir des médecins", "santé", None, None),
    (7, "#N/A", "Lodève", "Garder notre cinéma", "culture", None, None),
    (8, None, "Aubusson", "Une épicerie", "commerce", None, None),
    (9, None, None, "Une épicerie", "commerce", None, None),
    (10, None, "Guéret", None, "divers", None, None),
    ("TOTAL", None, "10 communes", 10, None, None, None),
    ("Total général : dix besoins, tous recensés par la direction départementale",),
    ("Source : enquête auprès des maires",),
    (11, None, "Felletin", "Une micro-crèche associative", "petite enfance", None, None),
    (12, None, None, "Un chantier d’insertion", "insertion", None, None),
]
FIRST = 5
"""The line of the first of these rows, below a title, a blank row and two of header."""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Besoins 2026"
    for row in (("Recensement des besoins",), (), ("Qui", None, None, "Quoi"), HEAD, *ROWS):
        sheet.append(row)
    sheet.merge_cells("A1:G1")
    sheet.merge_cells("A3:C3")
    last = FIRST + len(ROWS) - 1
    sheet.merge_cells(f"C{last - 1}:C{last}")
    hidden = book.create_sheet("Listes")
    hidden.append(("commune", "besoin"))
    hidden.append(("Lodève", "ne se lit pas"))
    hidden.sheet_state = "hidden"
    book.create_sheet("Notes").append(("Rappeler Guéret",))
    found = tmp_path_factory.mktemp("bureau") / "suivi.xlsx"
    book.save(found)
    return found


@pytest.fixture(scope="module")
def needs(path: Path, matcher: Matcher) -> Needs:
    return read_needs(path, matcher.territory)


def of(needs: Needs, number: int) -> tuple[str, tuple[object, ...], object]:
    """The commune, the themes and the situation of the row of a number."""
    row = next(d for _, d in needs.found if dict(d.kept)["N°"] == str(number))
    return row.need.commune, tuple(row.need.themes), row.need.stage


def test_every_row_is_read_refused_or_told_to_be_a_total(needs: Needs) -> None:
    refused = {fault.line for fault in needs.faults}
    assert needs.table.total == len(ROWS) and needs.table.blank == 2
    assert len(needs.found) + len(refused) + needs.table.blank == len(ROWS)
    assert len(needs.found) == 9 and len(refused) == len(needs.faults) == 5


def test_codes_that_a_spreadsheet_made_numbers_are_codes(needs: Needs) -> None:
    assert [of(needs, n)[0] for n in (1, 2, 5, 6)] == ["23096", "01053", "97611", "23096"]
    assert of(needs, 3)[0] == of(needs, 4)[0] == "15187"
    assert of(needs, 7)[0] == "34142", "a formula that failed says nothing"


@pytest.mark.parametrize(
    ("number", "themes", "stage"),
    [
        (1, (Theme.ECONOMIE_CIRCULAIRE,), Stage.ETUDE_OPPORTUNITE),
        (2, (Theme.MOBILITE,), Stage.ETUDE_OPPORTUNITE),
        (3, (Theme.COMMERCE_SERVICES_PROXIMITE,), None),
        (4, (Theme.ALIMENTATION,), None),
        (5, (Theme.PETITE_ENFANCE_JEUNESSE,), None),
    ],
)
def test_words_that_say_a_theme_or_a_situation_are_read(
    needs: Needs, number: int, themes: tuple[Theme, ...], stage: Stage | None
) -> None:
    assert of(needs, number)[1:] == (themes, stage)


def test_words_of_no_list_are_set_aside_told_and_kept(needs: Needs) -> None:
    told = dict(needs.repaired)
    assert set(told) == {FIRST, FIRST + 4, FIRST + 5}
    assert "Thème « ESS » laissé de côté" in told[FIRST]
    assert "Situation « en cours » laissée de côté" in told[FIRST + 5]
    kept = dict(next(d.kept for row, d in needs.found if row.line == FIRST))
    assert kept["Thématique"] == "ESS, économie circulaire"


def test_a_word_of_no_list_is_refused_where_no_text_says_the_need(needs: Needs) -> None:
    fault = next(f for f in needs.faults if f.value == "divers")
    assert fault.column == "Thématique" and "Tiers-lieu" in fault.rule


def test_cells_that_are_merged_downwards_say_each_of_their_rows(needs: Needs) -> None:
    assert of(needs, 11)[0] == of(needs, 12)[0] == "23079"


def test_a_fault_names_the_sheet_the_line_and_the_column_of_the_file(needs: Needs) -> None:
    asked = next(f for f in needs.faults if f.value == "Aubusson")
    start = f"suivi.xlsx, feuille « Besoins 2026 », ligne {FIRST + 8}, colonne « Commune » : "
    assert str(asked).startswith(start) and "Creuse" in asked.rule and "Orne" in asked.rule


def test_a_note_below_the_table_is_told_to_be_one(needs: Needs) -> None:
    notes = [f.line for f in needs.faults if "ni commune ni besoin" in f.rule]
    assert notes == [FIRST + 12, FIRST + 13]


def test_the_words_set_aside_stand_in_the_results(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "lot"
    done = CliRunner().invoke(main, ["batch", str(path), "--out", str(out), "--jobs", "1"])
    assert done.exit_code == 0, done.output
    assert "Besoins réparés, ou dont un mot est laissé de côté : 3" in done.output
    said = (out / "suggestions.csv").read_text(encoding="utf-8-sig")
    assert "Thème « ESS » laissé de côté" in said and "ESS, économie circulaire" in said


@pytest.mark.parametrize("code", THEMES)
def test_each_part_of_the_label_of_a_theme_says_it(code: str) -> None:
    parts = THEMES[code].replace(" et ", ", ").split(", ")
    assert {closest(part.upper(), THEMES.items()) for part in parts} == {code}


@pytest.mark.parametrize("said", ["ESS", "", "divers", "développement durable", "et", "12"])
def test_words_that_could_say_no_theme_or_several_say_none(said: str) -> None:
    assert closest(said, THEMES.items()) == ""
