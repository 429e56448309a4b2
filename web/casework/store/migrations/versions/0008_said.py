"""What communes answer on their request, what visitors say of suggestions, what was shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column("dossiers", sa.Column("heard", sa.JSON(), nullable=True))
    op.create_table(
        "opinions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("commune", sa.String(5), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("structure_id", sa.String(120), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_opinions"),
        sa.UniqueConstraint(
            *("day", "digest", "commune", "structure_id", "reason"), name="uq_opinions_day"
        ),
    )
    op.create_table(
        "impressions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("commune", sa.String(5), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("shown_key", sa.String(64), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_impressions"),
        sa.UniqueConstraint("day", "digest", "commune", "shown_key", name="uq_impressions_day"),
    )
    op.create_index("ix_opinions_day", "opinions", ["day"])
    op.create_index("ix_impressions_day", "impressions", ["day"])
