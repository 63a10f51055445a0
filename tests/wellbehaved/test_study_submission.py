"""What `wellbehaved study submit` hands to the queue, and what it leaves alone."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, select, update
from typer.testing import Result

from backend.evaluations.evaluation_request import DEFAULT_PRIORITY
from backend.imports.model_facts import shipped_facts
from backend.imports.study_names import study_reasons
from backend.store import evaluations
from backend.store.engine import create_store_engine, reading, writing
from backend.store.evaluations import EvaluationRecord
from backend.store.tables import Evaluation
from evaluation.models.study.table import study_models
from quba.dimensions import BUILT_IN
from tests.backend.measured_again import again, store_again
from wellbehaved.api_errors import ApiError
from wellbehaved.study_submission import (
    STUDY_PRIORITY,
    Submission,
    in_order_of_the_plan,
    measured_models,
    submission_lines,
    submit_models,
)

Run = Callable[..., Result]
TWO = ("--models", "hiera-t,alexnet")


@pytest.fixture
def engine(study: Path) -> Iterator[Engine]:
    made = create_store_engine(f"sqlite:///{study / 'wellbehaved.db'}")
    yield made
    made.dispose()


def waiting(engine: Engine) -> list[EvaluationRecord]:
    """What is in the store, in the order in which it was submitted."""
    with reading(engine) as session:
        return evaluations.records(session, limit=1000)[::-1]


def put(engine: Engine, model: str, **columns: Any) -> None:  # noqa: ANN401 - any column
    with writing(engine) as session:
        session.execute(update(Evaluation).where(Evaluation.model == model).values(**columns))


def items(done: Result) -> dict[str, dict[str, Any]]:
    return {each["model_id"]: each for each in json.loads(done.stdout)["items"]}


def test_the_whole_study_is_handed_in_once_the_longest_first_behind_users(run: Run, engine: Engine) -> None:
    done = run("study", "submit")
    assert (done.exit_code, done.stdout) == (0, "313 models of the study: 313 submitted.\n")
    assert "No worker is online" in done.stderr
    submissions = waiting(engine)
    assert {each.priority for each in submissions} == {STUDY_PRIORITY}
    assert STUDY_PRIORITY > DEFAULT_PRIORITY
    assert {(each.benchmark, each.protocol, each.samples_per_class) for each in submissions} == {
        ("imagenet-1k", "as-published", None)
    }
    models = [study_models()[str(each.model).removeprefix("study:")] for each in submissions]
    facts = [shipped_facts().get((m.identity.source_library, m.identity.source_identifier or "")) for m in models]
    cost = [None if each is None else each["macs_billions"] for each in facts]
    known = [each for each in cost if each is not None]
    assert cost == [*sorted(known, reverse=True), *[None] * (len(cost) - len(known))]
    again_done = run("study", "submit", *TWO)
    assert again_done.stdout == "2 models of the study: 0 submitted, 2 queued or running already.\n"
    assert len(waiting(engine)) == 313
    # A user's job that comes later goes first.
    answer = json.loads(run("submit", "resnet18.a1_in1k", "--json").stdout)
    assert answer["place_in_queue"] == 1
    # So does a model of the study that a user asks for, behind what came before it.
    wanted = json.loads(run("submit", "hiera-t", "--json").stdout)
    assert (wanted["created"], wanted["priority"], wanted["place_in_queue"]) == (False, DEFAULT_PRIORITY, 2)


def test_the_order_is_the_plans() -> None:
    names = [key for key, reason in study_reasons().items() if not reason]
    ordered = in_order_of_the_plan(names)
    assert sorted(ordered) == sorted(names)
    assert ordered.index("vgg16") < ordered.index("resnet50") < ordered.index("alexnet") < ordered.index(
        "clip-openai-rn50"
    )  # fmt: skip


def test_what_is_measured_on_all_images_is_left_out(run: Run, engine: Engine) -> None:
    few = ("--dimensions", "accuracy,shape_bias")
    store_again(engine, [
        again("hiera-t-evaluated", "accuracy", 0.83), again("hiera-t-evaluated", "shape_bias", 0.3),
        # Of a subset alone.
        again("alexnet-evaluated", "accuracy", 0.5, sample_count=5_000), again("alexnet-evaluated", "shape_bias", 0.3),
    ])  # fmt: skip
    found = items(run("study", "submit", *TWO, *few, "--json"))
    assert found["hiera-t"] == {
        "model_id": "hiera-t", "measured": True, "submitted": False, "evaluation_id": None, "state": None,
        "reason": None,
    }  # fmt: skip
    assert (found["alexnet"]["submitted"], found["alexnet"]["state"]) == (True, "queued")
    # Who asks for a subset has that of alexnet, too.
    assert run("study", "submit", *TWO, *few, "--samples-per-class", "5").stdout == (
        "2 models of the study: 0 submitted, 2 measured already.\n"
    )
    # All dimensions were not measured of either, nor any under the other protocol.
    assert items(run("study", "submit", "--models", "hiera-t", "--json"))["hiera-t"]["submitted"]
    assert items(run("study", "submit", "--models", "hiera-t", "--protocol", "corrected", *few, "--json"))["hiera-t"][
        "submitted"
    ]


def test_a_reason_for_having_no_value_counts_unless_it_may_have_gone(engine: Engine) -> None:
    reasons = {"hiera-t-evaluated": "not_applicable", "alexnet-evaluated": "data_set_missing"}
    store_again(engine, [
        replace(again(key, "accuracy", 0.0, sample_count=None), value=None, missing_reason=reason)
        for key, reason in reasons.items()
    ])  # fmt: skip
    names = ["hiera-t", "alexnet", "resnet50"]
    assert measured_models(engine, names, ["accuracy"], protocol="as-published", subsets=False) == ["hiera-t"]
    assert measured_models(engine, names, BUILT_IN, protocol="as-published", subsets=False) == []


def test_what_failed_is_said_and_queued_again_where_that_is_asked(run: Run, engine: Engine) -> None:
    run("study", "submit", *TWO)
    error = {"code": "library_missing", "message": "It needs bcos. Run `pip install x`.", "hint": "Install it."}
    put(engine, "study:hiera-t", state="failed", error=error)
    put(engine, "study:alexnet", state="cancelled")
    done = run("study", "submit", *TWO)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "2 models of the study: 0 submitted, 2 failed or cancelled earlier."
    assert lines[1].startswith("alexnet cancelled (ev-")
    assert lines[2].startswith("hiera-t failed (ev-")
    assert lines[2].endswith("It needs bcos. Run `pip install x`.")
    assert lines[3] == "`wellbehaved study submit --retry` queues them again."
    retried = run("study", "submit", *TWO, "--retry")
    assert retried.stdout == "2 models of the study: 2 submitted.\n"
    assert {(each.state, each.attempt, each.priority) for each in waiting(engine)} == {("queued", 2, STUDY_PRIORITY)}


def test_what_was_evaluated_without_some_values_is_named(run: Run, engine: Engine) -> None:
    run("study", "submit", *TWO)
    put(engine, "study:hiera-t", state="succeeded")
    put(engine, "study:alexnet", state="running")
    said = run("study", "submit", *TWO, "--retry").stdout
    assert "0 submitted, 1 queued or running already, 1 evaluated already, but for some values." in said
    assert "Some values are missing, as where a data set was not there, of: hiera-t (ev-" in said


def test_a_full_queue_ends_the_command_and_the_rest_is_taken_later(
    run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLBEHAVED_MAX_QUEUED_EVALUATIONS", "1")
    three = ("--models", "hiera-t,alexnet,vgg16")
    done = run("study", "submit", *three)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "3 models of the study: 1 submitted, 2 not taken.",
        "alexnet and those behind it: 1 evaluations wait already, which is the most that this service takes. "
        "Run the same command again later.",
    ]
    put(engine, "study:vgg16", state="running")
    assert run("study", "submit", *three).stdout.startswith(
        "3 models of the study: 1 submitted, 1 queued or running already, 1 not taken.\n"
    )


class Refusing:
    """A client whose service takes one model, and then refuses each by its name."""

    def __init__(self, **refusals: ApiError) -> None:
        self.evaluations = self
        self.refusals = refusals
        self.asked: list[str] = []

    def submit(self, *, model: str, **_: object) -> dict[str, object]:
        name = model.removeprefix("study:")
        self.asked.append(name)
        if name in self.refusals:
            raise self.refusals[name]
        return {"evaluation_id": f"ev-{name}", "error": None, "created": True, "state": "queued"}


GONE = ApiError(503, "store_unavailable", "The database does not answer.")
UNFIT = ApiError(422, "weights_unavailable", "Its weights were not released.")


def submitted_to(client: Refusing, *names: str) -> list[Submission]:
    return submit_models(cast(Any, client), names, {}, measured=(), again=False)


def test_what_is_in_the_queue_is_said_where_the_service_refuses_the_rest() -> None:
    client = Refusing(b=UNFIT, d=GONE)
    found = submitted_to(client, "a", "b", "c", "d", "e")
    assert [(each.model_id, each.submitted, each.reason) for each in found] == [
        ("a", True, None), ("b", False, UNFIT.detail), ("c", True, None), ("d", False, GONE.detail),
        ("e", False, GONE.detail),
    ]  # fmt: skip
    assert client.asked == ["a", "b", "c", "d"]


def test_what_refuses_all_before_one_is_taken_is_raised() -> None:
    with pytest.raises(ApiError, match="store_unavailable"):
        submitted_to(Refusing(a=UNFIT, b=GONE), "a", "b")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--models", "hiera-t-lp"), "--models names hiera-t-lp, which cannot be measured here: The authors of the"),
        (("--models", "no-such-net"), "--models names 'no-such-net', which is no model of the study"),
        (("--dimensions", "speed", *TWO), "dimensions is 'speed': must be one of"),
        (("--protocol", "as-released", *TWO), "protocol is 'as-released': must be one of as-published, corrected"),
    ],
)
def test_what_cannot_be_asked_is_refused(run: Run, engine: Engine, words: tuple[str, ...], message: str) -> None:
    done = run("study", "submit", *words)
    assert done.exit_code == 2
    assert message in done.stderr
    with reading(engine) as session:
        assert session.scalar(select(Evaluation.evaluation_id)) is None


def test_it_is_about_the_local_store_whatever_service_is_set(
    run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLBEHAVED_API_URL", "http://127.0.0.1:9")
    done = run("study", "submit", *TWO)
    assert (done.exit_code, len(waiting(engine))) == (0, 2)
    assert "http://127.0.0.1:9, which WELLBEHAVED_API_URL names, is not asked" in done.stderr


def test_without_a_store_the_next_step_is_said(run: Run, data_dir: Path) -> None:
    done = run("study", "submit")
    assert done.exit_code == 1
    assert "wellbehaved migrate" in done.stderr


def test_lines_say_what_there_was_and_no_more() -> None:
    assert submission_lines([]) == ["0 models of the study: 0 submitted."]
    refused = Submission(model_id="a", reason="It is full.")
    assert submission_lines([refused])[1] == "a and those behind it: It is full. Run the same command again later."
