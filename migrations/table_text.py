"""Changing a rule of a table on SQLite, which cannot: the table is made again from its own text."""

import sqlalchemy as sa
from alembic import op


def change_rule(table: str, rule: str, other: str) -> None:
    """Make a table again with another rule in the place of one; Alembic's copy of a table would lose the others.

    Args:
        table: the name of the table.
        rule: its text as the table has it.
        other: the text in its place.

    Raises:
        RuntimeError: the table has no such rule.
    """
    connection = op.get_bind()
    texts = connection.execute(
        sa.text("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = :table"), {"table": table}
    ).all()
    text = next(str(sql) for kind, _, sql in texts if kind == "table")
    indices = {str(name): str(sql) for kind, name, sql in texts if kind == "index" and sql}
    if rule not in text:
        raise RuntimeError(f"the table {table} has no rule {rule!r}; it was changed by hand.")
    op.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    for name in indices:
        op.execute(f'DROP INDEX "{name}"')
    connection.exec_driver_sql(text.replace(rule, other))
    for sql in indices.values():
        connection.exec_driver_sql(sql)
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")  # noqa: S608 - a table of this package
    op.execute(f"DROP TABLE {table}_before")
