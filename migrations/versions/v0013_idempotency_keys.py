"""Answers to requests with an Idempotency-Key are kept for a day, so that a repeated request happens once."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "idempotency_key",
        sa.Column("key_digest", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(100), nullable=False),
        sa.Column("request_digest", sa.String(64)),
        sa.Column("status", sa.Integer()),
        sa.Column("headers", sa.JSON()),
        sa.Column("body", sa.Text()),
        sa.Column("claimed_at", moment, nullable=False),
        sa.Column("renewed_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key_digest", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_claimed_at", "idempotency_key", ["claimed_at"])


def downgrade() -> None:
    op.drop_index("ix_idempotency_key_claimed_at", "idempotency_key")
    op.drop_table("idempotency_key")
