"""Evaluations say which of several sets of weights in a checkpoint they measure."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE evaluation ADD COLUMN weights_key VARCHAR(200)")


def downgrade() -> None:
    op.execute("ALTER TABLE evaluation DROP COLUMN weights_key")
