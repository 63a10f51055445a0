"""Which measurement stays where two are of one value: against rules written down as a table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import Engine, delete

from backend.store.engine import create_store_engine, reading, writing
from backend.store.measurements import (
    CIRCUMSTANCES,
    EvaluatedMeasurement,
    MeasuredValue,
    NewMeasurement,
    add_measurements,
    comparable,
    measured_values,
    measurements_of,
    record_evaluated,
    remove_replaceable_value,
)
from backend.store.tables import Measurement
from quba.dimensions import STUDY_DIMENSIONS


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


def test_a_value_that_was_imported_or_measured_here_is_taken_out_and_nothing_else(study_engine: Engine) -> None:
    pool = ("imagenet-1k", "as-published")
    rows = [
        NewMeasurement(
            model_id=model, benchmark=pool[0], protocol=pool[1], dimension=key, value=1.0, missing_reason=None,
            source=source,
        )
        for model, key, source in (
            ("alexnet", "speed", "import"), ("alexnet", "size", "import"), ("resnet50", "speed", "import"),
            ("alexnet", "top5_accuracy", "evaluation"),
        )
    ]  # fmt: skip
    with writing(study_engine) as session:
        add_measurements(session, rows)
        for key in ("speed", "top5_accuracy", "accuracy"):
            remove_replaceable_value(session, "alexnet", *pool, key)
    with reading(study_engine) as session:
        left = {(each.model_id, each.dimension) for each in measured_values(session, *pool)}
    assert not {("alexnet", "speed"), ("alexnet", "top5_accuracy")} & left
    # A published value is nobody's to replace.
    assert {("alexnet", "size"), ("resnet50", "speed"), ("alexnet", "accuracy")} <= left


def test_measurements_of_one_model(study_engine: Engine) -> None:
    with reading(study_engine) as session:
        found = measurements_of(session, "resnet50-a1", "imagenet-1k", "as-published")
        assert measurements_of(session, "nobody", "imagenet-1k", "as-published") == {}
        assert measurements_of(session, "resnet50-a1", "imagenet-1k", "corrected") == {}
    assert set(found) == set(STUDY_DIMENSIONS)
    assert {key: each.sample_count for key, each in found.items() if each.sample_count} == {"accuracy": 50_000}
    assert found["corruption_robustness"].flags == ["train-mode"]
    assert found["accuracy"].flags == []
    assert {each.source for each in found.values()} == {"study"}


MEASURED = EvaluatedMeasurement(
    model_id="alexnet", benchmark="toy-shapes", protocol="corrected", dimension="accuracy", value=0.5,
    missing_reason=None, source="evaluation", sample_count=100, standard_error=0.05, flags=(), parts={"a": 1}, note="",
    evaluation_id="ev-1", library_versions={"torch": "2"}, device="cpu", precision="float32", seed=1,
    measured_at=datetime(2026, 7, 1, tzinfo=UTC), ingredients_digest="a" * 64,
)  # fmt: skip
LACKING = replace(MEASURED, value=None, missing_reason="failed", sample_count=None, standard_error=None)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, study_file: Path) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("measurements") / "store.db"
    path.write_bytes(study_file.read_bytes())
    own = create_store_engine(f"sqlite:///{path}")
    yield own
    own.dispose()


def stored_after(engine: Engine, held: NewMeasurement | None, new: EvaluatedMeasurement) -> tuple[bool, Measurement]:
    """Whether the new one was stored where the other was held, and the row as it is then."""
    with writing(engine) as session:
        session.execute(delete(Measurement).where(Measurement.benchmark == "toy-shapes"))
        if held is not None:
            add_measurements(session, [held])
    with writing(engine) as session:
        stored = record_evaluated(session, [new])
    with reading(engine) as session:
        row = measurements_of(session, "alexnet", "toy-shapes", "corrected")["accuracy"]
        session.expunge(row)
    assert stored in ([new], [])
    return stored == [new], row


@pytest.mark.parametrize(
    ("held", "new", "stays"),
    [
        (MEASURED, replace(MEASURED, value=0.6), False),
        (MEASURED, replace(MEASURED, value=0.6, sample_count=101), False),
        (MEASURED, replace(MEASURED, value=0.6, sample_count=99), True),
        (MEASURED, replace(MEASURED, value=0.6, sample_count=None), True),
        # Made of something else, it is not held against the number of images.
        (MEASURED, replace(MEASURED, value=0.6, sample_count=99, ingredients_digest="b" * 64), False),
        (replace(MEASURED, ingredients_digest=None), replace(MEASURED, value=0.6, sample_count=99), True),
        (MEASURED, LACKING, True),
        (LACKING, MEASURED, False),
        (LACKING, replace(LACKING, missing_reason="not_applicable"), False),
        (replace(MEASURED, source="import"), replace(MEASURED, value=0.6, sample_count=10**6), True),
        (replace(LACKING, source="import"), MEASURED, True),
        # The same again, by whichever machine and whenever, is no news.
        (MEASURED, replace(MEASURED, device="cuda:0", evaluation_id="ev-2", library_versions={}), True),
        (MEASURED, replace(MEASURED, note="Two images could not be read."), False),
        (MEASURED, replace(MEASURED, parts={"a": 2}), False),
        (MEASURED, replace(MEASURED, flags=("few-images",)), False),
        (MEASURED, replace(MEASURED, seed=2), False),
    ],
)
def test_a_value_gives_way_only_to_a_better_one_of_ours(
    engine: Engine, held: EvaluatedMeasurement, new: EvaluatedMeasurement, stays: bool
) -> None:  # fmt: skip
    replaced, row = stored_after(engine, held, new)
    assert replaced == (not stays)
    wanted = held if stays else new
    for name in CIRCUMSTANCES:
        assert getattr(row, name) == comparable(getattr(wanted, name)), name


def test_the_first_value_is_stored_with_all_its_circumstances(engine: Engine) -> None:
    stored, row = stored_after(engine, None, MEASURED)
    assert stored
    assert {name: getattr(row, name) for name in CIRCUMSTANCES} == {
        name: comparable(getattr(MEASURED, name)) for name in CIRCUMSTANCES
    }


def test_what_is_measured_anew_is_no_import_s_any_more(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(delete(Measurement).where(Measurement.benchmark == "toy-shapes"))
        add_measurements(session, [MEASURED], import_id="im-1")
        assert measurements_of(session, "alexnet", "toy-shapes", "corrected")["accuracy"].import_id == "im-1"
    with writing(engine) as session:
        record_evaluated(session, [replace(MEASURED, value=0.7)])
        assert measurements_of(session, "alexnet", "toy-shapes", "corrected")["accuracy"].import_id is None


@pytest.mark.parametrize(
    ("value", "kept"),
    [((), []), (("a", "b"), ["a", "b"]), (MappingProxyType({"a": 1}), {"a": 1}), (0.5, 0.5), (None, None)],
)
def test_a_field_is_compared_as_the_table_keeps_it(value: object, kept: object) -> None:
    assert comparable(value) == kept
    assert type(comparable(value)) is type(kept)
