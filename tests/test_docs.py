"""What is written is true: examples run, commands exist, methods are published."""

import doctest
import importlib
import math
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from test_architecture import MODULES

import matcher as front_door
from matcher import Kind, Matcher, Stage, Theme
from matcher.catalogue import Scale
from matcher.catalogue.french import percent
from matcher.catalogue.rows import read_rows
from matcher.commands import main
from matcher.ranking import CRITERIA, criteria, policy

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(path for folder in (ROOT, ROOT / "data") for path in sorted(folder.glob("*.md"))),
    *sorted((ROOT / "docs").rglob("*.md")),
]
ARCHITECTURE = "docs/architecture.md"
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
COMMAND = re.compile(r"(?:\.venv/bin/)?python3? -m matcher (.*)")
MAKE = re.compile(r"\bmake ([a-z-]+)")


def fenced(path: Path, *languages: str) -> list[str]:
    """Blocks of code of a page in these languages."""
    text = path.read_text(encoding="utf-8")
    return [
        code
        for language, code in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S)
        if language in languages
    ]


def shell_lines(path: Path) -> list[str]:
    lines = "\n".join(fenced(path, "sh", "bash", "console")).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ").strip() for line in lines if line.strip()]


# Examples


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("matcher")])
def test_the_examples_of_docstrings_run(name: str):
    if ">>> " not in MODULES[name].read_text(encoding="utf-8"):
        return
    failed, tried = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert tried and not failed


def test_the_front_door_has_an_example():
    assert doctest.DocTestFinder().find(front_door, "matcher")[0].examples


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_python_of_a_page_runs(path: Path, capsys: pytest.CaptureFixture[str]):
    names: dict[str, object] = {}
    for code in fenced(path, "python"):
        exec(compile(code, path.name, "exec"), names)


# Commands


def test_the_pages_are_there():
    names = {path.name for path in PAGES}
    assert {"README.md", "README.fr.md", "CHANGELOG.md", "CONTRIBUTING.md"} <= names
    assert shell_lines(ROOT / "README.md")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_commands_of_a_page_exist(path: Path):
    """Each command with its options: they must parse, nothing is run."""
    for line in shell_lines(path):
        found = COMMAND.search(line.split(" #")[0])
        if found:
            name, *arguments = shlex.split(found.group(1))
            if name.startswith("-"):
                continue
            assert name in main.commands, line
            command = main.commands[name]
            known = {option for p in command.params for option in p.opts} | {"--help", "-h"}
            used = {word for word in arguments if re.match(r"--?[a-z]", word)}
            assert used <= known, line


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_make_targets_of_a_page_exist(path: Path):
    text = path.read_text(encoding="utf-8")
    code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *shell_lines(path)])
    for target in MAKE.findall(code):
        assert target in TARGETS, f"{path.name} : make {target}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_links_of_a_page_lead_to_a_file(path: Path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", text):
        assert (path.parent / target).exists(), f"{path.name} : {target}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_files_that_a_page_names_are_there(path: Path):
    """Paths in backticks below a folder of the repository."""
    text = path.read_text(encoding="utf-8")
    folders = ("matcher/", "web/", "data/", "tests/", "notebooks/", "docs/")
    for name in re.findall(r"`([\w./-]+)`", text):
        if name.startswith(folders) and "*" not in name:
            assert (ROOT / name).exists(), f"{path.name} : {name}"


def test_the_readme_is_read_at_one_sitting():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 150


def test_every_command_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in main.commands:
        assert f"matcher {name}" in text or f"make {name}" in text, name


def test_make_help_lists_every_target_as_it_is_to_be_read():
    done = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {line.split()[0] for line in done.stdout.splitlines()} == TARGETS
    assert all(len(line.split()) > 1 for line in done.stdout.splitlines())
    assert "$(" not in done.stdout


# The published method


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.code)
def test_a_criterion_publishes_its_method_its_label_and_its_reason(criterion):
    method = criterion.method
    assert method[0].isupper()
    assert method.endswith(".")
    assert "  " not in method and "\n" not in method
    french(method)
    assert criterion.label[0].isupper()
    french(criterion.label)
    assert criterion.reason
    assert not criterion.reason.endswith(".")
    french(criterion.reason)


@pytest.mark.parametrize("term", [*Theme, *Stage, *Kind, *Scale], ids=lambda term: term.value)
def test_every_code_has_a_french_label_and_a_definition(term):
    assert term.label and term.definition
    french(term.label)
    french(term.definition)


