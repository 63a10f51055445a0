"""Benchmarks of one's own in versions, to which measurements, evaluations and workers belong; reports by class."""

import sqlalchemy as sa
from alembic import op

from migrations.table_text import change_rule

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BEFORE = (
    "CONSTRAINT uq_measurement_model_id_benchmark_protocol_dimension UNIQUE (model_id, benchmark, protocol, dimension)"
)
_SINCE = "CONSTRAINT uq_measurement_of_a_version UNIQUE (model_id, benchmark, protocol, dimension, benchmark_digest)"


def upgrade() -> None:
    # In SQL, as Alembic would copy the tables on SQLite.
    op.execute(
        "ALTER TABLE benchmark ADD COLUMN origin VARCHAR(100) DEFAULT 'built-in' NOT NULL "
        "CONSTRAINT ck_benchmark_origin CHECK (origin IN ('built-in', 'own'))"
    )
    op.execute("ALTER TABLE benchmark ADD COLUMN digest VARCHAR(100)")
    op.execute("ALTER TABLE measurement ADD COLUMN benchmark_digest VARCHAR(100) DEFAULT '' NOT NULL")
    op.execute("ALTER TABLE evaluation ADD COLUMN benchmark_digest VARCHAR(100)")
    op.execute("ALTER TABLE worker ADD COLUMN benchmark_digests JSON")
    _change_unique(_BEFORE, _SINCE)
    _benchmark_version()
    _class_report()


def downgrade() -> None:
    op.drop_table("class_report")
    op.drop_table("benchmark_version")
    op.execute(
        "DELETE FROM evaluation_result WHERE evaluation_id IN (SELECT evaluation_id FROM evaluation "
        "WHERE benchmark IN (SELECT key FROM benchmark WHERE origin = 'own'))"
    )
    for table in ("evaluation", "measurement"):
        op.execute(
            f"DELETE FROM {table} "  # noqa: S608 - no part from outside
            "WHERE benchmark IN (SELECT key FROM benchmark WHERE origin = 'own')"
        )
    op.execute("DELETE FROM benchmark WHERE origin = 'own'")
    _change_unique(_SINCE, _BEFORE)
    op.execute("ALTER TABLE worker DROP COLUMN benchmark_digests")
    op.execute("ALTER TABLE evaluation DROP COLUMN benchmark_digest")
    op.execute("ALTER TABLE measurement DROP COLUMN benchmark_digest")
    op.execute("ALTER TABLE benchmark DROP COLUMN digest")
    op.execute("ALTER TABLE benchmark DROP COLUMN origin")


def _change_unique(rule: str, other: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        change_rule("measurement", rule, other)
        return
    name = rule.split()[1]
    op.execute(f"ALTER TABLE measurement DROP CONSTRAINT {name}, ADD {other}")


def _benchmark_version() -> None:
    op.create_table(
        "benchmark_version",
        sa.Column("benchmark", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(100), nullable=False),
        sa.Column("layout", sa.String(100), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("class_counts", sa.JSON(), nullable=False),
        sa.Column("image_count", sa.Integer(), nullable=False),
        sa.Column("dimensions", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_norms", sa.JSON()),
        sa.PrimaryKeyConstraint("benchmark", "digest", name=op.f("pk_benchmark_version")),
        sa.ForeignKeyConstraint(["benchmark"], ["benchmark.key"], name=op.f("fk_benchmark_version_benchmark")),
    )


def _class_report() -> None:
    op.create_table(
        "class_report",
        sa.Column("model_id", sa.String(100), nullable=False),
        sa.Column("benchmark", sa.String(100), nullable=False),
        sa.Column("benchmark_digest", sa.String(100), nullable=False),
        sa.Column("protocol", sa.String(100), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("evaluation_id", sa.String(100)),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "benchmark", "benchmark_digest", "protocol", name=op.f("pk_class_report")),
        sa.ForeignKeyConstraint(["model_id"], ["model.model_id"], name=op.f("fk_class_report_model_id")),
        sa.ForeignKeyConstraint(["benchmark"], ["benchmark.key"], name=op.f("fk_class_report_benchmark")),
    )
