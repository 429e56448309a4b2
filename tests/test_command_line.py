"""The command line: French from help to refusal, exit codes for scripts, never a traceback."""

import csv
import errno
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from builders import LODEVE, ONE_A_REGION
from click.testing import CliRunner, Result

from matcher import Matcher, Need, Stage, Theme
from matcher.commands import main

ROOT = Path(__file__).resolve().parents[1]
CASES = Path(__file__).parent / "cases" / "accompagnements.csv"
NEED = "Ouvrir une recyclerie dans l’ancienne gare"
COMMANDS = sorted(main.commands)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="python -m matcher")


def refused(result: Result, code: int) -> str:
    """The message of a refusal: French on stderr, nothing on stdout, no traceback."""
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert not english(result.stderr)
    return result.stderr


ENGLISH = re.compile(
    r"\b(Usage:|Options:|Commands:|Error:|Show this|Try |No such|Missing|Invalid|Got unexpected|"
    r"does not exist|is not in the range|is a directory|is a file|is not one of|required|default:|"
    r"requires an argument|Did you mean|not a valid)"
)


METAVARS = re.compile(r"\b(FILE|FOLDER|QUERY|CASES|COMMAND|ARGS|INTEGER|TEXT|PATH|DIRECTORY)\b")


def english(text: str) -> list[str]:
    return ENGLISH.findall(text)


# Help