def french(text: str) -> None:
    """No straight apostrophe, no straight quotation mark, no English word."""
    assert "'" not in text, text
    assert '"' not in text, text
    assert not re.search(r"\b(the|and|of|with|is|score of)\b", text, re.I), text


def test_every_role_has_a_reason():
    rows = read_rows(
        Matcher.embedded() / "reference" / "roles.csv", ("stage", "kind", "score", "reason")
    )
    assert len({(row["stage"], row["kind"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["stage"] in ("", *Stage) and Kind(row["kind"])
        helps = row["kind"] != Kind.OPERATEUR_LOCAL
        assert (0 < float(row["score"]) <= 1) if helps else float(row["score"]) == 0
        french(row["reason"])
    assert {row["stage"] for row in rows} == {"", *Stage}
    assert {row["kind"] for row in rows} == set(Kind)


def test_every_situation_is_read_in_texts():
    rows = read_rows(Matcher.embedded() / "reference" / "situations.csv", ("stage", "terms"))
    assert [row["stage"] for row in rows] == [stage.value for stage in Stage]


def test_the_numbers_of_the_pages_are_those_of_the_data(matcher: Matcher):
    text = "".join((ROOT / n).read_text(encoding="utf-8") for n in ("README.md", ARCHITECTURE))
    subjects = len(matcher.knowledge.subject_labels)
    for number, noun, real in (
        (r"([\d,]+) communes", "communes", len(matcher.territory.communes)),
        (r"(\d+) structures", "structures", len(matcher.structures)),
        (r"(\d+) themes", "themes", len(Theme)),
        (r"(\d+) subjects", "subjects", subjects),
    ):
        said = re.findall(number, text)
        assert said, f"no page counts {noun} any more"
        for found in said:
            assert int(found.replace(",", "")) == real, f"{found} {noun} : {real}"


def test_the_rules_of_the_architecture_are_those_of_the_policy():
    text = (ROOT / ARCHITECTURE).read_text(encoding="utf-8")
    words = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"}
    assert f"{words[policy.MOST_OF_A_NETWORK]} branches a network" in text
    assert f"{words[policy.MOST_OF_A_KIND]} of a kind" in text


def test_the_table_of_themes_is_the_vocabulary():
    rows = read_rows(
        Matcher.embedded() / "catalogue" / "themes.csv", ("code", "label_fr", "definition")
    )
    assert [row["code"] for row in rows] == [theme.value for theme in Theme]
    for row in rows:
        assert row["label_fr"].replace("'", "’") == Theme(row["code"]).label


def test_the_numbers_in_the_methods_are_those_of_the_code():
    """Each constant is in the docstring of its criterion, as a French reader writes it."""
    methods = {criterion.code: criterion.method for criterion in CRITERIA}

    def said(value: float) -> str:
        return f"{value:g}".replace(".", ",")

    least, most = said(criteria.GENERALIST_LEAST), said(criteria.GENERALIST_MOST)
    assert f"vaut de {least} à {most} selon son rôle" in methods["themes"]
    assert f"nationale {said(criteria.GENERALIST_NATIONAL)}." in methods["themes"]
    assert f"{criteria.MANY_PROJECTS} projets documentés" in methods["experience"]
    assert f"{said(criteria.OLD_SOURCE_SHARE)} si sa source" in methods["reliability"]
    for name, value in (
        ("Commune", criteria.ANCHORING[Scale.COMMUNE]),
        ("intercommunalité", criteria.ANCHORING[Scale.EPCI]),
        ("rayon", criteria.ANCHORING_RADIUS),
        ("département", criteria.ANCHORING[Scale.DEPARTEMENT]),
        ("région", criteria.ANCHORING[Scale.REGION]),
        ("France", criteria.ANCHORING[Scale.NATIONAL]),
        ("organisme de métropole", criteria.ANCHORING_ACROSS_OCEAN),
    ):
        assert f"{name} {said(value)}" in methods["anchoring"], name
    at = math.exp(-60 / criteria.PROXIMITY_KM)
    assert f"environ {said(round(at, 2))} à 60 km" in methods["proximity"]


@pytest.mark.parametrize("path", ["web/api/need_models.py", "web/templates/public/method.html"])
def test_the_change_of_weight_is_the_one_that_is_measured(path: str):
    """The sentences of the reports are made from the constant; the site writes it out."""
    text = (
        (ROOT / path)
        .read_text(encoding="utf-8")
        .replace("&nbsp;", "\u00a0")
        .replace(" %", "\u00a0%")
    )
    said = re.findall(r"poids (?:d’un critère )?change(?:ait)? de ([^.\"]*%)", text)
    assert said == [percent(policy.WEIGHT_CHANGE)]
