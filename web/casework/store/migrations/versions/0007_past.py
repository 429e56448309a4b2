"""What erased dossiers leave to be counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "past_cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("departement", sa.String(3), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("taken_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_cases")),
    )
    op.create_index("ix_past_cases_received_at", "past_cases", ["received_at"])
    op.create_table(
        "past_introductions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.String(120), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("contacted", sa.String(20), nullable=True),
        sa.Column("useful", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_introductions")),
    )
    op.create_index("ix_past_introductions_sent_at", "past_introductions", ["sent_at"])