def test_the_help_of_the_whole_is_french_and_names_every_command():
    result = run("--help")
    assert result.exit_code == 0
    assert not english(result.output)
    assert result.output.startswith("Usage :")
    assert all(command in result.output for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_is_french(command: str):
    for option in ("--help", "-h"):
        result = run(command, option)
        assert result.exit_code == 0
        assert not english(result.output)
        assert not METAVARS.findall(result.output)
        assert "Affiche cette aide" in result.output
        assert "None" not in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_it_does_in_one_sentence(command: str):
    summary = main.commands[command].help
    assert summary
    assert summary.split("\n")[0].endswith(".")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_option_has_a_help(command: str):
    for parameter in main.commands[command].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{command} --{parameter.name}"


# Match


@pytest.mark.parametrize("commune", ["34142", "lodeve", "LODEVE (34)", "lodeve, hérault"])
def test_the_main_job(commune: str):
    result = run("match", commune, "--need", NEED)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert "Lodève (34142)" in result.stdout
    assert "Économie circulaire" in result.stdout
    assert len(re.findall(r"^ ?\d+\. ", result.stdout, re.M)) == 10


@pytest.mark.parametrize("insee", ONE_A_REGION.values())
def test_json_says_what_the_front_door_answers(matcher: Matcher, insee: str):
    result = run("match", f"commune:{insee}", "--need", NEED, "--format", "json", "--top", "4")
    answer = json.loads(result.stdout)
    assert answer["commune"]["insee"] == insee
    assert answer["besoin"] == NEED
    expected = matcher.match(Need(insee, NEED), top=4)
    assert [s["structure"]["id"] for s in answer["suggestions"]] == [
        s.structure.id for s in expected
    ]


def test_csv_opens_in_a_french_spreadsheet():
    result = run("match", LODEVE, "--need", NEED, "--format", "csv", "--top", "5")
    assert result.stdout.startswith("\ufeffrang;score;")
    rows = list(csv.DictReader(io.StringIO(result.stdout[1:], newline=""), delimiter=";"))
    assert [row["rang"] for row in rows] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(("output", "start"), [("pdf", b"%PDF"), ("xlsx", b"PK"), ("csv", b"\xef")])
def test_an_answer_is_written_to_a_file(tmp_path: Path, output: str, start: bytes):
    path = tmp_path / f"fiche.{output}"
    result = run("match", LODEVE, "--need", NEED, "--format", output, "--out", str(path))
    assert (result.exit_code, result.output) == (0, "")
    assert path.read_bytes().startswith(start)


@pytest.mark.parametrize("output", ["pdf", "xlsx"])
def test_a_form_that_a_terminal_cannot_show_asks_for_a_file(output: str):
    assert "--out FICHIER" in refused(run("match", LODEVE, "--need", NEED, "--format", output), 2)


def test_html_is_one_page():
    result = run("match", LODEVE, "--need", NEED, "--format", "html")
    assert result.exit_code == 0
    assert result.stdout.lstrip().lower().startswith("<!doctype html>")
    assert result.stdout.rstrip().endswith("</html>")
    assert "Lodève" in result.stdout


def test_declared_themes_and_stage_are_used(matcher: Matcher):
    result = run(
        "match", LODEVE, "--theme", "habitat", "--theme", "mobilite", "--stage", "immobilier",
        "--format", "json", "--top", "3",
    )  # fmt: skip
    expected = matcher.match(
        Need(LODEVE, themes=(Theme.HABITAT, Theme.MOBILITE), stage=Stage.IMMOBILIER), top=3
    )
    found = json.loads(result.stdout)["suggestions"]
    assert [s["structure"]["id"] for s in found] == [s.structure.id for s in expected]


def test_a_need_outside_of_the_field_is_said_to_be(matcher: Matcher):
    result = run("match", LODEVE, "--need", "Bonjour")
    assert "Aucun thème de l’ESS reconnu" in result.stdout


# The other commands


@pytest.mark.parametrize(
    ("query", "name"),
    [("34142", "Lodève"), ("St-Flour (15)", "Saint-Flour"), ("01091", "Valserhône")],
)
def test_a_commune_is_found(query: str, name: str):
    result = run("commune", query)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{name} (")


def test_a_need_is_read():
    result = run("read", NEED)
    assert result.exit_code == 0
    assert result.stdout.startswith("Économie circulaire et réemploi (")


def test_a_need_without_a_theme_is_told_by_the_exit_code():
    result = run("read", "Bonjour")
    assert result.exit_code == 6
    assert result.stdout == "Aucun thème de l’ESS reconnu dans ce texte.\n"


def test_why_not_names_the_rule_and_what_would_change_it(matcher: Matcher):
    result = run("why-not", LODEVE, "cress-bretagne", "--need", NEED)
    assert result.exit_code == 0
    assert "son périmètre est Bretagne" in result.stdout
    result = run("why-not", LODEVE, "terre-de-liens", "--need", NEED)
    assert len(result.stdout.splitlines()) == 2
    assert "passerait du rang" in result.stdout


def test_the_embedded_data_have_no_error():
    result = run("check", str(Matcher.embedded()))
    assert result.exit_code == 0, result.stdout
    assert result.stdout.splitlines()[-1].startswith("0 erreur, ")


def test_a_wrong_value_is_told_with_its_place(tmp_path: Path):
    folder = copy_of_the_data(tmp_path)
    path = folder / "catalogue" / "structures.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",acteur_national,", ",acteur_mondial,", 1), encoding="utf-8")
    result = run("check", str(folder))
    assert result.exit_code == 5
    for part in ("structures.csv", "ligne", "acteur_mondial"):
        assert part in result.stdout
    told = run("match", LODEVE, "--need", NEED, "--data", str(folder))
    assert "acteur_mondial" in refused(told, 5)


def test_an_import_adds_good_rows_and_reports_the_others(tmp_path: Path):
    folder = copy_of_the_data(tmp_path)
    before = (folder / "catalogue" / "structures.csv").read_text(encoding="utf-8")
    source = tmp_path / "structures.csv"
    shutil.copy(Path(__file__).parent / "cases" / "import_structures.csv", source)
    result = run("import", str(source), "--data", str(folder))
    assert result.exit_code == 0, result.output
    after = (folder / "catalogue" / "structures.csv").read_text(encoding="utf-8")
    assert "recyclerie-ecole-lodevois" in after
    assert len(after) > len(before)
    assert not english(result.output)


def test_an_evaluation_prints_the_measures_of_four_rankings(tmp_path: Path):
    few = tmp_path / "cas.csv"
    few.write_text(
        "\n".join(CASES.read_text(encoding="utf-8").splitlines()[:3]) + "\n", encoding="utf-8"
    )
    result = run("evaluate", str(few))
    assert result.exit_code == 0, result.output
    for part in ("Maillage", "siège le plus proche", "texte seul", "thèmes seuls", "hit@10", "MRR"):
        assert part in result.stdout


def test_a_calibration_writes_a_proposal_and_adopts_nothing(tmp_path: Path):
    decisions = tmp_path / "decisions.csv"
    decisions.write_text(
        "commune,besoin,structure_id,decision\n"
        f"34142,{NEED},cress-occitanie,accepte\n"
        f"34142,{NEED},terre-de-liens,decline\n"
        "26113,Ouvrir une ressourcerie,resolution-aura,accepte\n"
        "26113,Ouvrir une ressourcerie,femasaura,decline\n",
        encoding="utf-8",
    )
    out = tmp_path / "proposition.json"
    result = run("calibrate", str(decisions), "--out", str(out))
    assert result.exit_code == 0, result.output
    proposal = json.loads(out.read_text(encoding="utf-8"))
    assert proposal["paires"] == 2
    assert "rien n’est adopté" in result.stdout


def copy_of_the_data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for part in ("reference", "catalogue"):
        shutil.copytree(Matcher.embedded() / part, folder / part)
    return folder


# Refusals


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("match", "Trifouillis-les-Oies", "--need", NEED), 3, "Trifouillis-les-Oies"),
        (("match", "99999", "--need", NEED), 3, "99999"),
        (("match", "Saint-Denis", "--need", NEED), 3, "Saint-Denis"),
        (("match", "", "--need", NEED), 3, ""),
        (("match", LODEVE), 4, "Votre besoin est vide"),
        (("match", LODEVE, "--need", ""), 4, "Votre besoin est vide"),
        (("match", LODEVE, "--need", " \n "), 4, "Votre besoin est vide"),
        (("match", LODEVE, "--need", "é" * 100_000), 4, "trop long (100000 caractères)"),
        (("match", LODEVE, "--need", "\x07\u200b"), 4, "Votre besoin est vide"),
        (("match", LODEVE, "--need", NEED, "--theme", "voirie"), 4, "Thème inconnu : « voirie »"),
        (("match", LODEVE, "--need", NEED, "--stage", "demain"), 4, "Étape inconnue : « demain »"),
        (("read", ""), 4, "Votre besoin est vide"),
        (("read", "é" * 100_000), 4, "trop long"),
        (("read", "\xad"), 4, "Votre besoin est vide"),
        (("commune", "Trifouillis-les-Oies"), 3, "Trifouillis-les-Oies"),
        (("why-not", LODEVE, "nulle-part", "--need", NEED), 6, "Structure inconnue"),
        (("why-not", "99999", "avise", "--need", NEED), 3, "99999"),
        (("why-not", LODEVE, "avise", "--need", ""), 4, "Votre besoin est vide"),
        (("match",), 2, "Il manque l’argument"),
        (("match", LODEVE, "--need"), 2, "--need"),
        (("match", LODEVE, "--need", NEED, "--top", "0"), 2, "--top"),
        (("match", LODEVE, "--need", NEED, "--top", "101"), 2, "--top"),
        (("match", LODEVE, "--need", NEED, "--top", "dix"), 2, "--top"),
        (("match", LODEVE, "--need", NEED, "--format", "odt"), 2, "--format"),
        (("match", LODEVE, "--besoin", NEED), 2, "--besoin"),
        (("match", LODEVE, "trop", "--need", NEED), 2, "trop"),
        (("apparier",), 2, "apparier"),
        (("--version",), 2, "--version"),
        (("check", "nulle/part"), 2, "nulle/part"),
        (("check", __file__), 2, "test_command_line.py"),
        (("import", "nulle-part.csv"), 2, "nulle-part.csv"),
        (("import", str(ROOT)), 2, str(ROOT)),
        (("evaluate", "nulle-part.csv"), 2, "nulle-part.csv"),
        (("evaluate",), 2, "Il manque l’argument"),
        (("calibrate", str(CASES)), 2, "--out"),
        (("calibrate", str(CASES), "--out", "x.json"), 5, "accompagnements.csv"),
        (("evaluate", str(ROOT / "setup.cfg")), 5, "setup.cfg"),
        (("match", LODEVE, "--need", NEED, "--data", "nulle/part"), 5, ""),
        (("commune", LODEVE, "--data", "nulle/part"), 5, ""),
        (("read", NEED, "--data", "nulle/part"), 5, ""),
    ],
)
def test_a_mistake_is_answered_in_french(arguments: tuple[str, ...], code: int, said: str):
    message = refused(run(*arguments), code)
    assert said in message
    assert len(message) < 1_200


