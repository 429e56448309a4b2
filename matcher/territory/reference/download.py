"""The raw packages: pinned by version and sha256, fetched by the ordinary clients, cached."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


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
