"""The desk of an adviser: dates to come back to, absences, the same need told, what was seen."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change; whoever follows a dossier has seen it as it stands."""
    columns: dict[str, list[sa.Column[Any]]] = {
        "accounts": [
            sa.Column("away_from", MOMENT),
            sa.Column("away_until", MOMENT),
            sa.Column("stand_in", sa.Integer()),
            sa.Column("feed", sa.String(64)),
        ],
        "dossiers": [
            sa.Column("imported", sa.Integer()),
            sa.Column("same_as", sa.String(20)),
            sa.Column("back_at", MOMENT),
            sa.Column("back_line", sa.Text()),
        ],
        "introductions": [
            sa.Column("meeting_at", MOMENT),
            sa.Column("meeting_place", sa.Text()),
        ],
    }
    for table, added in columns.items():
        for column in added:
            op.add_column(table, column)
    op.create_index("ix_accounts_feed", "accounts", ["feed"])
    for name in ("imported", "same_as", "back_at"):
        op.create_index(f"ix_dossiers_{name}", "dossiers", [name])
    op.create_table(
        "seen",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name="fk_seen_dossier_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_seen_account_id"),
        sa.PrimaryKeyConstraint("dossier_id", "account_id", name="pk_seen"),
    )
    op.create_table(
        "held",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_held"),
    )
    for name in ("key", "created_at"):
        op.create_index(f"ix_held_{name}", "held", [name])
    op.execute(
        "INSERT INTO seen (dossier_id, account_id, version) "
        "SELECT m.dossier_id, m.account_id, d.version FROM dossier_members m "
        "JOIN dossiers d ON d.id = m.dossier_id"
    )
