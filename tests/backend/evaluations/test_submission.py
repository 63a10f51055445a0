"""Handing in: what is kept, what is queued, and what neither."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from backend.evaluations.evaluation_request import EvaluationRequest
from backend.evaluations.submission import submit
from backend.problems import ProblemError
from backend.store import checkpoints, evaluations, own_benchmarks
from backend.store.engine import create_store_engine, reading, writing
from evaluation.checkpoints.checker import Accepted
from quba.dimensions import DimensionSet, dimensions_in_force
from tests.backend.conftest import DECLARED, registration
from tests.dimension_package import doubt_of

KNOWN = ("resnet18", "resnet50")
CHECKPOINT = "a" * 64


def request_of(**given: object) -> EvaluationRequest:
    return EvaluationRequest.read({"model": "resnet18.a1_in1k", **given}, strict=True)


ASKED = request_of()


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    own = create_store_engine(study_sqlite_url)
    yield own
    own.dispose()


@pytest.fixture
def state(engine: Engine) -> Any:  # noqa: ANN401 - an application's state has any attribute
    """A service whose queue and checker note what they are asked."""
    queued: list[tuple[str, int, str]] = []
    answer = Accepted(
        format="torch", weight_count=1, weights_key="ema", other_keys=("raw",), confinement="memory limit"
    )
    return SimpleNamespace(
        engine=engine, queued=queued, settings=SimpleNamespace(max_queued_evaluations=2),
        jobs=SimpleNamespace(enqueue=lambda key, attempt, files, **_: queued.append((key, attempt, files.benchmark))),
        checkpoints=SimpleNamespace(accept=lambda *_, **__: answer),
    )  # fmt: skip


def queue_length(state: Any) -> int:  # noqa: ANN401
    with reading(state.engine) as session:
        return evaluations.count(session, "queued")


def test_defaults_are_the_benchmarks_and_the_models_own(state: Any) -> None:  # noqa: ANN401
    record, created = submit(state, ASKED, KNOWN)
    assert created
    assert (record.name, record.architecture, record.state) == ("resnet18.a1_in1k", "resnet18", "queued")
    assert record.protocol == "as-published"
    assert "accuracy" in record.dimensions
    assert len(record.dimensions) >= 9
    assert state.queued == [(record.evaluation_id, 1, "imagenet-1k")]


def test_a_model_of_the_study_is_one_request_with_the_prefix_and_without(state: Any) -> None:  # noqa: ANN401
    record, created = submit(state, request_of(model="hiera-t"), KNOWN)
    assert (record.model, record.architecture, record.name, created) == (*("study:hiera-t",) * 3, True)
    again, created = submit(state, request_of(model="study:hiera-t"), KNOWN)
    assert (again.evaluation_id, created) == (record.evaluation_id, False)
    state.settings.max_queued_evaluations = 9
    # timm has a network of this name, with other weights.
    timms, studys = (submit(state, request_of(model=name), KNOWN)[0] for name in ("resnet50", "study:resnet50"))
    assert (timms.model, studys.model) == ("resnet50", "study:resnet50")


def test_the_same_again_is_queued_again_for_a_service_that_ended_in_between(state: Any) -> None:  # noqa: ANN401
    first, _ = submit(state, ASKED, KNOWN)
    again, created = submit(state, request_of(name="Another name"), KNOWN)
    assert (again.evaluation_id, created) == (first.evaluation_id, False)
    assert state.queued == [(first.evaluation_id, 1, "imagenet-1k")] * 2
    with writing(state.engine) as session:
        evaluations.finish(session, first.evaluation_id, "failed")
    submit(state, ASKED, KNOWN)
    assert len(state.queued) == 2, "what is over is not queued"


def test_dimensions_are_kept_in_the_houses_order(state: Any) -> None:  # noqa: ANN401
    record, _ = submit(state, request_of(dimensions=["shape_bias", "accuracy"]), KNOWN)
    assert record.dimensions == ("accuracy", "shape_bias")


def test_a_full_queue_keeps_nothing_of_the_one_too_many(state: Any) -> None:  # noqa: ANN401
    for seed in range(2):
        submit(state, request_of(seed=seed), KNOWN)
    with pytest.raises(ProblemError) as refusal:
        submit(state, request_of(seed=2), KNOWN)
    assert (refusal.value.status, refusal.value.code) == (429, "queue_full")
    assert (queue_length(state), len(state.queued)) == (2, 2)
    submit(state, ASKED, KNOWN)  # one that is there is no further one


def test_a_checkpoint_is_measured_by_the_set_of_weights_that_the_check_took(state: Any) -> None:  # noqa: ANN401
    with writing(state.engine) as session:
        checkpoints.add(session, checkpoint_id=CHECKPOINT, filename="my net.pt", size_bytes=1, format="torch")
    claim = {"model": None, "checkpoint_id": CHECKPOINT, "architecture": "resnet50"}
    record, _ = submit(state, request_of(**claim), KNOWN)
    assert (record.weights_key, record.name) == ("ema", "my net.pt")
    again, created = submit(state, request_of(**claim, weights_key="ema"), KNOWN)
    assert (again.evaluation_id, created) == (record.evaluation_id, False)
    with reading(state.engine) as session:
        found = checkpoints.checkpoint(session, CHECKPOINT)
    assert found is not None
    assert (found.stored, found.confinement) == ("rewritten", "memory limit")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"benchmark": "no-such"}, 404, "unknown_benchmark"),
        ({"model": None, "checkpoint_id": CHECKPOINT, "architecture": "resnet18"}, 404, "unknown_checkpoint"),
        ({"benchmark": "toy-shapes"}, 422, "wrong_class_count"),
        ({"model": "study:hiera-t", "benchmark": "toy-shapes"}, 422, "wrong_class_count"),
        ({"model": "study:hiera-t-lp"}, 422, "weights_unavailable"),
        ({"model": None}, 422, "invalid_parameter"),
    ],
)
def test_a_refusal_leaves_nothing_behind(state: Any, change: dict[str, Any], status: int, code: str) -> None:  # noqa: ANN401
    with pytest.raises(ProblemError) as refusal:
        submit(state, request_of(**change), KNOWN)
    assert (refusal.value.status, refusal.value.code) == (status, code)
    assert (queue_length(state), state.queued) == (0, [])


def add_flowers(state: Any, **fields: Any) -> None:  # noqa: ANN401
    with writing(state.engine) as session:
        own_benchmarks.register(session, registration(**fields))


def test_one_of_ones_own_is_measured_in_its_version_on_its_dimensions(state: Any) -> None:  # noqa: ANN401
    add_flowers(state)
    with pytest.raises(ProblemError) as refusal:
        submit(state, request_of(benchmark="flowers"), KNOWN)
    assert refusal.value.code == "wrong_class_count"
    claim = {"model": None, "checkpoint_id": CHECKPOINT, "architecture": "resnet18", "benchmark": "flowers"}
    with writing(state.engine) as session:
        checkpoints.add(session, checkpoint_id=CHECKPOINT, filename="mine.pt", size_bytes=1, format="torch")
    first, _ = submit(state, request_of(**claim), KNOWN)
    assert (first.benchmark_digest, first.dimensions, first.protocol) == ("sha256:1", tuple(DECLARED), "corrected")
    with pytest.raises(ProblemError) as refusal:
        submit(state, request_of(**claim, dimensions=["accuracy", "shape_bias"]), KNOWN)
    assert (refusal.value.code, "shape_bias" in refusal.value.detail) == ("undeclared_dimension", True)
    # Another version of the files is another evaluation.
    add_flowers(state, digest="sha256:2")
    second, created = submit(state, request_of(**claim), KNOWN)
    assert (created, second.benchmark_digest) == (True, "sha256:2")


def test_a_package_measures_where_it_is_asked_and_a_new_version_measures_anew(state: Any) -> None:  # noqa: ANN401
    with dimensions_in_force(DimensionSet(own=(doubt_of("one", "1.0"),))):
        unasked, _ = submit(state, ASKED, KNOWN)
        assert "doubt" not in unasked.dimensions
        asked = request_of(dimensions=["accuracy", "doubt"])
        first, _ = submit(state, asked, KNOWN)
        assert first.dimensions == ("accuracy", "doubt")
        again, created = submit(state, asked, KNOWN)
        assert (again.evaluation_id, created) == (first.evaluation_id, False)
    with dimensions_in_force(DimensionSet(own=(doubt_of("one", "1.1"),))), pytest.raises(ProblemError) as full:
        submit(state, asked, KNOWN)
    # A third one waits where two may: it is another evaluation.
    assert full.value.code == "queue_full"


def test_a_package_measures_on_every_benchmark(state: Any) -> None:  # noqa: ANN401
    add_flowers(state)
    with writing(state.engine) as session:
        checkpoints.add(session, checkpoint_id=CHECKPOINT, filename="mine.pt", size_bytes=1, format="torch")
    claim = {"model": None, "checkpoint_id": CHECKPOINT, "architecture": "resnet18", "benchmark": "flowers"}
    with dimensions_in_force(DimensionSet(own=(doubt_of("one"),))):
        first, _ = submit(state, request_of(**claim, dimensions=["doubt"]), KNOWN)
    assert first.dimensions == ("doubt",)


def test_the_order_is_vouched_for_where_there_is_one_to_vouch_for(state: Any) -> None:  # noqa: ANN401
    add_flowers(state)
    state.settings.max_queued_evaluations = 9
    claim = {"model": None, "checkpoint_id": CHECKPOINT, "architecture": "resnet18"}
    with writing(state.engine) as session:
        checkpoints.add(session, checkpoint_id=CHECKPOINT, filename="mine.pt", size_bytes=1, format="torch")
    plain, _ = submit(state, request_of(**claim, benchmark="flowers"), KNOWN)
    vouched, created = submit(state, request_of(**claim, benchmark="flowers", class_order_checked=True), KNOWN)
    # One that was refused for its order is another request once somebody says that it is right.
    assert (plain.class_order_checked, vouched.class_order_checked, created) == (False, True, True)
    built_in = [submit(state, request_of(**claim, benchmark="toy-shapes", class_order_checked=each), KNOWN)
                for each in (False, True)]  # fmt: skip
    assert [created for _, created in built_in] == [True, False]
    with pytest.raises(ProblemError, match="class_order_checked is 'perhaps': must be true or false"):
        request_of(class_order_checked="perhaps")


def test_classes_of_imagenet_select_among_the_outputs_of_its_classifiers(state: Any) -> None:  # noqa: ANN401
    add_flowers(state, classes=["n01440764", "n02102040", "n02979186"])
    assert submit(state, request_of(benchmark="flowers"), KNOWN)[1]


def test_a_file_is_checked_against_the_names_of_the_classes(state: Any) -> None:  # noqa: ANN401
    add_flowers(state)
    asked: list[tuple[int, tuple[str, ...]]] = []

    def accept(_file: str, _architecture: str, count: int, _key: str | None, *, classes: tuple[str, ...]) -> Any:  # noqa: ANN401
        asked.append((count, classes))
        raise ProblemError(422, "class_names_mismatch", "It has no output named rose.", "Choose another.")

    state.checkpoints = SimpleNamespace(
        accept=accept, rewritten=lambda *_: SimpleNamespace(exists=lambda: False)
    )  # fmt: skip
    with writing(state.engine) as session:
        checkpoints.add(session, checkpoint_id=CHECKPOINT, filename="mine.pt", size_bytes=1, format="torch")
    claim = {"model": None, "checkpoint_id": CHECKPOINT, "architecture": "resnet18"}
    with pytest.raises(ProblemError, match="no output named rose"):
        submit(state, request_of(**claim, benchmark="flowers"), KNOWN)
    # Of a built-in one the data sets alone know the names: there is nothing to find outputs by, here and at the worker.
    with pytest.raises(ProblemError, match="no output named rose"):
        submit(state, request_of(**claim, benchmark="toy-shapes"), KNOWN)
    wanted = registration().classes
    assert asked == [(len(wanted), tuple(wanted)), (16, ())]
    assert queue_length(state) == 0


def test_the_cost_makes_another_request_and_none_the_one_that_there_was(state: Any) -> None:  # noqa: ANN401
    state.settings.max_queued_evaluations = 9
    plain, _ = submit(state, request_of(), KNOWN)
    costly, created = submit(state, request_of(cost=True), KNOWN)
    assert (plain.cost, costly.cost, created) == (False, True, True)
    assert [submit(state, request_of(cost=each), KNOWN) for each in (False, True)] == [
        (plain, False), (costly, False),
    ]  # fmt: skip
