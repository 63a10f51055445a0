"""Checkpoints say what the process was confined by that checked them."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE checkpoint ADD COLUMN confinement VARCHAR(200)")


def downgrade() -> None:
    op.execute("ALTER TABLE checkpoint DROP COLUMN confinement")
