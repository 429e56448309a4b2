"""The command `maillage` has all that the matcher's has, the site and its administration."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from maillage.command import main
from matcher.catalogue.faults import EXTRAS
from matcher.commands import main as matching
from matcher.commands.console import click, explained

ROOT = Path(__file__).resolve().parents[1]


def test_every_command_of_the_matcher_is_there_beside_the_site_and_its_administration():
    assert set(main.commands) == {*matching.commands, "serve", "admin"}


def test_the_version_is_that_of_the_package():
    said = CliRunner().invoke(main, ["--version"])
    assert said.output == f"maillage {metadata.version('maillage')}\n"


def test_a_match_is_answered_and_the_administration_says_its_commands():
    found = CliRunner().invoke(main, ["match", "Figeac", "--need", "ouvrir une recyclerie"])
    assert found.exit_code == 0
    assert "Figeac" in found.output
    told = CliRunner().invoke(main, ["admin", "--help"])
    assert told.exit_code == 0
    assert "maillage admin" in told.output


@pytest.mark.parametrize("library", sorted(EXTRAS))
def test_a_library_that_is_missing_is_said_with_what_brings_it(library: str):
    @click.command()
    @explained
    def asking() -> None:
        raise ModuleNotFoundError(f"No module named {library!r}", name=f"{library}.part")

    said = CliRunner().invoke(asking)
    assert said.exit_code == 5
    assert f"maillage[{EXTRAS[library]}]" in said.stderr


def test_a_library_that_everybody_should_have_is_a_fault():
    @click.command()
    @explained
    def asking() -> None:
        raise ModuleNotFoundError("No module named 'numpy'", name="numpy")

    assert isinstance(CliRunner().invoke(asking).exception, ModuleNotFoundError)


def built(folder: Path, umask: int = 0o022) -> Path:
    """The wheel of this checkout, built from a copy: a build leaves folders behind.

    `umask` takes rights away, from the files of the copy and from what the build writes.
    """
    source = folder / "source"
    for name in ("matcher", "web", "maillage", "data"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, source / name)  # of now: its date is not that of the checkout
    for path in source.rglob("*"):
        path.chmod(path.stat().st_mode & ~umask)
    build = [sys.executable, "-m", "pip", "wheel", str(source), "--no-deps", "--no-build-isolation"]
    quiet = ["--disable-pip-version-check", "-q", "-w", str(folder)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    subprocess.run([*build, *quiet], check=True, cwd=folder, env=environment, umask=umask)
    (wheel,) = folder.glob("maillage-*.whl")
    return wheel


def test_two_builds_are_the_same_bytes(wheel: Path, tmp_path: Path):
    """What anybody builds from a commit is what was released from it, whatever their umask."""
    assert built(tmp_path, umask=0o077).read_bytes() == wheel.read_bytes()


def test_the_version_has_its_part_of_the_changelog():
    version = metadata.version("maillage")
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert heads[0] == version


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_all_that_runs_and_answers_outside_of_the_checkout(
    wheel: Path, tmp_path: Path
):
    """Its files are those of the repository; unpacked elsewhere, it finds its data."""
    place = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
        held = {name.partition("/")[0] for name in archive.namelist()}
    assert {name.partition("-")[0] for name in held} == {*PACKAGES, "maillage_data"}, held
    for package, installed in (("matcher", "matcher"), ("web", "web"), ("data", "maillage_data")):
        ours = (p for p in (ROOT / package).rglob("*") if p.suffix in KEPT and p.is_file())
        for path in ours:
            assert (place / installed / path.relative_to(ROOT / package)).exists(), path
    asked = ["match", "Figeac", "--need", "ouvrir une recyclerie", "--top", "1"]
    code = f"from maillage.command import main; main({asked!r})"
    environment = {"PYTHONPATH": str(place), "MAILLAGE_CACHE": "non", "PATH": "/usr/bin:/bin"}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    assert "Figeac" in said.stdout


PACKAGES = ("maillage", "matcher", "web")
"""What is installed, beside the data: no test, no tool."""
KEPT = {".py", ".csv", ".npz", ".geojson", ".typ", ".css", ".js", ".html", ".ttf", ".docx", ".mo"}
"""Endings of what an installation needs."""
