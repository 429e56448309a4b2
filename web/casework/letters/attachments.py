"""Files of a dossier, kept in the base: with its rights, in its backups, gone when it goes.

What a file is, is read from its name and from its content: its first bytes say it, and in an office
file the part that names its type; its name has to say the same. Nothing of a file is run, unpacked
to the disk or shown in a page: it is handed back as it came.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.tables import DAMAGED

from .. import audit, clock
from ..audit import Action
from ..persons import erasures
from ..states import Forbidden
from ..store.database import vault_of
from ..store.memories import Attachment
from ..store.tables import Account, Dossier

MOST = 20
"""Files of a dossier."""
MEGABYTES = 40
"""Those of a dossier, all files together."""
LARGEST = 5 * 2**20
"""Bytes of a file."""
LONGEST_NAME = 120
"""Characters of a name."""
_RESERVED = re.compile(r'[<>:"|?*]')
_MACROS = re.compile(r"(^|/)(vbaProject\.bin|Basic/|Scripts/)", re.I)
"""Parts of an office file that hold programs."""
MOST_PARTS = 2_000
"""Parts of an office file: past them, somebody packed it to hurt whoever opens it."""
_ZIP = (b"PK\x03\x04",)
_MAIN = "[Content_Types].xml"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
ENDINGS = {"jpeg": "jpg"}
"""Other endings of the same types."""


def of(session: Session, dossier: Dossier) -> Sequence[Attachment]:
    """The files of a dossier, the newest first, without their content."""
    asked = select(Attachment).where(Attachment.dossier_id == dossier.id)
    return session.scalars(asked.order_by(Attachment.id.desc())).all()


def find(session: Session, dossier: Dossier, number: int) -> Attachment | None:
    """A file of a dossier by its number; None when the dossier has none of this number."""
    asked = select(Attachment).where(Attachment.dossier_id == dossier.id)
    return session.scalar(asked.where(Attachment.id == number))


def attach(
    session: Session, dossier: Dossier, account: Account, name: str, content: bytes
) -> Attachment:
    """Add a file to a dossier; the same one twice is one.

    Raises
    ------
    Forbidden
        French: it is too large, of no type that is taken, not what its name says, or one too many.
    """
    called = name_of(name)
    kind = kind_of(called, content)
    digest = sha256(content).hexdigest()
    known = of(session, dossier)
    same = next((one for one in known if one.digest == digest), None)
    if same is not None:
        return same
    if len(known) >= MOST:
        raise Forbidden(f"Un dossier garde {MOST} pièces au plus : retirez-en une d’abord.")
    if sum(one.size for one in known) + len(content) > MEGABYTES * 2**20:
        raise Forbidden(f"Les pièces d’un dossier font {MEGABYTES} Mo au plus, toutes ensemble.")
    added = Attachment(
        dossier_id=dossier.id,
        name=called,
        kind=kind,
        size=len(content),
        digest=digest,
        content=content,
        account=account,
        created_at=clock.now(),
    )
    session.add(added)
    session.flush()
    _record(session, Action.ATTACHED, dossier, added, account.id)
    return added


def remove(session: Session, dossier: Dossier, number: int, account_id: int) -> None:
    """Take a file out of a dossier for good; one that is gone already stays gone.

    Call `retention.wipe` once it is kept.

    Raises
    ------
    VaultError, OSError
        When it cannot be noted.
    """
    found = find(session, dossier, number)
    if found is not None:
        # First: what is taken out and not noted would come back with a backup.
        erasures.note_attachment(vault_of(session), dossier.reference, found.digest)
        session.delete(found)
        _record(session, Action.DETACHED, dossier, found, account_id)


def remove_again(session: Session, since: str) -> int:
    """Take out what was after a backup was made, and came back with it; how many files.

    Parameters
    ----------
    since : str
        When it was made, ISO 8601.

    Raises
    ------
    VaultError
        When the register cannot be believed.
    """
    vault = vault_of(session)
    gone = erasures.attachments_since(vault, since)
    if vault is None or not gone:
        return 0
    asked = select(Attachment, Dossier).join(Dossier, Dossier.id == Attachment.dossier_id)
    back = [
        (one, dossier)
        for one, dossier in session.execute(asked)
        if erasures.attachment_digest(vault, dossier.reference, one.digest) in gone
    ]
    for one, dossier in back:
        session.delete(one)
        dossier.version += 1
        _record(session, Action.DETACHED, dossier, one, None)
    return len(back)


def weight(size: int) -> str:
    """Bytes as people read them: « 12 Ko », « 1,5 Mo »."""
    if size < 2**20:
        return f"{max(round(size / 2**10), 1)}\u00a0Ko"
    return f"{size / 2**20:.1f}\u00a0Mo".replace(".", ",")


def _record(
    session: Session, action: Action, dossier: Dossier, one: Attachment, account_id: int | None
) -> None:
    """The log says of which type and size; names may hold those of persons."""
    details = {"type": one.kind, "octets": one.size}
    audit.record(session, action, account_id, dossier.reference, **details)


@dataclass(frozen=True)
class FileType:
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


KINDS: Mapping[str, FileType] = {
    "pdf": FileType("PDF", "application/pdf", (b"%PDF-",)),
    "png": FileType("image PNG", "image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": FileType("photo JPEG", "image/jpeg", (b"\xff\xd8\xff",)),
    "docx": FileType(
        "document Word",
        f"{_OFFICE}.wordprocessingml.document",
        _ZIP,
        _MAIN,
        b"wordprocessingml.document.main+xml",
    ),
    "xlsx": FileType(
        "classeur Excel",
        f"{_OFFICE}.spreadsheetml.sheet",
        _ZIP,
        _MAIN,
        b"spreadsheetml.sheet.main+xml",
    ),
    "odt": FileType(
        "document LibreOffice", f"{_OPEN}.text", _ZIP, "mimetype", b"opendocument.text"
    ),
    "ods": FileType(
        "classeur LibreOffice",
        f"{_OPEN}.spreadsheet",
        _ZIP,
        "mimetype",
        b"opendocument.spreadsheet",
    ),
}
"""The types that are taken, by the ending of a name."""
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


def _is_office(name: str, content: bytes, kind: FileType) -> bool:
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
