"""Models have a licence, what one image costs them, and who says so; `wellbehaved migrate` fills in the study's."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("model", sa.Column("licence", sa.String(100), server_default="unknown", nullable=False))
    op.add_column("model", sa.Column("licence_source", sa.String(500)))
    op.add_column("model", sa.Column("macs_billions", sa.Double()))
    op.add_column("model", sa.Column("activations_millions", sa.Double()))
    op.add_column("model", sa.Column("input_size", sa.Integer()))
    op.add_column("model", sa.Column("cost_source", sa.String(500)))


def downgrade() -> None:
    for name in (
        "cost_source", "input_size", "activations_millions", "macs_billions", "licence_source", "licence",
    ):  # fmt: skip
        op.drop_column("model", name)