def test_decisions_that_compare_nothing_are_refused(tmp_path: Path):
    decisions = tmp_path / "decisions.csv"
    decisions.write_text(
        f"commune,besoin,structure_id,decision\n34142,{NEED},cress-occitanie,accepte\n",
        encoding="utf-8",
    )
    result = run("calibrate", str(decisions), "--out", str(tmp_path / "x.json"))
    assert "Aucun besoin" in refused(result, 5)
    assert not (tmp_path / "x.json").exists()


def test_a_proposal_is_not_written_where_there_is_no_folder(tmp_path: Path):
    decisions = tmp_path / "decisions.csv"
    decisions.write_text(
        "commune,besoin,structure_id,decision\n"
        f"34142,{NEED},cress-occitanie,accepte\n34142,{NEED},terre-de-liens,decline\n",
        encoding="utf-8",
    )
    result = run("calibrate", str(decisions), "--out", str(tmp_path / "nulle" / "part.json"))
    assert "part.json" in refused(result, 5)


def test_an_evaluation_without_a_case_is_refused(tmp_path: Path):
    path = tmp_path / "cas.csv"
    path.write_text(CASES.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    refused(run("evaluate", str(path)), 5)


# As people run it


def really(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "matcher", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def test_a_match_runs_from_the_shell():
    done = really("match", LODEVE, "--need", NEED)
    assert done.returncode == 0, done.stderr
    assert "Lodève (34142)" in done.stdout
    assert done.stderr == ""


def test_a_mistake_from_the_shell_is_french_and_has_no_traceback():
    done = really("match", "Trifouillis", "--need", NEED, LANG="C", LC_ALL="C.UTF-8")
    assert done.returncode == 3
    assert done.stdout == ""
    assert "Trifouillis" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_help_is_french_whatever_the_language_of_the_machine():
    done = really("match", "--help", LANG="en_US.UTF-8", LANGUAGE="en")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage : python -m matcher match")
    assert not english(done.stdout)


def test_a_reader_that_has_seen_enough_ends_it_quietly():
    done = subprocess.run(
        f'"{sys.executable}" -m matcher match {LODEVE} --need "{NEED}" --top 100 | head -1',
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.stdout.startswith("Lodève (34142)")
    assert done.stderr == ""


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "{file}", "--out", "{file}"),
        ("groups", "{file}", "--out", "{file}"),
        ("calibrate", "{file}", "--out", "{file}"),
    ],
)
def test_what_a_command_reads_is_never_written_over(tmp_path: Path, command: tuple[str, ...]):
    file = tmp_path / "besoins.csv"
    file.write_text("commune,besoin\n34142,recyclerie\n", encoding="utf-8")
    result = run(*(part.format(file=file) for part in command))
    assert result.exit_code == 2
    assert "choisissez un autre nom" in result.output
    assert file.read_text(encoding="utf-8") == "commune,besoin\n34142,recyclerie\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--vintage", "2026-11"), "donnez les deux"),
        (("--data", "nulle-part"), "dossier introuvable"),
    ],
)
def test_data_refuses_at_once_what_it_could_not_do(arguments: tuple[str, ...], says: str):
    result = run("data", *arguments)
    assert result.exit_code == 2
    assert says in result.output


