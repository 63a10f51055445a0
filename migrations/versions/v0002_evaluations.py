"""Checkpoints, evaluations, their results and the workers; models may be private."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In SQL, as Alembic would copy the table on SQLite, and drop the one that measurements point to.
    op.execute(
        "ALTER TABLE model ADD COLUMN visibility VARCHAR(100) DEFAULT 'public' NOT NULL "
        "CONSTRAINT ck_model_visibility CHECK (visibility IN ('public', 'private'))"
    )
    _checkpoint()
    _evaluation()
    _evaluation_result()
    _worker()


def downgrade() -> None:
    op.drop_table("worker")
    op.drop_table("evaluation_result")
    op.drop_table("evaluation")
    op.drop_table("checkpoint")
    op.execute("ALTER TABLE model DROP COLUMN visibility")


def _checks(table: str, rules: dict[str, str]) -> list[sa.Constraint]:
    return [sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()]


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _checkpoint() -> None:
    rules = {
        "size_bytes": "size_bytes > 0",
        "format": "format IN ('safetensors', 'torch')",
        "stored": "stored IN ('original', 'rewritten')",
    }
    op.create_table(
        "checkpoint",
        sa.Column("checkpoint_id", sa.String(64), nullable=False),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.String(100), nullable=False),
        sa.Column("stored", sa.String(100), nullable=False),
        _time("uploaded_at"),
        sa.PrimaryKeyConstraint("checkpoint_id", name=op.f("pk_checkpoint")),
        *_checks("checkpoint", rules),
    )


def _evaluation() -> None:
    op.create_table(
        "evaluation",
        sa.Column("evaluation_id", sa.String(100), nullable=False),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("checkpoint_id", sa.String(64)),
        sa.Column("model", sa.String(200)),
        sa.Column("architecture", sa.String(200), nullable=False),
        sa.Column("benchmark", sa.String(100), nullable=False),
        sa.Column("protocol", sa.String(100), nullable=False),
        sa.Column("dimensions", sa.JSON(), nullable=False),
        sa.Column("samples_per_class", sa.Integer()),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(100), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("worker_id", sa.String(200)),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.String(100)),
        sa.Column("error", sa.JSON()),
        sa.Column("progress", sa.JSON()),
        _time("submitted_at"),
        _time("started_at", nullable=True),
        _time("finished_at", nullable=True),
        _time("updated_at"),
        *_evaluation_rules(),
    )
    op.create_index(op.f("ix_evaluation_state"), "evaluation", ["state"])


def _evaluation_rules() -> list[sa.Constraint]:
    rules = {
        "one_source": "(checkpoint_id IS NULL) <> (model IS NULL)",
        "state": "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
        "attempt": "attempt > 0",
    }
    return [
        sa.PrimaryKeyConstraint("evaluation_id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("request_digest", name=op.f("uq_evaluation_request_digest")),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.checkpoint_id"], name=op.f("fk_evaluation_checkpoint_id")
        ),
        sa.ForeignKeyConstraint(["benchmark"], ["benchmark.key"], name=op.f("fk_evaluation_benchmark")),
        *_checks("evaluation", rules),
    ]


def _evaluation_result() -> None:
    rules = {
        "phase": "phase IN ('quick', 'full')",
        "value_or_reason": "(value IS NULL) <> (missing_reason IS NULL)",
        "finite": "value > -1e300 AND value < 1e300",
    }
    op.create_table(
        "evaluation_result",
        sa.Column("evaluation_id", sa.String(100), nullable=False),
        sa.Column("phase", sa.String(100), nullable=False),
        sa.Column("dimension", sa.String(100), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("missing_reason", sa.String(100)),
        sa.Column("standard_error", sa.Double()),
        sa.Column("sample_count", sa.Integer()),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.String(200), nullable=False),
        _time("measured_at"),
        sa.PrimaryKeyConstraint("evaluation_id", "phase", "dimension", name=op.f("pk_evaluation_result")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.evaluation_id"], name=op.f("fk_evaluation_result_evaluation_id")
        ),
        *_checks("evaluation_result", rules),
    )


def _worker() -> None:
    op.create_table(
        "worker",
        sa.Column("worker_id", sa.String(200), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("state", sa.String(100), nullable=False),
        sa.Column("evaluation_id", sa.String(100)),
        sa.Column("benchmarks", sa.JSON(), nullable=False),
        _time("started_at"),
        _time("beat_at"),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_worker")),
        *_checks("worker", {"state": "state IN ('idle', 'busy', 'stopping')"}),
    )
