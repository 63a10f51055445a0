"""The profile of a stored model: what was measured here, and nothing of what was not."""

import contextvars
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, update

from backend.settings import Settings
from backend.store.engine import create_store_engine, writing
from backend.store.opened_files import EVIDENCE
from backend.store.tables import Measurement
from quba.errors import Refusal
from tests.backend.conftest import fill, values_of
from tests.backend.evidence import CONDITIONS, keep_flowers
from tests.dimension_package import DOUBT, install
from wellbehaved.stored_profile import stored_profile


@pytest.fixture
def engine(study: Path) -> Engine:
    """A store with two models of one's own, of which the first has evidence."""
    del study
    engine = create_store_engine(Settings().resolved_database_url)
    fill(engine, 2)
    return engine


@pytest.fixture
def kept(engine: Engine, study: Path) -> None:
    keep_flowers(engine, study / EVIDENCE, 0)


@pytest.mark.usefixtures("kept")
def test_it_has_the_stored_values_that_its_evidence_is_of() -> None:
    found = stored_profile("mine-0", "flowers")
    assert found is not None
    assert found.dimensions == ("accuracy", "calibration_error")
    assert found["accuracy"].value == values_of(0)["accuracy"]
    assert (found.name, found.conditions) == ("Mine 0", CONDITIONS)
    assert found.setting.class_count == 3
    assert found.setting.seconds is None
    assert found.compare(found)["accuracy"].difference == 0
    assert type(found)._of_plain(found._plain()).dimensions == found.dimensions


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("model", "benchmark", "protocol"),
    [("nobody", "flowers", None), ("mine-0", "elsewhere", None), ("mine-0", "flowers", "as-published")],
)
def test_what_is_not_there_is_none(model: str, benchmark: str, protocol: str | None) -> None:
    assert stored_profile(model, benchmark, protocol) is None


def test_without_a_store_there_is_none() -> None:
    assert stored_profile("mine-0", "flowers") is None


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(("model", "benchmark"), [("mine-1", "flowers"), ("resnet50", "imagenet-1k")])
def test_values_alone_are_refused(model: str, benchmark: str) -> None:
    with pytest.raises(Refusal) as refused:
        stored_profile(model, benchmark)
    assert refused.value.code == "no_evidence"


@pytest.mark.usefixtures("kept")
def test_evidence_of_other_values_is_none_of_these(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(update(Measurement).where(Measurement.model_id == "mine-0").values(value=0.123))
    with pytest.raises(Refusal) as refused:
        stored_profile("mine-0", "flowers")
    assert refused.value.code == "no_evidence"


def test_what_a_package_measured_is_on_the_card_of_a_stored_model(
    engine: Engine, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "is_on_the_card", DOUBT)
    keep_flowers(
        engine, study / EVIDENCE, 0, values={"doubt": 0.5}, standard_errors={"doubt": None},
        replicates={"doubt": np.full(20, 0.5)},
    )  # fmt: skip
    with writing(engine) as session:
        session.add(
            Measurement(
                model_id="mine-0", benchmark="flowers", benchmark_digest="sha256:1", protocol="corrected",
                dimension="doubt", value=0.5, source="evaluation",
            )
        )  # fmt: skip

    def card() -> str:
        found = stored_profile("mine-0", "flowers")
        assert found is not None
        return found.card("md")

    # As in a thread of its own, for which no package was asked.
    assert "| Doubt | lower | 0.5000 |" in contextvars.copy_context().run(card)
