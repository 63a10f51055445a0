"""What others make of the OpenAPI document: linters find no error in it, and clients made from it compile and rank."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from backend.app import create_app
from backend.settings import Settings
from tests.backend import openapi_tools
from tests.backend.listening import listening

QUIET = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
LONGEST_SECONDS = 600
# Their numbers fall with the severity: a warning is 1.
SPECTRAL_ERROR = 0
LEADER = "eva02-b-21k"
ASKS_PYTHON = """
import sys

from generated import Client
from generated.api.rankings import get_ranking, query_ranking
from generated.models import Problem, RankingAnswer

client = Client(base_url=sys.argv[1])
found = get_ranking.sync(client=client, w_accuracy=2.0, limit=3)
assert isinstance(found, RankingAnswer), found
print(*(item.model_id for item in found.items))
refused = get_ranking.sync(client=client, cursor="none")
assert isinstance(refused, Problem), refused
print(refused.code)
"""
ASKS_TYPESCRIPT = """
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

declare const process: { argv: string[] };
const client = createClient<paths>({ baseUrl: process.argv[2] });
const { data, error } = await client.GET("/v1/rankings", { params: { query: { "w.accuracy": 2, limit: 3 } } });
if (data === undefined) throw new Error(error.detail);
if (typeof data === "string") throw new Error("it is a file");
console.log(data.items.map((item) => item.model_id).join(" "));
const refused = await client.GET("/v1/rankings", { params: { query: { cursor: "none" } } });
if (refused.error === undefined) throw new Error("it was not refused");
console.log(refused.error.code);
"""


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=QUIET, capture_output=True, text=True, timeout=LONGEST_SECONDS
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def programs(name: str) -> Path:
    """The folder of programs of one kind, which `make test` installs where it can."""
    if not openapi_tools.installed(name):
        pytest.skip(f"{' '.join(openapi_tools.PROGRAMS[name])} are missing: python -m tests.backend.openapi_tools")
    return openapi_tools.FOLDER / name


@pytest.fixture(scope="module")
def npm() -> Path:
    """The folder of programs from npm."""
    return programs("npm") / "node_modules" / ".bin"


@pytest.fixture(scope="module")
def generator() -> Path:
    """The folder of the generator of Python clients."""
    return programs("python") / "bin"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document as a file."""
    folder = tmp_path_factory.mktemp("document")
    app = create_app(Settings(data_dir=folder, database_url=None, _env_file=None))
    file = folder / "openapi.json"
    file.write_bytes(orjson.dumps(app.openapi()))
    return file


@pytest.fixture(scope="module")
def address(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service on a socket."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    with listening(create_app(Settings(data_dir=folder, database_url=None, _env_file=None))) as url:
        yield url


def test_redocly_finds_no_error(npm: Path, document: Path) -> None:
    printed = run(npm / "redocly", "lint", document, "--format=json", folder=document.parent)
    faults = json.loads(printed)["problems"]
    assert [fault for fault in faults if fault["severity"] == "error"] == []


def test_spectral_finds_no_error(npm: Path, document: Path) -> None:
    rules = document.parent / "rules.yaml"
    rules.write_text('extends: ["spectral:oas"]\n', encoding="utf-8")
    printed = run(
        npm / "spectral", "lint", document, "--ruleset", rules, "-f", "json", "--quiet", folder=document.parent
    )
    assert [fault for fault in json.loads(printed) if fault["severity"] == SPECTRAL_ERROR] == []


def test_a_python_client_compiles_and_ranks(generator: Path, document: Path, address: str, tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    # It knows JSON and octets alone.
    octets = dict.fromkeys(("image/png", "text/csv"), "application/octet-stream")
    settings.write_text(json.dumps({"content_type_overrides": octets, "post_hooks": []}), encoding="utf-8")
    output = tmp_path / "generated"
    run(
        generator / "openapi-python-client", "generate", "--path", document, "--config", settings, "--meta", "none",
        "--output-path", output, "--fail-on-warning", folder=tmp_path,
    )  # fmt: skip
    python = generator / "python"
    run(python, "-m", "compileall", "-q", output, folder=tmp_path)
    (tmp_path / "asks.py").write_text(ASKS_PYTHON, encoding="utf-8")
    # Its folder is where it finds the client, which no setting of ours may take from it.
    printed = run("env", "-u", "PYTHONSAFEPATH", python, "asks.py", address, folder=tmp_path).splitlines()
    assert (printed[0].split()[0], len(printed[0].split()), printed[1]) == (LEADER, 3, "invalid_cursor")


def test_a_typescript_client_compiles_and_ranks(npm: Path, document: Path, address: str) -> None:
    # Beside its library, where node looks for that.
    folder = npm.parent.parent
    run(npm / "openapi-typescript", document, "-o", "schema.d.ts", folder=folder)
    (folder / "asks.mts").write_text(ASKS_TYPESCRIPT, encoding="utf-8")
    options = ("--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom")
    run(npm / "tsc", *options, "asks.mts", folder=folder)
    printed = run("node", "asks.mjs", address, folder=folder).splitlines()
    assert (printed[0].split()[0], len(printed[0].split()), printed[1]) == (LEADER, 3, "invalid_cursor")
