"""Looks at an installation as an operator would: one finding a line, each with what to do."""

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Literal

from backend.security import token_path
from backend.settings import Settings
from backend.store.engine import create_store_engine
from backend.store.errors import StoreUnavailable
from backend.store.file_store import FilesUnavailable
from backend.store.migration import current_revision, head_revision
from backend.store.opened_files import checkpoint_store
from backend.store.snapshot import SnapshotCache
from backend.tracing import endpoint_variable
from evaluation.extras import way_to_install
from quba.benchmarks import STUDY
from wellbehaved.client import Client
from wellbehaved.processes import service_url
from wellbehaved.public_addresses import wrong_public_addresses
from wellbehaved.service_address import noted_service
from wellbehaved.traces import obstacle

_FILE_RULES = "file rules"
# No system takes the user from the check: the file that it reads and the folder that it writes are the service's.
_SAME_USER = "as the service's own user"
_TAKES_NETWORK = {"network namespace", "system call filter"}

State = Literal["ok", "error", "missing"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        subject: what was looked at.
        state: `ok`, `error`, or `missing` for what is optional and not there.
        text: what was found, and the next step where it is not ok.
    """

    subject: str
    state: State
    text: str


def examine(settings: Settings) -> list[Finding]:
    """Look at Python, data folder, database, data, files, token, service, addresses, and what measures and checks."""
    return [
        _python(),
        _data_dir(settings),
        *_database(settings),
        _files(settings),
        _token(settings),
        _service(settings),
        *_public_addresses(settings),
        *_traces(),
        _evaluation(),
        *_confinement(settings),
    ]


def _python() -> Finding:
    version = importlib.metadata.version("wellbehaved")
    return Finding("program", "ok", f"wellbehaved {version}, Python {sys.version.split()[0]}")


def _data_dir(settings: Settings) -> Finding:
    folder = settings.data_dir
    if folder.exists() and not folder.is_dir():
        return Finding("data folder", "error", f"{folder} is not a folder. Set WELLBEHAVED_DATA_DIR to one.")
    if not folder.is_dir():
        # With a database elsewhere and a token in the environment nothing has to be kept here.
        state: State = "error" if settings.database_url is None else "missing"
        return Finding("data folder", state, f"{folder} does not exist. Run `wellbehaved migrate`, which makes it.")
    if not os.access(folder, os.W_OK):
        return Finding(
            "data folder", "error", f"{folder} cannot be written. Set WELLBEHAVED_DATA_DIR or fix its permissions."
        )
    return Finding("data folder", "ok", str(folder))


def _database(settings: Settings) -> list[Finding]:
    url = settings.resolved_database_url
    kind = url.partition("://")[0]
    try:
        found, newest = current_revision(url), head_revision()
    except StoreUnavailable as error:
        return [Finding("database", "error", f"{kind}: {error}")]
    if found != newest:
        return [
            Finding(
                "database", "error", f"{kind}: schema {found}, this code needs {newest}. Run `wellbehaved migrate`."
            )
        ]
    engine = create_store_engine(url)
    snapshots = SnapshotCache(engine)
    try:
        snapshot = snapshots.get(STUDY.key, STUDY.default_protocol)
    except StoreUnavailable as error:
        return [Finding("database", "error", f"{kind}: {error}")]
    finally:
        snapshots.close()
        engine.dispose()
    state: State = "ok" if snapshot.models else "error"
    text = f"{len(snapshot.models)} models on imagenet-1k, data version {snapshot.data_version}"
    step = "" if snapshot.models else " Run `wellbehaved migrate` to import the study."
    return [Finding("database", "ok", f"{kind}, schema {found}"), Finding("data", state, text + step)]


def _files(settings: Settings) -> Finding:
    try:
        store = checkpoint_store(settings)
        store.check(writing=True)
    except FilesUnavailable as error:
        return Finding("files", "error", str(error))
    if settings.files_url is None:
        return Finding("files", "ok", "checkpoints and evidence lie in the data folder")
    return Finding("files", "ok", f"checkpoints and evidence lie in {settings.files_url}; copies in {store.scratch}")


def _token(settings: Settings) -> Finding:
    if settings.token is not None:
        return Finding("token", "ok", "from WELLBEHAVED_TOKEN")
    path = token_path(settings)
    if not path.is_file():
        return Finding("token", "missing", f"{path} is made by the first `wellbehaved serve` or `up`.")
    if path.stat().st_mode & 0o077:
        return Finding("token", "error", f"others can read {path}. Run `chmod 600 {path}`.")
    return Finding("token", "ok", str(path))


def _service(settings: Settings) -> Finding:
    urls = _service_urls(settings)
    for url in urls:
        # An address that swallows what is sent would hold up the whole report.
        with Client(url, timeout=2.0) as client:
            if client.ready():
                return Finding("service", "ok", f"answers at {url}")
    return Finding("service", "missing", f"nothing answers at {' or '.join(urls)}. `wellbehaved up` starts it.")


def _public_addresses(settings: Settings) -> list[Finding]:
    named = [url for url in (settings.public_api_url, settings.public_dashboard_url) if url]
    wrong = [Finding("public address", "error", text) for text in wrong_public_addresses(settings)]
    return wrong or ([Finding("public address", "ok", " and ".join(named))] if named else [])


def _traces() -> list[Finding]:
    variable = endpoint_variable()
    if variable is None:
        return []
    why = obstacle()
    return [Finding("traces", "missing" if why else "ok", why or f"are sent to where {variable} says")]


def _service_urls(settings: Settings) -> list[str]:
    """Where a service may be: where the settings say that it is, where `up` put it last, and where it would be put."""
    named = [settings.api_url] if "api_url" in settings.model_fields_set else []
    noted = noted_service(settings.data_dir)
    # A port of 0 is any free one, which the note alone knows.
    chosen = [service_url(settings.host, settings.port)] if settings.port else []
    return list(dict.fromkeys([*named, *([noted] if noted else []), *chosen])) or [settings.api_url]


def _confinement(settings: Settings) -> list[Finding]:
    """What a process reaches that takes the network from itself as the check of an uploaded file does."""
    if not importlib.util.find_spec("torch"):
        return []
    asked = [sys.executable, "-P", "-m", "evaluation.checkpoints.confinement"]
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(  # noqa: S603 - our own module
        asked, capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    reached = done.stdout.strip()
    files = (
        "without other files than its own" if _FILE_RULES in reached else "with the service's own permissions on files"
    )
    if _TAKES_NETWORK & set(reached.split(", ")):
        return [Finding("check of uploads", "ok", f"without network, {files}, {_SAME_USER} ({reached})")]
    text = "the system does not take the network from the check, so that uploads are refused. Allow user namespaces or "
    text += "system call filters (seccomp), or set WELLBEHAVED_UNCONFINED_CHECKS=true where you trust all who upload."
    if settings.unconfined_checks:
        text = f"with network, {files}, {_SAME_USER}, as WELLBEHAVED_UNCONFINED_CHECKS allows"
    return [Finding("check of uploads", "ok" if settings.unconfined_checks else "error", text)]


def _evaluation() -> Finding:
    if importlib.util.find_spec("timm") and importlib.util.find_spec("torch"):
        return Finding("evaluation", "ok", f"torch {importlib.metadata.version('torch')}")
    return Finding("evaluation", "missing", f"torch and timm are not installed. {way_to_install('evaluation')}.")
