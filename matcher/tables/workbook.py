"""XLSX and ODS workbooks: their size is known before they are opened, and they are opened apart."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.faults import DataError, Fault

DAMAGED = (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError)
"""What zipfile raises on an archive that is cut, forged or packed in a way it does not know."""
BYTES_MAX = 20 * 2**20
"""Bytes of a workbook: 100,000 needs take some ten megabytes."""
EXPANDED_MAX = 200 * 2**20
"""Bytes of what is in it, by its own list of contents."""
RATIO_MAX = 300
"""How many times larger its contents may be: a workbook of one value repeated has some 100."""
PARTS_MAX = 2_000
"""Files in it."""
PATIENCE = 60
"""Seconds that the reading may take on a busy machine."""
ROOM = 2**20
"""Bytes of contents below which their ratio does not matter."""
CHILD = Path(__file__).with_name("sheets_child.py")
XLSX, ODS = "XLSX", "ODS"


@dataclass(frozen=True)
class Worksheet:
    """A sheet: its name and its rows, each value a text; the first row is line 1."""

    name: str
    rows: list[list[str]]


def read_workbook(data: bytes, name: str) -> tuple[str, list[Worksheet]]:
    """The form of a workbook, `XLSX` or `ODS`, and its visible sheets.

    Raises
    ------
    DataError
        When it is too large, damaged, protected, or no workbook.
    """
    form = _checked(data, name)
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=data,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _refusal(name, "classeur trop long à lire") from None
    if done.returncode == 3 or done.returncode < 0 or b"memory" in done.stderr:
        rule = "feuille trop grande : garder les seules lignes et colonnes utiles"
        raise _refusal(name, rule)
    if done.returncode:
        raise _refusal(name, "classeur illisible : abîmé, ou protégé par un mot de passe")
    sheets = [Worksheet(s["name"], s["rows"]) for s in json.loads(done.stdout)]
    if not any(sheet.rows for sheet in sheets):
        raise _refusal(name, "classeur sans aucune valeur")
    return form, sheets


def _checked(data: bytes, name: str) -> str:
    """The form of a workbook whose list of contents is believable."""
    if len(data) > BYTES_MAX:
        raise _refusal(name, f"classeur de plus de {BYTES_MAX // 2**20} Mo")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            kind = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except DAMAGED:
        raise _refusal(name, "archive abîmée : enregistrer de nouveau le classeur") from None
    size = sum(part.file_size for part in parts)
    if size > EXPANDED_MAX or len(parts) > PARTS_MAX:
        raise _refusal(name, f"classeur qui contient plus de {EXPANDED_MAX // 2**20} Mo")
    if size > ROOM and size > RATIO_MAX * len(data):
        raise _refusal(name, "classeur comprimé plus qu’un tableau ne peut l’être")
    if "xl/workbook.xml" in names:
        return XLSX
    if b"opendocument.spreadsheet" in kind or "content.xml" in names:
        return ODS
    raise _refusal(name, "c’est une archive ZIP, pas un classeur XLSX ou ODS")


def _refusal(name: str, rule: str) -> DataError:
    return DataError([Fault(name, None, None, None, rule)])
