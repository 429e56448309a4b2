"""The tables of what a team remembers beside its dossiers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .tables import Base


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
