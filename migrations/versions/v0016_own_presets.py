"""Presets of one's own, with their definitions and where they came from."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_preset",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("folder", sa.String(100)),
        sa.Column("file", sa.String(200)),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_own_preset"),
    )


def downgrade() -> None:
    op.drop_table("own_preset")
