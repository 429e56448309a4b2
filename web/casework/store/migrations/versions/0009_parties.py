"""Collective dossiers: the communes that take part, their contacts, what each says and becomes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change: the communes that asked together already are those of a collective."""
    op.create_table(
        "parties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("commune", sa.String(5), nullable=False),
        sa.Column("reference", sa.String(20)),
        sa.Column("said", sa.Text()),
        sa.Column("wished", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("outcome_at", MOMENT),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("left_at", MOMENT),
        sa.Column("contact_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], "fk_parties_dossier_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], "fk_parties_contact_id"),
        sa.PrimaryKeyConstraint("id", name="pk_parties"),
        sa.UniqueConstraint("dossier_id", "commune", name="uq_parties_dossier_id"),
    )
    for name in ("dossier_id", "commune", "reference"):
        op.create_index(f"ix_parties_{name}", "parties", [name])
    op.create_table(
        "voices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        *(sa.Column(name, MOMENT) for name in ("agreed_at", "told_at")),
        *(sa.Column(name, sa.String(20)) for name in ("contacted", "useful")),
        *(
            sa.ForeignKeyConstraint(
                [f"{one}_id"], [f"{table}.id"], f"fk_voices_{one}_id", ondelete="CASCADE"
            )
            for one, table in (("party", "parties"), ("introduction", "introductions"))
        ),
        sa.PrimaryKeyConstraint("id", name="pk_voices"),
        sa.UniqueConstraint("party_id", "introduction_id", name="uq_voices_party_id"),
    )
    op.create_index("ix_voices_introduction_id", "voices", ["introduction_id"])
    with op.batch_alter_table("answer_links") as links:
        links.add_column(sa.Column("party_id", sa.Integer()))
        links.create_foreign_key(
            "fk_answer_links_party_id", "parties", ["party_id"], ["id"], ondelete="CASCADE"
        )
        links.create_index("ix_answer_links_party_id", ["party_id"])
    op.add_column("past_cases", sa.Column("communes", sa.JSON()))
    op.add_column("past_introductions", sa.Column("voices", sa.JSON()))
    _known_already()


def _known_already() -> None:
    dossiers = sa.table(
        "dossiers", sa.column("id"), sa.column("places"), sa.column("created_at", MOMENT)
    )
    parties = sa.table(
        "parties",
        *(sa.column(name) for name in ("dossier_id", "commune", "outcome")),
        sa.column("wished", sa.JSON()),
        sa.column("joined_at", MOMENT),
    )
    asked = sa.select(dossiers).where(dossiers.c.places.is_not(None))
    rows = [
        {
            "dossier_id": one.id,
            "commune": insee,
            "outcome": "en_attente",
            "wished": [],
            "joined_at": one.created_at,
        }
        for one in op.get_bind().execute(asked.order_by(dossiers.c.id)).all()
        for insee in one.places.split(",")
    ]
    if rows:
        op.bulk_insert(parties, rows)