@pytest.mark.parametrize("start", [("read",), ("match", "34142", "--need")])
def test_what_was_repaired_is_said_beside_the_answer(start: tuple[str, ...]) -> None:
    result = run(*start, "Ouvrir une recy-\nclerie")
    assert result.exit_code == 0, result.output
    assert "Nous avons réparé votre texte" in result.stderr and "« recyclerie »" in result.stderr
    assert "réparé" not in result.stdout
    assert not run(*start, "Ouvrir une recyclerie").stderr


def test_a_dry_run_says_which_texts_would_be_repaired(tmp_path: Path) -> None:
    path = tmp_path / "besoins.csv"
    path.write_text("commune;besoin\nLodève;Une crèche\nLodève;Une Ã©picerie\n", "utf-8")
    result = run("batch", str(path), "--verifier")
    assert result.exit_code == 0, result.output
    assert "ligne 3 : Nous avons réparé votre texte : des lettres abîmées" in result.stdout
    assert "ligne 2 : Nous avons" not in result.stdout


@pytest.mark.parametrize("output", ["json", "xlsx"])
def test_an_answer_on_a_full_disk_leaves_the_former_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
):
    (out := tmp_path / f"reponse.{output}").write_text("former", encoding="utf-8")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(out))

    monkeypatch.setattr(os, "fsync", full)
    done = run("match", "Lodève", "--need", "recyclerie", "--format", output, "--out", str(out))
    assert done.exit_code == 7
    assert "Le disque est plein" in done.output
    assert out.read_text(encoding="utf-8") == "former"
    assert [p.name for p in tmp_path.iterdir()] == [out.name]
