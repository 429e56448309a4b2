"""What visitors say of suggestions and what was shown to them: of nobody, and without their words.

`digest` is that of the words of the need under a key of the site: the same need is the same
digest, and nothing of the need can be read from it.
"""

from __future__ import annotations

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


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
