"""`wellbehaved card`: of a saved profile or a stored model, in three forms."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from typer.testing import Result

from backend.settings import Settings
from backend.store.engine import create_store_engine, writing
from backend.store.models import add_counts
from backend.store.opened_files import EVIDENCE
from tests.backend.conftest import fill
from tests.backend.evidence import keep_flowers
from tests.wellbehaved.profiles import make_profile

Run = Callable[..., Result]


@pytest.fixture
def saved(tmp_path: Path) -> str:
    return str(make_profile().save(tmp_path / "mine.json"))


@pytest.mark.parametrize(
    ("form", "begins"), [((), "## Behaviour"), (("--format", "yaml"), "model-index:"), (("--format", "html"), "<div>")]
)
def test_a_saved_profile_has_a_card_in_each_form(run: Run, saved: str, form: tuple[str, ...], begins: str) -> None:
    found = run("card", saved, *form)
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith(begins)


def test_so_has_a_stored_model(run: Run, study: Path) -> None:
    engine = create_store_engine(Settings().resolved_database_url)
    fill(engine, 1)
    keep_flowers(engine, study / EVIDENCE, 0)
    engine.dispose()
    found = run("card", "mine-0", "--benchmark", "flowers", "--format", "yaml")
    assert found.exit_code == 0, found.output
    (entry,) = yaml.safe_load(found.stdout)["model-index"]
    assert entry["name"] == "Mine 0"
    assert [each["type"] for each in entry["results"][0]["metrics"]] == ["accuracy", "calibration_error"]


def test_a_stored_model_has_what_was_counted_of_it_too(run: Run, study: Path) -> None:
    engine = create_store_engine(Settings().resolved_database_url)
    fill(engine, 1)
    keep_flowers(engine, study / EVIDENCE, 0)
    counted = {"macs_billions": 1.5, "activations_millions": 2.0, "input_size": 224, "cost_source": "torch 2.15.0"}
    with writing(engine) as session:
        add_counts(session, {"mine-0": counted}, datetime(2026, 11, 27, tzinfo=UTC))
    engine.dispose()
    found = run("card", "mine-0", "--benchmark", "flowers")
    assert found.exit_code == 0, found.output
    assert "| Multiply-accumulates | lower | 1.50 billions per image | counted with torch 2.15.0 |" in found.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("mine.json", "--format", "pdf"), 2, "--format is 'pdf'. Use one of: md, yaml, html."),
        (("gone.json",), 1, "gone.json"),
        (("nobody",), 2, "The store has no values of 'nobody' on imagenet-1k."),
        (("resnet50",), 1, "resnet50 is in the store with values alone"),
    ],
)
def test_what_cannot_be_had_is_said(run: Run, study: Path, words: tuple[str, ...], code: int, said: str) -> None:
    del study
    found = run("card", *words)
    assert (found.exit_code, said in found.stderr) == (code, True), found.output
