"""The tables of casework: what is kept of needs, dossiers, introductions and accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Account as Account
from .base import AccountRole as AccountRole
from .base import Base as Base
from .base import Party as Party
from .base import Voice as Voice
from .base import account_roles as account_roles


class Contact(Base):
    """Whom to answer: a generic address, its service and its number. Erased on request."""

    __tablename__ = "contacts"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), index=True)
    service: Mapped[str | None] = mapped_column(String(200))
    telephone: Mapped[str | None] = mapped_column(String(30), index=True)
    source: Mapped[str] = mapped_column(String(200))
    consent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]

    @property
    def reached(self) -> tuple[str, ...]:
        """The ways to reach it: an address, a number; nothing once they are erased."""
        return tuple(way for way in (self.email, self.telephone) if way)


members = Table(
    "dossier_members",
    Base.metadata,
    Column("dossier_id", ForeignKey("dossiers.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
)


class Dossier(Base):
    """A declared need and what becomes of it.

    `version` grows with each change: who saves an older one is told, and overwrites nothing.
    `digest` is that of the request it comes from: the same request makes one dossier.
    """

    __tablename__ = "dossiers"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    origin: Mapped[str] = mapped_column(String(20))
    commune: Mapped[str] = mapped_column(String(5), index=True)
    typed: Mapped[str | None] = mapped_column(Text)
    """What was typed for its place, as it was typed; None when nobody kept it (see `as_kept`)."""
    places: Mapped[str | None] = mapped_column(Text)
    """Insee codes, with commas, of the communes that ask together, `commune` first; None of one."""
    need: Mapped[str] = mapped_column(Text)
    received_need: Mapped[str | None] = mapped_column(Text)
    """The words that came first, once an adviser wrote others; None until then."""
    themes: Mapped[list[str]]
    excluded: Mapped[list[str]]
    stage: Mapped[str | None] = mapped_column(String(40))
    wished: Mapped[list[str]]
    """Structures that the commune asked for by name."""
    external: Mapped[str | None] = mapped_column(String(100))
    """What the need is called in the file that it came from."""
    state: Mapped[str] = mapped_column(String(40), index=True)
    reason: Mapped[str | None] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    active_at: Mapped[datetime] = mapped_column(index=True)
    """Last activity: what retention counts from."""
    imported: Mapped[int | None] = mapped_column(index=True)
    """Row of the audit log that says which file it came with."""
    same_as: Mapped[str | None] = mapped_column(String(20), index=True)
    """Reference of the dossier that holds the same need, when a person said so."""
    back_at: Mapped[datetime | None] = mapped_column(index=True)
    back_line: Mapped[str | None] = mapped_column(Text)
    """The day to come back to it, and what for."""
    heard: Mapped[dict[str, Any] | None]
    """What the commune last said of its request: see `inbox.hear`; None until it does."""
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    contact: Mapped[Contact | None] = relationship()
    members: Mapped[list[Account]] = relationship(secondary=members)
    notes: Mapped[list[Note]] = relationship(
        order_by="Note.id", cascade="all, delete-orphan", passive_deletes=True
    )
    choices: Mapped[list[Choice]] = relationship(
        order_by="Choice.position", cascade="all, delete-orphan", passive_deletes=True
    )
    introductions: Mapped[list[Introduction]] = relationship(
        back_populates="dossier",
        order_by="Introduction.id",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )
    parties: Mapped[list[Party]] = relationship(
        back_populates="dossier",
        order_by="Party.id",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )
    """The communes of a collective dossier, those too that left it; none of a single commune."""


class Seen(Base):
    """The version of a dossier that an account last had before its eyes."""

    __tablename__ = "seen"
    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    version: Mapped[int]


class Held(Base):
    """What was sent when nobody was signed in any more, until its author signs in again.

    `key` is the digest of the secret that the browser holds; `place` the address it was sent to.
    """

    __tablename__ = "held"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    account_id: Mapped[int | None]
    place: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(index=True)


class Note(Base):
    """A case note: for its author and the members of the dossier."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    author: Mapped[Account] = relationship()


