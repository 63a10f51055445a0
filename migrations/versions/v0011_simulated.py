"""Values may come from a simulation, which draws plausible models to try the program at size."""

from alembic import op

from migrations.table_text import change_rule

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_RULE = "ck_measurement_source"
_BEFORE = "source IN ('study', 'import', 'evaluation', 'reference')"
_SINCE = "source IN ('study', 'import', 'evaluation', 'reference', 'simulated')"


def upgrade() -> None:
    _change(_BEFORE, _SINCE)


def downgrade() -> None:
    # What they leave behind are models without values, which nobody sees.
    op.execute("DELETE FROM measurement WHERE source = 'simulated'")
    _change(_SINCE, _BEFORE)


def _change(rule: str, other: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        change_rule("measurement", rule, other)
    else:
        op.execute(f"ALTER TABLE measurement DROP CONSTRAINT {_RULE}, ADD CONSTRAINT {_RULE} CHECK ({other})")
