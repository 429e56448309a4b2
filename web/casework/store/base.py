"""What the tables of casework share, and those that the others refer to: accounts, parties.

A moment is kept in UTC; a party is a commune of a collective dossier, and a voice what it says.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    ForeignKey,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

if TYPE_CHECKING:
    from .tables import Contact, Dossier


NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


LONGEST_TYPED = 1_200
"""Characters kept of what was typed for a place: as many as the first page takes. The columns have
no bound of their own, for what stands where an address was erased may be longer than it."""


def as_kept(typed: str | None) -> str | None:
    """What is kept of what was typed for a place; None of nothing."""
    return (typed or "")[:LONGEST_TYPED] or None


class Moment(TypeDecorator[datetime]):
    """A moment in UTC: SQLite would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Take moments that say their zone only."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say the zone again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What the tables share."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {dict[str, Any]: JSON, list[str]: JSON, datetime: Moment}  # noqa: RUF012


account_roles = Table(
    "account_roles",
    Base.metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("roles.id"), primary_key=True),
)


class AccountRole(Base, RoleMixin):  # type: ignore[misc]
    """A role of `access.Role`, as Flask-Security wants it."""

    __tablename__ = "roles"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    permissions: Mapped[str | None] = mapped_column(Text)


class Account(Base, UserMixin):  # type: ignore[misc]
    """Somebody who signs in; `name` is what colleagues read beside a note."""

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None]
    """Last code used, in half minutes: it serves once."""
    created_at: Mapped[datetime]
    away_from: Mapped[datetime | None]
    away_until: Mapped[datetime | None]
    stand_in: Mapped[int | None]
    """Number of the account that works in its place from one moment to the other."""
    feed: Mapped[str | None] = mapped_column(String(64), index=True)
    """Digest of the secret in the address of its calendar; None until one is asked for."""
    roles: Mapped[list[AccountRole]] = relationship(secondary=account_roles, lazy="selectin")


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
