"""The tables of what is kept beside dossiers: structures, files, lists, visitors' words.

What visitors say and what was shown to them is of nobody, and without their words: `digest` is that
of the words of the need under a key of the site. The same need is the same digest, and nothing of
the need can be read from it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .tables import Account, Base


class StructureMemory(Base):
    """What the team knows of a structure and the catalogue does not: one row a structure.

    `version` grows with each change: who saves an older one is told, and overwrites nothing.
    """

    __tablename__ = "structure_memories"
    id: Mapped[int] = mapped_column(primary_key=True)
    structure_id: Mapped[str] = mapped_column(String(120), unique=True)
    paused_until: Mapped[date | None]
    """Last day of its pause."""
    closed: Mapped[bool] = mapped_column(default=False)
    """Whether it asked not to be introduced any more."""
    capacity: Mapped[int | None]
    """Introductions that it says it takes on in a year."""
    email: Mapped[str | None] = mapped_column(String(254))
    telephone: Mapped[str | None] = mapped_column(String(30))
    remark: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """Who changed it last; None when the structure said it by itself."""


class PastCase(Base):
    """A dossier that was erased, as it counts: no reference, no commune, no word, nobody."""

    __tablename__ = "past_cases"
    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    departement: Mapped[str] = mapped_column(String(3))
    communes: Mapped[list[str] | None] = mapped_column(JSON)
    """Of a collective dossier, for each commune its département and its outcome: `34:utile`."""
    themes: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(String(40))
    taken_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class PastIntroduction(Base):
    """An introduction of an erased dossier, as it counts."""

    __tablename__ = "past_introductions"
    id: Mapped[int] = mapped_column(primary_key=True)
    structure_id: Mapped[str] = mapped_column(String(120))
    step: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    contacted: Mapped[str | None] = mapped_column(String(20))
    useful: Mapped[str | None] = mapped_column(String(20))
    voices: Mapped[list[str] | None] = mapped_column(JSON)
    """What each commune of a collective dossier said: `contacted:useful`."""


class Opinion(Base):
    """What somebody said of one suggestion, on one day; said twice that day, it is one."""

    __tablename__ = "opinions"
    __table_args__ = (UniqueConstraint("day", "digest", "commune", "structure_id", "reason"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(String(10), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    commune: Mapped[str] = mapped_column(String(5))
    themes: Mapped[list[str]]
    structure_id: Mapped[str] = mapped_column(String(120))
    rank: Mapped[int]
    reason: Mapped[str] = mapped_column(String(40))
    """A code of `opinions.Fair`."""


class Impression(Base):
    """Whom an answer showed first, on one day, and how many times."""

    __tablename__ = "impressions"
    __table_args__ = (UniqueConstraint("day", "digest", "commune", "shown_key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(String(10), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    commune: Mapped[str] = mapped_column(String(5))
    themes: Mapped[list[str]]
    shown: Mapped[list[str]] = mapped_column(JSON)
    """Ids of the structures, the first one first."""
    shown_key: Mapped[str] = mapped_column(String(64))
    """Digest of `shown`: what makes two answers the same."""
    times: Mapped[int]


class Attachment(Base):
    """A file of a dossier. It stands in the base: no address of the site leads to it by itself, it
    goes with its dossier, and a backup holds it.
    """

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10))
    """The ending of a type of `attachments.KINDS`."""
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    account: Mapped[Account] = relationship()


class SavedView(Base):
    """A list of dossiers that an adviser keeps under a name: its filters, its order."""

    __tablename__ = "saved_views"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    filters: Mapped[dict[str, Any]]
    """The fields of the address of the list: see `searching.Filters`."""
    shared: Mapped[bool] = mapped_column(default=False)
    """Whether the team sees it."""
    created_at: Mapped[datetime]
    account: Mapped[Account] = relationship()
