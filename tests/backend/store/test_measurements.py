from sqlalchemy import Engine

from backend.store.engine import reading, writing
from backend.store.measurements import (
    MeasuredValue,
    NewMeasurement,
    add_measurements,
    measured_values,
    measurements_of,
)
from quba.dimensions import DIMENSIONS


def test_values_of_a_benchmark_and_protocol(study_engine: Engine) -> None:
    new = NewMeasurement(
        model_id="alexnet",
        benchmark="imagenet-1k",
        protocol="corrected",
        dimension="accuracy",
        value=None,
        missing_reason="failed",
        source="evaluation",
    )
    with writing(study_engine) as session:
        add_measurements(session, [new])
        add_measurements(session, [])
    with reading(study_engine) as session:
        published = measured_values(session, "imagenet-1k", "as-published")
        corrected = measured_values(session, "imagenet-1k", "corrected")
        assert measured_values(session, "toy-shapes", "corrected") == []
    assert len(published) == 326 * 9
    assert MeasuredValue("alexnet", "accuracy", 0.5652, None, (), None, 50_000, "study") in published
    assert corrected == [MeasuredValue("alexnet", "accuracy", None, "failed", (), None, None, "evaluation")]


def test_measurements_of_one_model(study_engine: Engine) -> None:
    with reading(study_engine) as session:
        found = measurements_of(session, "resnet50-a1", "imagenet-1k", "as-published")
        assert measurements_of(session, "nobody", "imagenet-1k", "as-published") == {}
        assert measurements_of(session, "resnet50-a1", "imagenet-1k", "corrected") == {}
    assert set(found) == set(DIMENSIONS)
    assert {key: each.sample_count for key, each in found.items() if each.sample_count} == {"accuracy": 50_000}
    assert found["corruption_robustness"].flags == ["train-mode"]
    assert found["accuracy"].flags == []
    assert {each.source for each in found.values()} == {"study"}
