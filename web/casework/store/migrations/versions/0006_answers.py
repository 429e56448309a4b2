"""Answers by a link: the links of letters, what structures and communes say through them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change: letters that were written before have no link."""
    for name in ("later_on", "agreed_at", "told_at"):
        op.add_column("introductions", sa.Column(name, MOMENT))
    for name in ("contacted", "useful"):
        op.add_column("introductions", sa.Column(name, sa.String(20)))
    op.create_table(
        "answer_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer()),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        *(
            sa.ForeignKeyConstraint(
                [f"{table}_id"], [f"{table}s.id"], f"fk_answer_links_{table}_id", ondelete="CASCADE"
            )
            for table in ("dossier", "introduction")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_answer_links"),
        sa.UniqueConstraint("key", name="uq_answer_links_key"),
    )
    for name in ("dossier_id", "introduction_id"):
        op.create_index(f"ix_answer_links_{name}", "answer_links", [name])
