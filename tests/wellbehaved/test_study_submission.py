"""What `wellbehaved study submit` hands to the queue, and what it leaves alone."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select, update
from typer.testing import Result

from backend.app import create_app
from backend.evaluations.evaluation_request import DEFAULT_PRIORITY
from backend.imports.model_facts import shipped_facts
from backend.settings import Settings
from backend.store import evaluations
from backend.store.engine import create_store_engine, reading, writing
from backend.store.evaluations import EvaluationRecord
from backend.store.tables import Evaluation
from evaluation.models.study.table import study_models
from quba.dimensions import BUILT_IN
from tests.backend.listening import listening
from tests.backend.measured_again import again, store_again
from wellbehaved.api_errors import ApiError, ApiUnreachable
from wellbehaved.client.evaluations import Evaluations
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
    models: Any = [
        {"model_id": "unknown", "macs_billions": None}, {"model_id": "b", "macs_billions": 4.1},
        {"model_id": "a", "macs_billions": 4.1},
    ]  # fmt: skip
    assert in_order_of_the_plan(models) == ["a", "b", "unknown"]


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


def test_a_model_is_measured_when_it_has_all_that_is_asked_for() -> None:
    def held(dimension: str, protocol: str = "corrected", all_images: bool | None = True) -> dict[str, Any]:
        return {"dimension": dimension, "protocol": protocol, "missing_reason": None, "all_images": all_images}

    models: Any = [
        {"model_id": "whole", "values": [held("accuracy"), held("shape_bias", all_images=None)]},
        {"model_id": "part", "values": [held("accuracy", all_images=False), held("shape_bias")]},
        {"model_id": "other", "values": [held("accuracy", "as-published"), held("shape_bias")]},
        {"model_id": "few", "values": [held("accuracy")]},
    ]
    both = ["accuracy", "shape_bias"]
    assert measured_models(models, both, protocol="corrected", subsets=False) == {"whole"}
    assert measured_models(models, both, protocol="corrected", subsets=True) == {"whole", "part"}


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
    """A client whose service takes models, and refuses those of its names."""

    def __init__(self, **refusals: BaseException) -> None:
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
SILENT = ApiUnreachable("http://there", "ReadTimeout")
UNFIT = ApiError(422, "weights_unavailable", "Its weights were not released.")


def submitted_to(client: Refusing, *names: str) -> list[Submission]:
    return list(submit_models(cast(Any, client), names, {}, measured=(), again=False))


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
    with pytest.raises(ApiUnreachable):
        submitted_to(Refusing(a=SILENT), "a", "b")


def test_a_service_that_falls_silent_leaves_the_rest_for_later() -> None:
    client = Refusing(b=SILENT)
    found = submitted_to(client, "a", "b", "c")
    assert [(each.submitted, (each.reason or "")[:22]) for each in found] == [
        (True, ""), (False, "No answer from http://"), (False, "No answer from http://"),
    ]  # fmt: skip
    assert client.asked == ["a", "b"]


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


@pytest.fixture
def elsewhere(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The study's store behind a service, of which this command line knows the address and the token alone."""
    settings = Settings(data_dir=study, database_url=None, token=SecretStr("theirs"), _env_file=None)
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("WELLBEHAVED_TOKEN", "theirs")
    with listening(create_app(settings)) as url:
        yield url


