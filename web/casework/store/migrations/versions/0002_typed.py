"""What was typed for a place, beside what was understood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change: what came before has nothing there."""
    for table in ("dossiers", "proposals"):
        op.add_column(table, sa.Column("typed", sa.Text(), nullable=True))
