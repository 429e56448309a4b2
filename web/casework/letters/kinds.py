"""What a file that somebody brings is: read from its name and from its content, nothing run.

Its first bytes say what it is, and in an office file the part that names its type; its name has to
say the same.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from matcher.tables import DAMAGED

from ..states import Forbidden

LARGEST = 5 * 2**20
"""Bytes of a file."""
LONGEST_NAME = 120
"""Characters of a name."""
_RESERVED = re.compile(r'[<>:"|?*]')
_MACROS = re.compile(r"(^|/)(vbaProject\.bin|Basic/|Scripts/)", re.I)
"""Parts of an office file that hold programs."""
MOST_PARTS = 2_000
"""Parts of an office file: past them, somebody packed it to hurt whoever opens it."""


@dataclass(frozen=True)
class Kind:
    """A type of file.

    Parameters
    ----------
    label : str
        French.
    media : str
        Media type.
    starts : tuple of bytes
        How its content begins.
    part : str
        For an office file, a part that its archive holds, "" for others.
    says : bytes
        For an office file, what this part holds.
    """

    label: str
    media: str
    starts: tuple[bytes, ...]
    part: str = ""
    says: bytes = b""


_ZIP = (b"PK\x03\x04",)
_MAIN = "[Content_Types].xml"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
KINDS: Mapping[str, Kind] = {
    "pdf": Kind("PDF", "application/pdf", (b"%PDF-",)),
    "png": Kind("image PNG", "image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": Kind("photo JPEG", "image/jpeg", (b"\xff\xd8\xff",)),
    "docx": Kind(
        "document Word",
        f"{_OFFICE}.wordprocessingml.document",
        _ZIP,
        _MAIN,
        b"wordprocessingml.document.main+xml",
    ),
    "xlsx": Kind(
        "classeur Excel",
        f"{_OFFICE}.spreadsheetml.sheet",
        _ZIP,
        _MAIN,
        b"spreadsheetml.sheet.main+xml",
    ),
    "odt": Kind("document LibreOffice", f"{_OPEN}.text", _ZIP, "mimetype", b"opendocument.text"),
    "ods": Kind(
        "classeur LibreOffice",
        f"{_OPEN}.spreadsheet",
        _ZIP,
        "mimetype",
        b"opendocument.spreadsheet",
    ),
}
"""The types that are taken, by the ending of a name."""
ENDINGS = {"jpeg": "jpg"}
"""Other endings of the same types."""
ACCEPTED = ", ".join(f".{ending}" for ending in (*KINDS, *ENDINGS))


def name_of(sent: str) -> str:
    """The name under which a file is kept: no folder, nothing that is not seen.

    Raises
    ------
    Forbidden
        French: nothing is left of it.
    """
    plain = unicodedata.normalize("NFC", " ".join(sent.split()))
    # What is not seen makes a name look like another.
    seen = "".join(filter(str.isprintable, plain))
    last = _RESERVED.sub("_", re.split(r"[\\/]", seen)[-1])
    stem, dot, ending = last.strip().rpartition(".")
    stem = stem.strip(". ")[: LONGEST_NAME - 1 - len(ending)]
    if not stem or not dot or len(ending) > len("docx"):
        raise Forbidden(f"Le nom d’une pièce dit ce qu’elle est : {ACCEPTED}.")
    return f"{stem}.{ending.lower()}"


def kind_of(name: str, content: bytes) -> str:
    """The ending of the type of a file, whose name and content say the same.

    Raises
    ------
    Forbidden
        French: it is empty, too large, of another type, or not what its name says.
    """
    ending = name.rpartition(".")[2]
    ending = ENDINGS.get(ending, ending)
    if ending not in KINDS:
        raise Forbidden(f"« {name} » : type non accepté. Acceptés : {ACCEPTED}.")
    if not content:
        raise Forbidden(f"« {name} » est vide.")
    if len(content) > LARGEST:
        raise Forbidden(f"« {name} » dépasse {LARGEST // 2**20} Mo.")
    kind = KINDS[ending]
    if not content.startswith(kind.starts) or (kind.part and not _is_office(name, content, kind)):
        raise Forbidden(
            f"« {name} » n’est pas ce que dit son nom ({kind.label}) : enregistrez-le de nouveau "
            "depuis le logiciel qui l’a fait."
        )
    return ending


def _is_office(name: str, content: bytes, kind: Kind) -> bool:
    """Whether an archive is an office file of this type, without programs.

    Raises
    ------
    Forbidden
        French: it holds programs, or cannot be read.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            parts = packed.namelist()
            if any(map(_MACROS.search, parts)):
                raise Forbidden(f"« {name} » contient des macros : enregistrez-le sans elles.")
            if len(parts) > MOST_PARTS or kind.part not in parts:
                return False
            with packed.open(kind.part) as part:
                return kind.says in part.read(2**20)
    except DAMAGED:
        return False
