"""What the store has of the study's weights, against the published values."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import Engine

from backend.store.engine import create_store_engine
from backend.store.errors import StoreUnavailable
from backend.store.measurements import EvaluatedMeasurement
from backend.store.reproductions import MeasuredHere
from backend.store.tables import Measurement
from tests.backend.measured_again import again, store_again
from wellbehaved.study_standing import published_rows, standing, standings

PUBLISHED: Mapping[str, float | None] = MappingProxyType({"accuracy": 0.75, "shape_bias": None})


def found(*measured: EvaluatedMeasurement) -> list[MeasuredHere]:
    return [
        MeasuredHere(weights=("timm", "m"), model_id=each.model_id, measurement=Measurement(**asdict(each)))
        for each in measured
    ]


def test_values_are_held_against_the_published_ones_that_mean_the_same() -> None:
    had = standing(
        found(
            again("m", "accuracy", 0.76),
            again("m", "adversarial_robustness", 0.1, protocol="corrected"),
            again("m", "object_focus", 0.9),
            again("m", "shape_bias", 0.3),
        ),
        PUBLISHED,
    )
    assert had.measured == {
        "as-published": ("accuracy", "object_focus", "shape_bias"), "corrected": ("adversarial_robustness",)
    }  # fmt: skip
    assert list(had.differences) == ["accuracy"]
    assert had.differences["accuracy"].difference == pytest.approx(0.01)
    assert had.differences["accuracy"].in_standard_errors == pytest.approx(3.6, abs=0.05)
    assert had.subsets == ()


def test_under_another_protocol_most_values_mean_the_same_and_most_images_count() -> None:
    had = standing(
        found(again("m", "accuracy", 0.7, sample_count=5_000), again("m", "accuracy", 0.76, protocol="corrected")),
        PUBLISHED,
    )
    assert (had.differences["accuracy"].measured, had.subsets) == (0.76, ())
    few = standing(found(again("m", "accuracy", 0.7, sample_count=5_000)), PUBLISHED)
    assert (few.differences["accuracy"].measured, few.subsets) == (0.7, ("accuracy",))


def test_without_published_values_there_is_no_difference() -> None:
    assert standing(found(again("m", "accuracy", 0.76)), {}).differences == {}


def test_the_standing_of_a_store_is_by_weights(study_engine: Engine) -> None:
    private = {"visibility": "private"}
    store_again(study_engine, [again("resnet50-a1-evaluated", "accuracy", 0.8)], **private)
    [(weights, had)] = standings(study_engine).items()
    assert weights == ("timm", "resnet50.a1_in1k")
    assert list(had.differences) == ["accuracy"]


def test_the_published_table_has_all_models() -> None:
    assert len(published_rows()) == 326


def test_a_store_that_was_never_migrated_says_so(tmp_path: Path) -> None:
    engine: Engine = create_store_engine(f"sqlite:///{tmp_path / 'none.sqlite'}")
    with pytest.raises(StoreUnavailable):
        standings(engine)
    engine.dispose()
