"""What visitors say of one suggestion: a code of a closed list, of nobody."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from matcher import Need

from .. import clock
from ..states import Labelled
from ..store.memories import Impression, Opinion

KEPT_DAYS = 365
"""Days for which opinions and impressions are kept; the page « Vie privée » says so."""


class Fair(Labelled):
    """Whether a suggestion seems right, and why not."""

    YES = "juste", "Oui, elle est juste"
    OFF_TOPIC = "hors_sujet", "Pas le bon sujet"
    TOO_FAR = "trop_loin", "Trop loin"
    NOT_ITS_FIELD = "hors_metier", "Ce n’est pas son métier"
    KNOWN = "deja_sollicitee", "Déjà sollicitée"
    GONE = "fermee", "Structure fermée"
    OTHER = "autre", "Autre raison"


@dataclass(frozen=True)
class Shown:
    """A need as it is kept here: where, about what, and a digest of its words."""

    commune: str
    themes: Sequence[str]
    digest: str


def digest_of(need: Need, key: object) -> str:
    """Digest of a need under the key of the site: its words cannot be guessed from it."""
    said = "\n".join((need.text, need.stage or "", *need.themes, *need.excluded))
    return hmac.new(str(key).encode(), said.encode(), hashlib.sha256).hexdigest()


def keep(session: Session, shown: Shown, structure: str, rank: int, reason: Fair) -> None:
    """Keep an opinion, once a day however often it is sent."""
    forget(session)
    day = clock.today().isoformat()
    same = select(Opinion.id).where(
        Opinion.day == day,
        Opinion.digest == shown.digest,
        Opinion.commune == shown.commune,
        Opinion.structure_id == structure,
        Opinion.reason == reason.value,
    )
    if session.scalar(same) is None:
        session.add(
            Opinion(
                day=day,
                digest=shown.digest,
                commune=shown.commune,
                themes=list(shown.themes),
                structure_id=structure,
                rank=rank,
                reason=reason.value,
            )
        )
        session.flush()


def forget(session: Session) -> None:
    """Erase what was kept long enough."""
    before = (clock.today() - timedelta(days=KEPT_DAYS)).isoformat()
    for table in (Opinion, Impression):
        session.execute(delete(table).where(table.day < before))
