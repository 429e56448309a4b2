"""The communes of a dossier that several ask together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change: what came before is of one commune."""
    op.add_column("dossiers", sa.Column("places", sa.Text(), nullable=True))
