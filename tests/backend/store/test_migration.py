from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text

from backend.imports.importer import import_study
from backend.store import idempotency_keys as _idempotency_keys  # noqa: F401 - it has a table of its own
from backend.store import migration
from backend.store.benchmarks import benchmarks
from backend.store.engine import create_store_engine, reading, writing
from backend.store.errors import StoreUnavailable
from backend.store.tables import Base
from tests.conftest import Postgres, fresh_database

if TYPE_CHECKING:
    from tests.backend.conftest import Run

ROOT = Path(__file__).parents[3]


def _tables(url: str) -> set[str]:
    engine = create_store_engine(url)
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    return tables


def test_up_down_and_up_again(database_url: str) -> None:
    assert migration.upgrade(database_url) == migration.head_revision()
    assert _tables(database_url) == {*Base.metadata.tables, "alembic_version"}
    migration.downgrade(database_url, "base")
    assert _tables(database_url) == {"alembic_version"}
    assert migration.current_revision(database_url) is None
    migration.upgrade(database_url)
    assert migration.current_revision(database_url) == migration.head_revision()
    engine = create_store_engine(database_url)
    assert import_study(engine).added == 326
    engine.dispose()


def test_migrated_schema_is_the_schema_of_the_tables(database_url: str) -> None:
    migration.upgrade(database_url)
    engine = create_store_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_migrated_checks_are_the_checks_of_the_tables(database_url: str) -> None:
    """Alembic does not compare checks, so that a rule added to the tables alone would never reach a database."""
    migration.upgrade(database_url)
    engine = create_store_engine(database_url)
    for name, table in Base.metadata.tables.items():
        migrated = {str(check["name"]): check["sqltext"] for check in inspect(engine).get_check_constraints(name)}
        declared = {
            str(rule.name): str(rule.sqltext) for rule in table.constraints if isinstance(rule, CheckConstraint)
        }
        assert set(migrated) == set(declared)
        if engine.dialect.name == "sqlite":  # Postgres gives a rule back in its own words
            assert migrated == declared
    engine.dispose()


def test_a_second_upgrade_keeps_the_data(study_url: str) -> None:
    migration.upgrade(study_url)
    engine = create_store_engine(study_url)
    with reading(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM measurement")) == 326 * 9
        assert [each.key for each in benchmarks(session)] == ["imagenet-1k", "toy-shapes"]
    engine.dispose()


def test_upgrades_at_once(database_url: str, at_once: "Run") -> None:
    statement = "from backend.store import migration\n---\nprint(migration.upgrade(sys.argv[1]))"
    assert at_once(statement, [database_url] * 4) == [f"{migration.head_revision()}\n"] * 4
    assert _tables(database_url) == {*Base.metadata.tables, "alembic_version"}


def test_a_database_of_a_newer_program_is_left_alone(study_url: str) -> None:
    engine = create_store_engine(study_url)
    with writing(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migration.StoreTooNew, match=r"schema 9999.*knows up to 0017; install the newer version"):
        migration.upgrade(study_url)
    with pytest.raises(StoreUnavailable, match="9999"):
        migration.downgrade(study_url, "base")
    assert migration.current_revision(study_url) == "9999"
    with reading(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM model")) == 326
    engine.dispose()


def test_a_database_that_was_never_migrated_has_no_revision(database_url: str, tmp_path: Path) -> None:
    engine = create_store_engine(database_url, create=True)
    engine.connect().close()
    engine.dispose()
    assert migration.current_revision(database_url) is None
    with pytest.raises(StoreUnavailable, match="does not exist"):
        migration.current_revision(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        migration.upgrade("postgresql+psycopg://test@127.0.0.1:1/none")


@pytest.mark.postgres
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_of_another_encoding_is_refused_with_the_command_for_one(
    postgres_server: Postgres, encoding: str
) -> None:
    with fresh_database(postgres_server, encoding=encoding) as url:
        for action in (migration.upgrade, migration.current_revision):
            with pytest.raises(StoreUnavailable) as refused:
                action(url)
            said = str(refused.value)
            assert f"The database {url.rpartition('/')[2]} is encoded in {encoding}, and must be in UTF8" in said
            assert "`createdb --encoding=UTF8 --template=template0 NAME`" in said


def test_developers_migrate_with_alembic_itself(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLBEHAVED_DATABASE_URL", database_url)
    monkeypatch.chdir(ROOT)
    command.upgrade(Config(str(ROOT / "alembic.ini")), "head")
    assert migration.current_revision(database_url) == migration.head_revision()


def test_a_path_with_the_signs_of_the_ini_format(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / '100 % {mine}' / 'a#b.db'}"
    migration.upgrade(url)
    assert (tmp_path / "100 % {mine}" / "a#b.db").is_file()
    assert migration.current_revision(url) == migration.head_revision()
