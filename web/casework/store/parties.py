"""The tables of a collective dossier: the communes that take part, and what each says."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base

if TYPE_CHECKING:
    from .tables import Contact, Dossier


class Party(Base):
    """A commune of a collective dossier, from the day it joins to the day it leaves."""

    __tablename__ = "parties"
    __table_args__ = (UniqueConstraint("dossier_id", "commune"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), index=True
    )
    commune: Mapped[str] = mapped_column(String(5), index=True)
    reference: Mapped[str | None] = mapped_column(String(20), index=True)
    """Of the dossier that it had of its own, which stays."""
    said: Mapped[str | None] = mapped_column(Text)
    """Its need in its own words; None where it has no others than the dossier."""
    wished: Mapped[list[str]]
    """Structures that it asked for by name."""
    outcome: Mapped[str] = mapped_column(String(20))
    """A code of `states.Outcome`."""
    outcome_at: Mapped[datetime | None]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    """Whom to answer there: the contact of its own dossier, or one of its own."""
    contact: Mapped[Contact | None] = relationship()
    dossier: Mapped[Dossier] = relationship(back_populates="parties")
    voices: Mapped[list[Voice]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class Voice(Base):
    """What a commune of a group says of one introduction: see `tables.Introduction`."""

    __tablename__ = "voices"
    __table_args__ = (UniqueConstraint("party_id", "introduction_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"))
    introduction_id: Mapped[int] = mapped_column(
        ForeignKey("introductions.id", ondelete="CASCADE"), index=True
    )
    agreed_at: Mapped[datetime | None]
    contacted: Mapped[str | None] = mapped_column(String(20))
    useful: Mapped[str | None] = mapped_column(String(20))
    told_at: Mapped[datetime | None]
