"""What the team remembers of a structure: pause, capacity, contact."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "structure_memories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.String(120), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("telephone", sa.String(30), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_structure_memories_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_structure_memories")),
        sa.UniqueConstraint("structure_id", name=op.f("uq_structure_memories_structure_id")),
    )
