"""Values may be measured as the study's released program did, with its two defects."""

from alembic import op

from migrations.table_text import change_rule

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_RULE = "ck_measurement_protocol"
_BEFORE = "protocol IN ('as-published', 'corrected')"
_SINCE = "protocol IN ('as-published', 'corrected', 'as-released')"


def upgrade() -> None:
    _change(_BEFORE, _SINCE)


def downgrade() -> None:
    # No ranking shows them; the rule of before would refuse them.
    op.execute("DELETE FROM measurement WHERE protocol = 'as-released'")
    _change(_SINCE, _BEFORE)


def _change(rule: str, other: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        change_rule("measurement", rule, other)
    else:
        op.execute(f"ALTER TABLE measurement DROP CONSTRAINT {_RULE}, ADD CONSTRAINT {_RULE} CHECK ({other})")
