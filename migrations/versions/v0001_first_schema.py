"""The first schema: models, benchmarks, measurements and data versions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _benchmark()
    _data_version()
    _model()
    _measurement()


def downgrade() -> None:
    op.drop_table("measurement")
    op.drop_table("model")
    op.drop_table("data_version")
    op.drop_table("benchmark")


def _benchmark() -> None:
    op.create_table(
        "benchmark",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("class_count", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(100)),
        sa.Column("default_protocol", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_benchmark")),
        sa.CheckConstraint("class_count > 1", name=op.f("ck_benchmark_class_count")),
    )


def _data_version() -> None:
    op.create_table(
        "data_version",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_version")),
        # Never an id again: the public names of data versions begin with it.
        sqlite_autoincrement=True,
    )


def _model() -> None:
    op.create_table(
        "model",
        sa.Column("model_id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("architecture", sa.String(100), nullable=False),
        sa.Column("training", sa.String(100), nullable=False),
        sa.Column("recipe", sa.String(100)),
        sa.Column("head", sa.String(100)),
        sa.Column("pretraining_data", sa.String(100), nullable=False),
        sa.Column("backbone", sa.String(200), nullable=False),
        sa.Column("lineage", sa.String(200)),
        sa.Column("source_library", sa.String(200), nullable=False),
        sa.Column("source_identifier", sa.String(500)),
        sa.Column("paper_title", sa.String(500)),
        sa.Column("published_name", sa.String(200)),
        sa.Column("study_name", sa.String(200)),
        sa.Column("published_row", sa.Integer()),
        sa.Column("label_flags", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_model")),
        sa.UniqueConstraint("name", name=op.f("uq_model_name")),
        sa.CheckConstraint("model_id <> '' AND name <> ''", name=op.f("ck_model_named")),
    )


def _measurement() -> None:
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.String(100), nullable=False),
        sa.Column("benchmark", sa.String(100), nullable=False),
        sa.Column("protocol", sa.String(100), nullable=False),
        sa.Column("dimension", sa.String(100), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("missing_reason", sa.String(100)),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("sample_count", sa.Integer()),
        sa.Column("standard_error", sa.Double()),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("evaluation_id", sa.String(100)),
        sa.Column("library_versions", sa.JSON(), nullable=False),
        sa.Column("device", sa.String(200)),
        sa.Column("precision", sa.String(100)),
        sa.Column("seed", sa.BigInteger()),
        sa.Column("measured_at", sa.DateTime(timezone=True)),
        *_measurement_rules(),
    )
    op.create_index(op.f("ix_measurement_benchmark_protocol"), "measurement", ["benchmark", "protocol"])


def _measurement_rules() -> list[sa.Constraint]:
    unique = ("model_id", "benchmark", "protocol", "dimension")
    checks = {
        "value_or_reason": "(value IS NULL) <> (missing_reason IS NULL)",
        # The databases have no test for NaN and infinity in common; both fall out of these bounds.
        "finite": "value > -1e300 AND value < 1e300",
        "protocol": "protocol IN ('as-published', 'corrected')",
        "source": "source IN ('study', 'import', 'evaluation')",
        "sample_count": "sample_count > 0",
        "standard_error": "standard_error >= 0",
    }
    return [
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
        sa.ForeignKeyConstraint(["model_id"], ["model.model_id"], name=op.f("fk_measurement_model_id")),
        sa.ForeignKeyConstraint(["benchmark"], ["benchmark.key"], name=op.f("fk_measurement_benchmark")),
        sa.UniqueConstraint(*unique, name=op.f("uq_measurement_model_id_benchmark_protocol_dimension")),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_measurement_{name}")) for name, rule in checks.items()),
    ]
