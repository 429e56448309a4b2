"""The tables of those who sign in."""

from __future__ import annotations

from datetime import datetime

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base

account_roles = Table(
    "account_roles",
    Base.metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("roles.id"), primary_key=True),
)


class Role(Base, RoleMixin):  # type: ignore[misc]
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
    roles: Mapped[list[Role]] = relationship(secondary=account_roles, lazy="selectin")
