"""Imports are remembered, and values say which import brought them; those of earlier imports do not know."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "result_import",
        sa.Column("import_id", sa.String(100), nullable=False),
        sa.Column("filename", sa.String(200)),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("model_count", sa.Integer(), nullable=False),
        sa.Column("benchmarks", sa.JSON(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_result_import")),
    )
    # In SQL, as Alembic would copy the table on SQLite.
    op.execute(
        "ALTER TABLE measurement ADD COLUMN import_id VARCHAR(100) "
        "CONSTRAINT ck_measurement_study_not_imported CHECK (import_id IS NULL OR source <> 'study')"
    )
    op.create_index(op.f("ix_measurement_import_id"), "measurement", ["import_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_measurement_import_id"), "measurement")
    op.execute("ALTER TABLE measurement DROP COLUMN import_id")
    op.drop_table("result_import")
