"""What the tests of the service share: processes that start at the same moment, and results files."""

import asyncio
import csv
import io
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from pydantic import JsonValue, SecretStr
from sqlalchemy import Engine

from backend.app import create_app
from backend.settings import Settings
from backend.store import data_versions, own_benchmarks
from backend.store.engine import writing
from backend.store.measurements import NewMeasurement, add_measurements
from backend.store.models import ModelRecord, add_models
from backend.store.own_benchmarks import Registration
from evaluation.checkpoints.confined_check import ConfinedCheck
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from wellbehaved.in_process import InProcessTransport

TOKEN = "a-token-for-tests"

Serve = Callable[[str], httpx.Client]
Run = Callable[[str, Sequence[str]], list[str]]
Build = Callable[..., bytes]

DECLARED = [
    "accuracy", "adversarial_robustness", "corruption_robustness", "calibration_error", "class_balance",
    "parameters_millions",
]  # fmt: skip
FACTS = [key for key, each in DIMENSIONS.items() if each.of_facts]
"""The dimensions that every benchmark has beside those that it declares."""

_ROW = {
    "model_id": "mine",
    "name": "Mine",
    "architecture": "cnn",
    "training": "supervised",
    "pretraining_data": "imagenet-1k",
    "backbone": "resnet50",
    "source_library": "timm",
    "source_identifier": "resnet50.mine",
    "accuracy": "0.8",
    "adversarial_robustness": "0.1",
    "corruption_robustness": "0.5",
    "ood_robustness": "0.6",
    "calibration_error": "0.004",
    "class_balance": "0.78",
    "object_focus": "0.93",
    "shape_bias": "0.3",
    "parameters_millions": "25.6",
}


class FakeInspection:
    """Tells of every folder what `registration` says, with the folder's name and what was asked for."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.refusal: Refusal | None = None

    def inspect(self, path: Path, *, key: str | None, label: str | None, layout: str) -> dict[str, JsonValue]:
        if self.refusal is not None:
            raise self.refusal
        asked = {"key": key or path.name, "label": label or path.name.title(), "layout": layout, "folder": str(path)}
        return registration(**{**asked, **self.told}).model_dump()


def registration(**fields: Any) -> Registration:  # noqa: ANN401 - a field's value
    plain = {
        "key": "flowers", "label": "Flowers", "description": "", "layout": "folders", "folder": "/data/flowers",
        "definition": {"clean": {"folder": "val"}}, "classes": ["aster", "daisy", "rose"],
        "class_counts": [20, 20, 20], "image_count": 60, "digest": "sha256:1", "dimensions": DECLARED, "report": {},
    }  # fmt: skip
    return Registration(**{**plain, **fields})


def model(number: int) -> ModelRecord:
    return ModelRecord(
        id=f"mine-{number}", name=f"Mine {number}", architecture="transformer" if number % 2 else "cnn",
        training="supervised", recipe=None, head=None, pretraining_data="unknown", backbone=f"net-{number // 2}",
        lineage=None, source_library="own", source_identifier=f"sha256:{number}", paper_title=None,
        published_name=None, study_name=None, published_row=None, label_flags=(), note="",
    )  # fmt: skip


def values_of(number: int) -> dict[str, float]:
    rng = np.random.default_rng(number)
    found = {key: float(rng.uniform(0.3, 0.9)) for key in DECLARED}
    return {**found, "calibration_error": float(rng.uniform(0.01, 0.3)), "parameters_millions": 5.0 + number}


def fill(engine: Engine, size: int, digest: str = "sha256:1", start: int = 0) -> None:
    numbers = range(start, start + size)
    with writing(engine) as session:
        own_benchmarks.register(session, registration(digest=digest))
        add_models(session, [model(number) for number in numbers])
        session.flush()
        add_measurements(
            session,
            [
                NewMeasurement(
                    model_id=f"mine-{number}", benchmark="flowers", protocol="corrected", dimension=key, value=value,
                    missing_reason=None, source="evaluation", standard_error=None if key[0] == "p" else 0.02,
                    sample_count=60, benchmark_digest=digest,
                )
                for number in numbers
                for key, value in values_of(number).items()
            ],
        )  # fmt: skip
        data_versions.record(session, reason="test", changes=[["added", size]], created_at=datetime.now(UTC))


@pytest.fixture
def at_once() -> Run:
    """Run a Python statement in several processes that begin at the same moment; gives what each printed."""

    def run(statement: str, arguments: Sequence[str]) -> list[str]:
        # Imports take longer than the statement, so that the processes wait for each other before it.
        imports, _, work = statement.partition("---\n")
        script = f"import sys\n{imports}\nprint('ready', flush=True)\nsys.stdin.readline()\n{work}"
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", script, argument], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for argument in arguments
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        printed = [process.communicate(timeout=120)[0] for process in processes]
        assert [process.returncode for process in processes] == [0] * len(processes)
        return printed

    return run


@pytest.fixture
def results_csv() -> Build:
    """Make a results file; each row says only how it differs from a good one."""

    def build(*rows: dict[str, str], columns: Sequence[str] | None = None, line_end: str = "\n") -> bytes:
        names = columns or [*_ROW, *dict.fromkeys(name for row in rows for name in row if name not in _ROW)]
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, names, extrasaction="ignore", restval="", lineterminator=line_end)
        writer.writeheader()
        writer.writerows({**_ROW, **row} for row in rows)
        return file.getvalue().encode()

    return build


@pytest.fixture(scope="session")
def client(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The service on the study, shared by tests that only read; it has no token, so that none can write."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    with _serving(Settings(data_dir=folder, database_url=None, _env_file=None)) as service:
        yield service


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a service of a test's own on a database; its token is `TOKEN`."""
    with ExitStack() as services:

        def start(database_url: str) -> httpx.Client:
            settings = Settings(
                data_dir=tmp_path / "data", database_url=SecretStr(database_url), token=SecretStr(TOKEN), _env_file=None
            )
            return services.enter_context(_serving(settings))

        yield start


@pytest.fixture
def writing_headers() -> dict[str, str]:
    """What an accepted import carries."""
    return {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/csv"}


@contextmanager
def _serving(settings: Settings) -> Iterator[httpx.Client]:
    app = create_app(settings, ConfinedCheck())
    with httpx.Client(transport=InProcessTransport(app), base_url="http://service") as service:
        yield service
    asyncio.run(_stop(app))


async def _stop(app: FastAPI) -> None:
    async with app.router.lifespan_context(app):
        pass