def test_another_service_is_asked_by_the_same_rules(run: Run, engine: Engine, elsewhere: str, tmp_path: Path) -> None:
    keys = tuple(BUILT_IN)
    store_again(engine, [again("alexnet-evaluated", key, 0.5) for key in keys], visibility="private")
    three = ("--models", "hiera-t,alexnet,vgg16", "--api", elsewhere)
    done = run("study", "submit", *three)
    assert done.stdout == "3 models of the study: 2 submitted, 1 measured already.\n"
    assert "No worker is online" in done.stderr
    assert [(each.model, each.priority) for each in waiting(engine)] == [
        ("study:vgg16", STUDY_PRIORITY), ("study:hiera-t", STUDY_PRIORITY),
    ]  # fmt: skip
    put(engine, "study:vgg16", state="failed", error={"code": "x", "message": "No.", "hint": ""})
    assert run("study", "submit", *three, "--retry").stdout == (
        "3 models of the study: 1 submitted, 1 queued or running already, 1 measured already.\n"
    )
    shown = {
        each["model_id"]: each for each in json.loads(run("study", "status", *three[2:], "--json").stdout)["items"]
    }
    assert (shown["vgg16"]["evaluation"]["state"], shown["alexnet"]["evaluation"]) == ("queued", None)
    assert set(shown["alexnet"]["measured"]["as-published"]) == set(keys)
    assert shown["alexnet"]["differences"]["accuracy"]["published"] == 0.5652
    # What lies on this machine says nothing of the workers' caches.
    assert {each["cached"] for each in shown.values()} == {None}
    table = run("study", "status", *three[2:]).stdout
    assert "313 of 326 models can be measured; 1 measured here." in table
    assert not (tmp_path / "own").exists(), "nothing is made on this machine"


def test_without_its_token_another_service_takes_nothing(
    run: Run, engine: Engine, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLBEHAVED_TOKEN", "mine")
    done = run("study", "submit", *TWO, "--api", elsewhere)
    assert (done.exit_code, done.stdout, waiting(engine)) == (1, "", [])
    assert "token" in done.stderr


def test_a_service_that_does_not_answer_is_said(run: Run, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLBEHAVED_API_URL", "http://127.0.0.1:9")
    for command in ("submit", "status"):
        done = run("study", command)
        assert (done.exit_code, done.stdout) == (1, "")
        assert "No answer from http://127.0.0.1:9" in done.stderr


@pytest.mark.parametrize("json_form", [False, True])
def test_stopped_in_the_middle_it_says_what_is_in_the_queue(
    run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch, json_form: bool
) -> None:
    handed_in = Evaluations.submit

    def stop_at_the_second(self: Any, /, **request: Any) -> Any:  # noqa: ANN401 - whatever the client has
        if request["model"] == "study:alexnet":
            raise KeyboardInterrupt
        return handed_in.__get__(self, type(self))(**request)

    monkeypatch.setattr(Evaluations, "submit", stop_at_the_second)
    done = run("study", "submit", "--models", "hiera-t,alexnet,vgg16", *(["--json"] if json_form else []))
    assert done.exit_code == 1
    assert done.stderr == "Stopped before 2 of 3 models. Run the same command again to continue.\n"
    if json_form:
        assert list(items(done)) == ["vgg16"]
    else:
        assert done.stdout == "1 model of the study: 1 submitted.\n"
    monkeypatch.undo()
    assert [each.model for each in waiting(engine)] == ["study:vgg16"]


def test_a_service_that_goes_in_the_middle_takes_nothing_from_what_is_said(
    run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_in = Evaluations.submit

    def gone_at_the_second(self: Any, /, **request: Any) -> Any:  # noqa: ANN401 - whatever the client has
        if request["model"] == "study:alexnet":
            raise SILENT
        return handed_in.__get__(self, type(self))(**request)

    def gone(*_: object) -> None:
        raise SILENT

    monkeypatch.setattr(Evaluations, "submit", gone_at_the_second)
    monkeypatch.setattr(Evaluations, "get", gone)
    done = run("study", "submit", "--models", "hiera-t,alexnet,vgg16")
    assert done.exit_code == 1
    assert "1 submitted" in done.stdout
    monkeypatch.undo()
    assert [each.model for each in waiting(engine)] == ["study:vgg16"]


def test_without_a_store_the_next_step_is_said(run: Run, data_dir: Path) -> None:
    done = run("study", "submit")
    assert done.exit_code == 1
    assert "wellbehaved migrate" in done.stderr


def test_lines_say_what_there_was_and_no_more() -> None:
    assert submission_lines([]) == ["0 models of the study: 0 submitted."]
    refused = Submission(model_id="a", reason="It is full.")
    assert submission_lines([refused])[1] == "a and those behind it: It is full. Run the same command again later."
