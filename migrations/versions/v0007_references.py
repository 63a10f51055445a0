"""Values may come from the toy references, which ship with the program."""

from alembic import op

from migrations.table_text import change_rule

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_RULE = "ck_measurement_source"
_BEFORE = "source IN ('study', 'import', 'evaluation')"
_SINCE = "source IN ('study', 'import', 'evaluation', 'reference')"


def upgrade() -> None:
    _change(_BEFORE, _SINCE)


def downgrade() -> None:
    op.execute("DELETE FROM measurement WHERE source = 'reference'")
    # What they leave behind is a model without values, which nobody sees and the next upgrade fills.
    _change(_SINCE, _BEFORE)


def _change(rule: str, other: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        change_rule("measurement", rule, other)
    else:
        op.execute(f"ALTER TABLE measurement DROP CONSTRAINT {_RULE}, ADD CONSTRAINT {_RULE} CHECK ({other})")
