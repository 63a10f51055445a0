"""What was kept of each measured model, so that two can be paired: the rows of files that lie in the data folder."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("model_id", sa.String(100), nullable=False),
        sa.Column("benchmark", sa.String(100), nullable=False),
        sa.Column("benchmark_digest", sa.String(100), nullable=False),
        sa.Column("protocol", sa.String(100), nullable=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("evaluation_id", sa.String(100)),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "benchmark", "benchmark_digest", "protocol", name=op.f("pk_evidence")),
        sa.ForeignKeyConstraint(["model_id"], ["model.model_id"], name=op.f("fk_evidence_model_id")),
        sa.ForeignKeyConstraint(["benchmark"], ["benchmark.key"], name=op.f("fk_evidence_benchmark")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_evidence_size_bytes")),
    )


def downgrade() -> None:
    # The files stay: without their rows they are nobody's, and the next upgrade's worker removes them.
    op.drop_table("evidence")
