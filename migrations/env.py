"""What Alembic runs around every migration: it finds the connection and the tables."""

from alembic import context
from sqlalchemy import Connection

from backend.settings import Settings
from backend.store import idempotency_keys, own_presets  # noqa: F401 - they have tables of their own
from backend.store.engine import create_store_engine, exclusive
from backend.store.tables import Base


def run(connection: Connection) -> None:
    """Apply the asked steps inside the transaction that the connection is in."""
    # SQLite changes a table by copying it, which is what batch mode writes into a generated step.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_store_engine(Settings().resolved_database_url, create=True)
    with exclusive(engine) as own:
        run(own)
    engine.dispose()
