"""Evaluations say whether somebody vouches for the order of the model's outputs."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column: sa.Column[bool] = sa.Column("class_order_checked", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("evaluation", column)


def downgrade() -> None:
    op.drop_column("evaluation", "class_order_checked")