class Choice(Base):
    """What an adviser decided of a structure, with what the matcher said that day.

    Parameters
    ----------
    verdict : str
        A code of `choices.Verdict`.
    rank, score, weights
        Of that day; None where the structure does not cover the commune. `weights`: by criterion.
    catalogue : str
        Version of the catalogue of that day.
    """

    __tablename__ = "choices"
    __table_args__ = (UniqueConstraint("dossier_id", "structure_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"))
    structure_id: Mapped[str] = mapped_column(String(120), index=True)
    verdict: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    reason: Mapped[str | None] = mapped_column(String(40))
    comment: Mapped[str | None] = mapped_column(Text)
    rank: Mapped[int | None]
    score: Mapped[float | None]
    weights: Mapped[dict[str, Any]]
    catalogue: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime]


class Introduction(Base):
    """A commune put in touch with one structure, by a brief for each side."""

    __tablename__ = "introductions"
    __table_args__ = (UniqueConstraint("dossier_id", "structure_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"))
    structure_id: Mapped[str] = mapped_column(String(120), index=True)
    step: Mapped[str] = mapped_column(String(40), index=True)
    reason: Mapped[str | None] = mapped_column(String(40))
    to_commune: Mapped[str] = mapped_column(Text)
    to_structure: Mapped[str] = mapped_column(Text)
    """The two briefs, as they were prepared or changed: what is sent is what is kept."""
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    prepared_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    meeting_at: Mapped[datetime | None]
    meeting_place: Mapped[str | None] = mapped_column(Text)
    """When and where they will meet."""
    reminders: Mapped[int] = mapped_column(default=0)
    """Reminders done since the step: see `tasks.REMINDER_DAYS`."""
    later_on: Mapped[datetime | None]
    """Day from which the structure wants to be asked again."""
    agreed_at: Mapped[datetime | None]
    """When the commune agreed that this very structure has its address."""
    contacted: Mapped[str | None] = mapped_column(String(20))
    useful: Mapped[str | None] = mapped_column(String(20))
    told_at: Mapped[datetime | None]
    """What the commune says of it: codes of `states.Contacted` and `states.Useful`, and when."""
    dossier: Mapped[Dossier] = relationship(back_populates="introductions")


class AnswerLink(Base):
    """The secret of a link that a letter holds: of an introduction for its structure, of a dossier
    for its commune, of a party for a commune of a group. It is over when `ended_at` is set, or
    after a while (see `links`).
    """

    __tablename__ = "answer_links"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    dossier_id: Mapped[int] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), index=True
    )
    introduction_id: Mapped[int | None] = mapped_column(
        ForeignKey("introductions.id", ondelete="CASCADE"), index=True
    )
    party_id: Mapped[int | None] = mapped_column(
        ForeignKey("parties.id", ondelete="CASCADE"), index=True
    )
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    dossier: Mapped[Dossier] = relationship()
    party: Mapped[Party | None] = relationship()
    introduction: Mapped[Introduction | None] = relationship()


class Proposal(Base):
    """A project or a correction that a visitor proposed, until a moderator decides."""

    __tablename__ = "proposals"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]]
    """The fields of the form, but the address."""
    typed: Mapped[str | None] = mapped_column(Text)
    """What was typed for its commune, as it was typed."""
    verdict: Mapped[str] = mapped_column(String(20), index=True)
    reason: Mapped[str | None] = mapped_column(String(40))
    comment: Mapped[str | None] = mapped_column(Text)
    """Why it was refused: a code of `moderation.Refused`, and what the moderator adds."""
    record: Mapped[str | None] = mapped_column(String(120))
    """Id in the catalogue of what was accepted."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    contact: Mapped[Contact | None] = relationship()


class AuditEntry(Base):
    """Who did what, to what, when; each row seals the one before. No personal data in it.

    The table refuses changes by triggers of its own (see the migrations).
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject_id", "subject", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(25))
    account_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    details: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))
