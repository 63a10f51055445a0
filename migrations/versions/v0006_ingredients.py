"""Measurements say of which ingredients they are made; those of before do not know."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE measurement ADD COLUMN ingredients_digest VARCHAR(100)")


def downgrade() -> None:
    op.execute("ALTER TABLE measurement DROP COLUMN ingredients_digest")
