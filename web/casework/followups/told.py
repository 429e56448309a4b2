"""What a team's spreadsheet tells of a need: where its dossier stands, since when, with whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from ..states import State, Step
from .words import Standing

DAYS = {
    "recu_le": "la réception",
    "envoye_le": "l’envoi",
    "repondu_le": "la réponse",
    "rencontre_le": "la rencontre",
    "clos_le": "la clôture",
}
"""The columns of what happened, in the order of the life of a dossier."""
COLUMNS = (
    *("statut", *DAYS, "revenir_le", "revenir_pour", "responsable", "structures", "reponse"),
    *("raison", "notes"),
)
"""The columns of a follow-up, beside those of a need."""
SEVERAL = ("notes",)
"""Those that a table may have more than once."""
LONGEST = {"notes": 4_000, "revenir_pour": 200, "responsable": 200, "structures": 500}
"""Characters of those that hold a text."""
NOTE = "note"
"""What a name outside of the directory becomes where nobody says better: a line in a note."""


class WordKind(NamedTuple):
    """Words of a file that a person settles: their code, and what the page calls them."""

    code: str
    label: str


STATUS = WordKind("statut", "Statuts")
REPLY = WordKind("reponse", "Réponses des structures")
OWNER = WordKind("responsable", "Responsables")
NAMED = WordKind("structures", "Structures")


@dataclass(frozen=True)
class Settled:
    """What a person said of a file before it is kept.

    Parameters
    ----------
    columns : mapping of str to str
        Our column by the folded name of one; "" to leave that one aside.
    words : mapping of (str, str) to str
        By kind of word and word: a code of `STANDINGS` or `ANSWERS`, the number of an account, the
        id of a structure.
    left : frozenset of int
        Lines that are not wanted.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[tuple[str, str], str] = field(default_factory=dict)
    left: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Asked:
    """A structure that the file says was asked: where it stands, and when that was.

    Parameters
    ----------
    structure_id : str
        "" of a name that the directory does not have, and that goes to a note.
    """

    name: str
    structure_id: str
    step: Step
    reason: str | None = None
    sent: date | None = None
    answered: date | None = None
    met: date | None = None
    meeting: date | None = None
    later: date | None = None


@dataclass(frozen=True)
class Told:
    """The follow-up of one need: that of a row, or of several rows that say the same need.

    Parameters
    ----------
    reached : Standing
        How far it went before it was closed; the same as `standing` while it is open.
    """

    line: int
    standing: Standing
    reached: Standing
    puts: tuple[Asked, ...] = ()
    days: Mapping[str, date] = field(default_factory=dict)
    back: date | None = None
    back_line: str = ""
    owner: str = ""
    notes: tuple[str, ...] = ()

    def joined(self, other: Told) -> Told:
        """Join the follow-up of another row of the same need: the furthest holds."""
        known = {put.structure_id or put.name for put in self.puts}
        more = tuple(p for p in other.puts if (p.structure_id or p.name) not in known)
        return replace(
            self,
            standing=max(self.standing, other.standing, key=height),
            reached=max(self.reached, other.reached, key=height),
            puts=self.puts + more,
            days={**other.days, **self.days},
            back=self.back or other.back,
            back_line=self.back_line or other.back_line,
            owner=self.owner or other.owner,
            notes=tuple(dict.fromkeys(self.notes + other.notes)),
        )


_ORDER = (State.RECEIVED, State.OPEN, State.DECLINED, State.PROPOSED, State.ACCEPTED)
_HEIGHT = {s: i for i, s in enumerate((*_ORDER, State.MET, State.FOLLOWED, State.CLOSED))}


def height(standing: Standing) -> int:
    """How far a dossier is: what stands goes before what was declined."""
    return _HEIGHT[standing.state]
