"""What an answer says of an evaluation: against an independent reading of its rows."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, delete

from backend.evaluations.evaluation import NO_WORKER, answer_of, submission
from backend.problems import ProblemError
from backend.ranking.query import Pool
from backend.ranking.ranked import Rankings
from backend.store import evaluations, workers
from backend.store.engine import create_store_engine, writing
from backend.store.evaluations import EvaluationRecord, Holder, NewEvaluation, ResultRecord
from backend.store.model_evaluations import latest_evaluations
from backend.store.snapshot import SnapshotCache
from backend.store.tables import LackOfRoom, NotedProgress, Worker
from backend.store.waits import WAITS_FOR_CHECKPOINT, WAITS_FOR_WEIGHTS_ROOM
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.ranking.presets import PRESETS
from quba.vocabulary import EVALUATION_STATES, FINAL_STATES

NOW = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
HOLDER = Holder(worker_id="w-1", attempt=1)
REQUEST = NewEvaluation(
    name="Mine", checkpoint_id=None, model="resnet18.a1_in1k", architecture="resnet18", benchmark="imagenet-1k",
    protocol="as-published", dimensions=tuple(DIMENSIONS), samples_per_class=None, seed=0, priority=50,
)  # fmt: skip
RECORD = EvaluationRecord(
    evaluation_id="ev-0123456789ab", request_digest="d", name="Mine", checkpoint_id=None, model="resnet18.a1_in1k",
    architecture="resnet18", weights_key=None, benchmark="imagenet-1k", benchmark_digest=None,
    protocol="as-published", dimensions=("accuracy",), class_order_checked=False, samples_per_class=None, seed=0,
    cost=False, cost_report=None, priority=50, state="running",
    attempt=1, cancel_requested=False, worker_id="w-1", crashes=0, model_id=None, error=None, progress=None,
    submitted_at=NOW, started_at=NOW, finished_at=None, updated_at=NOW,
)  # fmt: skip
PROGRESS = NotedProgress(
    phase="quick", stage="Clean images", share=0.5, images_done=50, images_total=100, eta_seconds=9.5
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, study_file: Any) -> Iterator[Engine]:  # noqa: ANN401
    path = tmp_path_factory.mktemp("evaluation") / "store.db"
    path.write_bytes(study_file.read_bytes())
    own = create_store_engine(f"sqlite:///{path}")
    yield own
    own.dispose()


@pytest.fixture(scope="module")
def state(engine: Engine) -> Iterator[Any]:
    """What the answers read of an application."""
    snapshots = SnapshotCache(engine)
    yield SimpleNamespace(
        engine=engine,
        settings=SimpleNamespace(worker_stale_seconds=60.0),
        private_rankings=Rankings(snapshots, embedded=True, private=True),
    )
    snapshots.close()


_seeds = iter(range(1, 10_000))
_numbers = iter(range(10_000))


@pytest.fixture
def running(engine: Engine) -> str:
    """An evaluation that a worker has; another one in each test, told apart by its seed."""
    with writing(engine) as session:
        record, created = evaluations.submit(session, replace(REQUEST, seed=next(_seeds)))
        assert created
        assert evaluations.claim_start(session, record.evaluation_id, HOLDER)
    return record.evaluation_id


def measure(engine: Engine, evaluation_id: str, phase: str, values: Mapping[str, tuple[float, float | None]]) -> None:
    with writing(engine) as session:
        for key, (value, error) in values.items():
            evaluations.record_result(
                session, evaluation_id, HOLDER,
                ResultRecord(
                    evaluation_id=evaluation_id, phase=phase, dimension=key, value=value, missing_reason=None,
                    standard_error=error, sample_count=100, parts={}, detail="", worker_id="w-1",
                    measured_at=NOW + timedelta(seconds=next(_numbers)),
                ),
            )  # fmt: skip


@pytest.mark.parametrize("state_name", EVALUATION_STATES)
def test_progress_is_of_an_evaluation_that_is_not_over(state_name: str) -> None:
    shown = submission(replace(RECORD, state=state_name, progress=PROGRESS))
    if state_name in FINAL_STATES:
        assert (shown.progress, shown.eta_seconds) == (None, None)
    else:
        assert shown.progress is not None
        assert (shown.progress.phase, shown.progress.images_done, shown.eta_seconds) == ("quick", 50, 9.5)


@pytest.mark.parametrize("progress", [None, NotedProgress()])
def test_before_anything_is_noted_there_is_no_progress(progress: NotedProgress | None) -> None:
    shown = submission(replace(RECORD, progress=progress))
    assert (shown.progress, shown.eta_seconds) == (None, None)


def test_an_estimate_that_a_worker_cannot_make_is_null() -> None:
    shown = submission(replace(RECORD, progress=NotedProgress(phase="full", eta_seconds=None)))
    assert shown.progress is not None
    assert (shown.progress.phase, shown.progress.steps_total, shown.eta_seconds) == ("full", None, None)


def test_an_answer_says_what_the_row_says_and_no_more() -> None:
    error = {"code": "out_of_memory", "message": "It ran out of memory.", "hint": "Use a smaller batch."}
    record = replace(RECORD, state="failed", error=error, finished_at=NOW, model_id="m", weights_key="ema", attempt=3)
    shown = submission(record).model_dump()
    assert shown["error"] == error
    for name in ("attempt", "model_id", "weights_key", "finished_at", "state", "seed", "benchmark"):
        assert shown[name] == getattr(record, name)
    assert not {"request_digest", "crashes"} & set(shown)


def test_an_evaluation_that_there_is_not_is_refused_with_a_short_name(state: Any) -> None:  # noqa: ANN401
    with pytest.raises(ProblemError) as refused:
        answer_of(state, "ev-" + "x" * 500)
    assert (refused.value.status, refused.value.code) == (404, "unknown_evaluation")
    assert len(refused.value.detail) < 150


def test_without_a_result_there_is_no_rank(state: Any, running: str) -> None:  # noqa: ANN401
    answer = answer_of(state, running)
    assert (answer.state, answer.results, answer.standing, answer.place_in_queue) == ("running", [], None, None)


def test_who_waits_has_a_place_and_learns_that_no_worker_is_there(state: Any, engine: Engine) -> None:  # noqa: ANN401
    with writing(engine) as session:
        session.execute(delete(Worker))
        first, _ = evaluations.submit(session, replace(REQUEST, seed=next(_seeds), priority=2))
        second, _ = evaluations.submit(session, replace(REQUEST, seed=next(_seeds), priority=1))
    answers = [answer_of(state, record.evaluation_id) for record in (first, second)]
    assert [answer.place_in_queue for answer in answers] == [2, 1]
    assert {(answer.notice, answer.workers_online) for answer in answers} == {(NO_WORKER, 0)}
    with writing(engine) as session:
        for record in (first, second):
            evaluations.request_cancel(session, record.evaluation_id)
    assert {answer_of(state, record.evaluation_id).notice for record in (first, second)} == {None}


@pytest.mark.parametrize(
    ("benchmarks", "own", "told"),
    [
        (("imagenet-1k",), False, None),
        (("toy-shapes", "imagenet-1k"), False, None),
        (("toy-shapes",), False, "data of imagenet-1k"),
        ((), False, "data of imagenet-1k"),
        ((), True, None),
    ],
)
def test_a_notice_says_whether_any_worker_can_go_on(
    state: Any, engine: Engine, running: str, benchmarks: tuple[str, ...], own: bool, told: str | None  # noqa: ANN401
) -> None:  # fmt: skip
    """A worker that has this evaluation goes on with it, whatever it says of its data."""
    with writing(engine) as session:
        workers.beat(
            session, "only", device="cpu", version="1", state="busy", benchmarks=benchmarks,
            evaluation_id=running if own else None,
        )  # fmt: skip
    notice = answer_of(state, running).notice
    assert notice is None if told is None else told in (notice or "")


def test_what_waits_for_its_checkpoints_file_says_so_until_it_is_submitted_again(
    state: Any, engine: Engine  # noqa: ANN401
) -> None:  # fmt: skip
    """Also with a worker that has the data: nobody else learns what it waits for."""
    request = replace(REQUEST, seed=next(_seeds))
    with writing(engine) as session:
        workers.beat(
            session, "only", device="cpu", version="1", state="idle", benchmarks=("imagenet-1k",), evaluation_id=None
        )
        waiting = evaluations.submit(session, request)[0].evaluation_id
        assert evaluations.claim_start(session, waiting, HOLDER)
        assert evaluations.requeue(session, waiting, HOLDER, {"stage": WAITS_FOR_CHECKPOINT})
    assert answer_of(state, waiting).notice == (
        "This is waiting for the checkpoint's file, which is gone: upload it again and submit it as before."
    )
    with writing(engine) as session:
        assert evaluations.submit(session, request)[0].progress is None
    assert answer_of(state, waiting).notice is None


def test_one_whose_weights_do_not_fit_says_where_and_what_happens_next(state: Any, engine: Engine) -> None:  # noqa: ANN401
    room: LackOfRoom = {"worker_id": "gpu-0", "folder": "/cache", "needed_bytes": 98_000_000, "tries": 1}
    with writing(engine) as session:
        waiting = evaluations.submit(session, replace(REQUEST, model="study:alexnet", seed=next(_seeds)))[0]
        assert evaluations.claim_start(session, waiting.evaluation_id, HOLDER)
        noted: NotedProgress = {"stage": WAITS_FOR_WEIGHTS_ROOM, "room": room}
        assert evaluations.requeue(session, waiting.evaluation_id, HOLDER, noted)
        reason = latest_evaluations(session, "study:", waiting.benchmark)["study:alexnet"].reason
    answer = answer_of(state, waiting.evaluation_id)
    assert (answer.state, answer.progress and answer.progress.stage) == ("queued", WAITS_FOR_WEIGHTS_ROOM)
    assert answer.notice is not None
    assert "gpu-0 keeps fetched weights on, in /cache, has no room for those of this model, 98 MB more" in answer.notice
    # `study status` has it, too.
    assert reason == answer.notice


STUDY_POOL = Pool(benchmark="imagenet-1k", protocol="as-published", quality="all")


def test_a_model_as_good_as_a_published_one_is_level_with_it(state: Any, engine: Engine, running: str) -> None:  # noqa: ANN401
    prepared = state.private_rankings.prepared_pool(STUDY_POOL)
    row = prepared.position["resnet50"]
    twin = {key: (float(prepared.snapshot.columns[key][row]), 0.0) for key in STUDY_DIMENSIONS}
    measure(engine, running, "full", twin)
    standing = answer_of(state, running).standing
    assert standing is not None
    # The model itself is counted beside the 326, and is level with its twin.
    assert standing.rank == prepared.default_rank[row]
    assert (standing.rank_low, standing.of, standing.missing) == (standing.rank, 327, [])
    assert standing.label == "interim, some dimensions not measured yet"


def test_full_values_take_the_place_of_quick_ones(state: Any, engine: Engine, running: str) -> None:  # noqa: ANN401
    measure(engine, running, "quick", {"accuracy": (0.1, 0.0)})
    worst = answer_of(state, running).standing
    measure(engine, running, "full", {"accuracy": (0.99, 0.0)})
    answer = answer_of(state, running)
    assert worst is not None
    assert answer.standing is not None
    assert (worst.rank, worst.label) == (327, "interim, quick subset")
    assert (answer.standing.rank, answer.standing.label) == (1, "interim, some dimensions not measured yet")
    assert [(each.phase, each.value) for each in answer.results] == [("quick", 0.1), ("full", 0.99)]


def test_the_value_of_a_dimension_that_was_removed_since_is_shown_and_ranks_nothing(
    state: Any,  # noqa: ANN401
    engine: Engine,
    running: str,
) -> None:
    measure(engine, running, "full", {"accuracy": (0.01, 0.0), "doubt": (0.5, None)})
    answer = answer_of(state, running)
    assert {each.dimension: each.value for each in answer.results} == {"accuracy": 0.01, "doubt": 0.5}
    assert answer.standing is not None
    assert answer.standing.dimensions == ["accuracy"]


def test_phases_that_are_mixed_are_called_so(state: Any, engine: Engine, running: str) -> None:  # noqa: ANN401
    measure(engine, running, "full", {"accuracy": (0.5, 0.0)})
    measure(engine, running, "quick", {"shape_bias": (0.5, 0.01)})
    standing = answer_of(state, running).standing
    assert standing is not None
    assert standing.label == "interim, partly on the quick subset"
    weighted = [key for key, weight in PRESETS["paper"].weights.items() if weight]
    assert (set(standing.dimensions), len(standing.missing)) == ({"accuracy", "shape_bias"}, len(weighted) - 2)


def test_an_unknown_error_leaves_the_interval_open_and_a_count_has_none(
    state: Any, engine: Engine, running: str  # noqa: ANN401
) -> None:  # fmt: skip
    measure(engine, running, "full", {"parameters_millions": (25.0, None)})
    known = answer_of(state, running).standing
    assert known is not None
    assert known.rank_low == known.rank == known.rank_high
    measure(engine, running, "full", {"calibration_error": (0.01, None)})
    standing = answer_of(state, running).standing
    assert standing is not None
    assert (standing.rank_low, standing.rank_high) == (None, None)


@pytest.mark.parametrize(("end", "ranked"), [("failed", False), ("cancelled", False), ("succeeded", True)])
def test_only_what_succeeded_keeps_a_rank(state: Any, engine: Engine, running: str, end: str, ranked: bool) -> None:  # noqa: ANN401
    measure(engine, running, "full", {"accuracy": (0.8, 0.001)})
    with writing(engine) as session:
        assert evaluations.finish(session, running, end, holder=HOLDER)
    answer = answer_of(state, running)
    assert (answer.standing is not None, answer.notice) == (ranked, None)
    if answer.standing is not None:
        assert answer.standing.label.startswith("on the 1 dimensions measured; no rank under the default weights")


def test_a_benchmark_without_models_gives_the_only_one_the_first_rank(state: Any, engine: Engine) -> None:  # noqa: ANN401
    with writing(engine) as session:
        toy = replace(REQUEST, benchmark="toy-shapes", protocol="corrected", seed=next(_seeds))
        record, _ = evaluations.submit(session, toy)
        assert evaluations.claim_start(session, record.evaluation_id, HOLDER)
    measure(engine, record.evaluation_id, "full", {"accuracy": (0.5, 0.1)})
    standing = answer_of(state, record.evaluation_id).standing
    assert standing is not None
    assert (standing.rank, standing.rank_low, standing.rank_high, standing.of) == (1, 1, 1, 1)
