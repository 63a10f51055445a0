"""Values may come from the toy references, which ship with the program."""

import sqlalchemy as sa
from alembic import op

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
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE measurement DROP CONSTRAINT {_RULE}, ADD CONSTRAINT {_RULE} CHECK ({other})")
        return
    # SQLite changes no rule of a table, and Alembic's copy of one would lose the others: the table is made again from
    # its own text, with one rule changed.
    connection = op.get_bind()
    texts = connection.execute(sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'measurement'")).all()
    table = next(str(sql) for kind, sql in texts if kind == "table")
    indices = [str(sql) for kind, sql in texts if kind == "index" and sql]
    if rule not in table:
        raise RuntimeError(f"the table measurement has no rule {rule!r}; it was changed by hand.")
    op.execute("ALTER TABLE measurement RENAME TO measurement_before")
    for name in (
        connection.execute(
            sa.text(
                "SELECT name FROM sqlite_master WHERE tbl_name = 'measurement_before' AND type = 'index' AND sql <> ''"
            )
        )
        .scalars()
        .all()
    ):
        op.execute(f'DROP INDEX "{name}"')
    connection.exec_driver_sql(table.replace(rule, other))
    for sql in indices:
        connection.exec_driver_sql(sql)
    op.execute("INSERT INTO measurement SELECT * FROM measurement_before")
    op.execute("DROP TABLE measurement_before")
