"""Evaluations say whether the cost of the model is measured, too, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    asked: sa.Column[bool] = sa.Column("cost", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("evaluation", asked)
    op.add_column("evaluation", sa.Column("cost_report", sa.JSON()))


def downgrade() -> None:
    op.drop_column("evaluation", "cost_report")
    op.drop_column("evaluation", "cost")
