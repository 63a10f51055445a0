import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import timm
import torch
from safetensors.torch import save
from sqlalchemy import Engine, func, select, update

from backend.logs import IdentifierFilter
from backend.store.engine import create_store_engine, reading, writing
from backend.store.tables import Evaluation, EvaluationResult, Worker
from quba.dimensions import MEASURES

Serve = Callable[[str], httpx.Client]
ARCHITECTURE = "test_resnet"
WEIGHTS = save(timm.create_model(ARCHITECTURE, num_classes=16).state_dict())
CHECKPOINT = hashlib.sha256(WEIGHTS).hexdigest()
MINE = {"checkpoint_id": CHECKPOINT, "architecture": ARCHITECTURE, "benchmark": "toy-shapes", "name": "Mine"}
NOBODY = {"model": "resnet18.a1_in1k"}


@pytest.fixture
def service(serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str]) -> httpx.Client:
    """A service that every question carries the token to."""
    service = serve(study_sqlite_url)
    service.headers["Authorization"] = writing_headers["Authorization"]
    return service


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    engine = create_store_engine(study_sqlite_url)
    yield engine
    engine.dispose()


def post(service: httpx.Client, document: dict[str, Any]) -> httpx.Response:
    return service.post("/v1/evaluations", json=document)


def change_state(engine: Engine, evaluation_id: str, **columns: Any) -> None:  # noqa: ANN401 - any column
    """Put an evaluation into a state, as a worker would."""
    with writing(engine) as session:
        session.execute(update(Evaluation).where(Evaluation.evaluation_id == evaluation_id).values(**columns))


def measure(engine: Engine, evaluation_id: str, phase: str, error: float, **values: float) -> None:
    now = datetime.now(UTC)
    with writing(engine) as session:
        for key, value in values.items():
            session.add(
                EvaluationResult(
                    evaluation_id=evaluation_id, phase=phase, dimension=key, value=value, missing_reason=None,
                    standard_error=error, sample_count=100, parts={}, detail="", worker_id="w", measured_at=now,
                )
            )  # fmt: skip


def at_work(engine: Engine, evaluation_id: str | None = None) -> None:
    now = datetime.now(UTC)
    with writing(engine) as session:
        session.add(
            Worker(
                worker_id="host-0", device="cpu", version="1", started_at=now, beat_at=now,
                state="busy" if evaluation_id else "idle", evaluation_id=evaluation_id, benchmarks=["toy-shapes"],
            )
        )  # fmt: skip


def test_a_checkpoint_is_checked_queued_and_shown(service: httpx.Client, tmp_path: Path) -> None:
    service.post("/v1/checkpoints", content=WEIGHTS, params={"filename": "mine.pt"})
    answer = post(service, MINE)
    document = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/evaluations/{document['evaluation_id']}"
    assert {key: document[key] for key in MINE} == MINE
    reached = set(document["confinement"].split(", "))
    assert reached & {"network namespace", "system call filter"}
    assert "memory limit" in reached
    again = service.post("/v1/checkpoints", content=WEIGHTS).json()
    assert (again["already_there"], again["confinement"]) == (True, document["confinement"])
    assert (document["state"], document["created"], document["place_in_queue"]) == ("queued", True, 1)
    assert (document["protocol"], document["attempt"], document["standing"]) == ("corrected", 1, None)
    assert document["dimensions"] == list(MEASURES)
    assert document["workers_online"] == 0
    assert document["notice"].startswith("No worker is online")
    # The check has rewritten the file, and what was handed in is gone.
    assert [path.name for path in (tmp_path / "data" / "checkpoints").iterdir()] == [f"{CHECKPOINT}.safetensors"]
    shown = service.get(answer.headers["location"]).json()
    assert {**shown, "created": True} == document
    again = post(service, {**MINE, "name": "Another name", "priority": 80}).json()
    assert again == {**document, "created": False}
    urgent = post(service, {**MINE, "priority": 1}).json()
    moved = ("priority", "attempt", "updated_at")
    assert {**urgent, **{key: again[key] for key in moved}} == again
    assert (urgent["priority"], urgent["attempt"]) == (1, 2)
    other = post(service, {**MINE, "dimensions": ["accuracy"]}).json()
    assert (other["created"], other["place_in_queue"]) == (True, 2)


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        ({}, 422, "invalid_parameter"),
        ({**MINE, **NOBODY}, 422, "invalid_parameter"),
        ({"checkpoint_id": CHECKPOINT}, 422, "invalid_parameter"),
        ({**MINE, "checkpoint_id": "../../etc/passwd"}, 422, "invalid_parameter"),
        ({**MINE, "architecture": "resnet1"}, 422, "unknown_architecture"),
        ({"model": "hf-hub:somebody/resnet18"}, 422, "unknown_architecture"),
        ({"model": "torchvision:resnet5O"}, 422, "unknown_architecture"),
        ({"model": "torchvision:qqqq"}, 422, "unknown_architecture"),
        ({"model": "torchvision:resnet50/V9"}, 422, "unknown_architecture"),
        ({"model": "torchvision:resnet50", "architecture": "resnet50"}, 422, "invalid_parameter"),
        ({"model": "torchvision:resnet50", "weights_key": "ema"}, 422, "invalid_parameter"),
        ({"model": "torchvision:resnet50", "benchmark": "toy-shapes"}, 422, "wrong_class_count"),
        ({"model": "study:no-such-net"}, 422, "unknown_model"),
        ({"model": "study:hiera-t-lp"}, 422, "weights_unavailable"),
        ({"model": "study:hiera-t", "benchmark": "toy-shapes"}, 422, "wrong_class_count"),
        ({**NOBODY, "architecture": "resnet34"}, 422, "invalid_parameter"),
        ({**NOBODY, "benchmark": "nothing"}, 404, "unknown_benchmark"),
        ({**NOBODY, "benchmark": "toy-shapes"}, 422, "wrong_class_count"),
        ({**MINE, "checkpoint_id": "0" * 64}, 404, "unknown_checkpoint"),
        ({**NOBODY, "samples_per_class": 0}, 422, "invalid_parameter"),
        ({**NOBODY, "samples_per_class": 1001}, 422, "invalid_parameter"),
        ({**NOBODY, "samples_per_class": True}, 422, "invalid_parameter"),
        ({**NOBODY, "dimensions": ["speed"]}, 422, "invalid_parameter"),
        ({**NOBODY, "dimensions": []}, 422, "invalid_parameter"),
        ({**NOBODY, "priority": 101}, 422, "invalid_parameter"),
        ({**NOBODY, "seed": -1}, 422, "invalid_parameter"),
        ({**NOBODY, "name": ""}, 422, "invalid_parameter"),
        ({**NOBODY, "url": "http://elsewhere"}, 422, "unknown_parameter"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_before_it_is_queued(
    service: httpx.Client, engine: Engine, document: dict[str, Any], status: int, code: str
) -> None:
    answer = post(service, document)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["next_step"]
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Evaluation)) == 0


def test_names_of_the_same_weights_of_torchvision_are_one_evaluation(service: httpx.Client) -> None:
    first = post(service, {"model": "torchvision:resnet50"}).json()
    assert (first["created"], first["architecture"]) == (True, "torchvision:resnet50")
    assert (first["model"], first["name"]) == ("torchvision:resnet50/IMAGENET1K_V2",) * 2
    again = post(service, {"model": "torchvision:resnet50/IMAGENET1K_V2"}).json()
    assert (again["created"], again["evaluation_id"]) == (False, first["evaluation_id"])
    other = post(service, {"model": "torchvision:resnet50/IMAGENET1K_V1"}).json()
    assert other["created"]


def test_a_torchvision_name_that_does_not_exist_is_answered_with_near_ones(service: httpx.Client) -> None:
    said = [post(service, {"model": f"torchvision:{name}"}).json()["next_step"] for name in ("resnet5O", "resnet50/V9")]
    assert said == [
        "Did you mean 'torchvision:resnet50'?",
        "Its weights of resnet50 are: IMAGENET1K_V2, IMAGENET1K_V1.",
    ]


def test_a_checkpoint_that_does_not_fit_is_refused_with_the_checkers_reason(service: httpx.Client) -> None:
    service.post("/v1/checkpoints", content=WEIGHTS)
    for document, code in (
        ({**MINE, "benchmark": "imagenet-1k"}, "class_count_mismatch"),
        ({**MINE, "architecture": "test_vit"}, "architecture_mismatch"),
    ):
        answer = post(service, document)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert service.get("/v1/evaluations").json()["items"] == []


def test_the_same_request_fifty_times_at_once_is_one_evaluation(
    service: httpx.Client, engine: Engine, serve: Serve, study_sqlite_url: str
) -> None:
    services = [serve(study_sqlite_url) for _ in range(5)]
    for each in services:
        each.headers["Authorization"] = service.headers["Authorization"]

    def ten(each: httpx.Client) -> list[dict[str, Any]]:
        return [post(each, NOBODY).json() for _ in range(10)]

    with ThreadPoolExecutor(5) as pool:
        answers = [answer for found in pool.map(ten, services) for answer in found]
    assert len(answers) == 50
    assert len({answer["evaluation_id"] for answer in answers}) == 1
    assert [answer["created"] for answer in answers].count(True) == 1


def test_a_full_queue_takes_no_more(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLBEHAVED_MAX_QUEUED_EVALUATIONS", "2")
    service = serve(study_sqlite_url)
    service.headers["Authorization"] = writing_headers["Authorization"]
    assert [post(service, {**NOBODY, "seed": seed}).status_code for seed in (1, 2, 3)] == [202, 202, 429]
    refused = post(service, {**NOBODY, "seed": 3})
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("queue_full", "60")
    # What waits already is no further request.
    assert post(service, {**NOBODY, "seed": 2}).json()["created"] is False


def test_lists_are_paged_the_newest_first(service: httpx.Client, engine: Engine) -> None:
    ids = [post(service, {**NOBODY, "seed": seed}).json()["evaluation_id"] for seed in range(5)]
    change_state(engine, ids[0], state="failed")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = service.get("/v1/evaluations", params={"limit": "2", **cursor}).json()
        seen += [item["evaluation_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ids[::-1]
    kept = service.get("/v1/evaluations", params={"state": "failed,running"}).json()["items"]
    assert [item["evaluation_id"] for item in kept] == [ids[0]]
    assert service.get("/v1/evaluations", params={"state": "lost"}).status_code == 422


def test_results_so_far_give_an_interval_that_the_full_run_narrows(service: httpx.Client, engine: Engine) -> None:
    found = post(service, {"model": "resnet50.a1_in1k"}).json()
    at_work(engine, found["evaluation_id"])
    progress = {"phase": "full", "stage": "clean", "steps_done": 1, "steps_total": 4, "eta_seconds": 12.5}
    change_state(engine, found["evaluation_id"], state="running", worker_id="host-0", progress=progress)
    measure(engine, found["evaluation_id"], "quick", 0.02, accuracy=0.78, shape_bias=0.25)
    quick = service.get(f"/v1/evaluations/{found['evaluation_id']}").json()
    assert (quick["notice"], quick["workers_online"], quick["place_in_queue"]) == (None, 1, None)
    assert (quick["progress"]["stage"], quick["progress"]["steps_total"], quick["eta_seconds"]) == ("clean", 4, 12.5)
    assert quick["standing"]["label"] == "interim, quick subset"
    assert quick["standing"]["of"] == 327
    assert quick["standing"]["dimensions"] == ["accuracy", "shape_bias"]
    measure(engine, found["evaluation_id"], "full", 0.002, accuracy=0.78)
    mixed = service.get(f"/v1/evaluations/{found['evaluation_id']}").json()["standing"]
    assert mixed["label"] == "interim, partly on the quick subset"
    measure(engine, found["evaluation_id"], "full", 0.002, shape_bias=0.25)
    full = service.get(f"/v1/evaluations/{found['evaluation_id']}").json()["standing"]
    assert full["label"] == "interim, some dimensions not measured yet"
    widths = [each["rank_high"] - each["rank_low"] for each in (quick["standing"], mixed, full)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > widths[-1]
    assert len({each["rank"] for each in (quick["standing"], mixed, full)}) == 1


def test_workers_without_this_benchmark_are_no_help_and_the_answer_says_so(
    service: httpx.Client, engine: Engine
) -> None:
    at_work(engine)
    elsewhere = post(service, NOBODY).json()
    assert elsewhere["workers_online"] == 1
    assert elsewhere["notice"].startswith("No worker that is online has the data of imagenet-1k")
    service.post("/v1/checkpoints", content=WEIGHTS)
    assert post(service, MINE).json()["notice"] is None


def test_of_several_sets_of_weights_the_one_named_is_measured(service: httpx.Client) -> None:
    net = timm.create_model(ARCHITECTURE, num_classes=16)
    buffer = io.BytesIO()
    raw = net.state_dict()
    torch.save({"state_dict": raw, "state_dict_ema": {key: value + 0 for key, value in raw.items()}}, buffer)
    checkpoint = service.post("/v1/checkpoints", content=buffer.getvalue()).json()["checkpoint_id"]
    mine = {**MINE, "checkpoint_id": checkpoint}
    by_default, raw_asked = post(service, mine).json(), post(service, {**mine, "weights_key": "state_dict"}).json()
    assert (by_default["weights_key"], raw_asked["weights_key"]) == ("state_dict_ema", "state_dict")
    assert by_default["evaluation_id"] != raw_asked["evaluation_id"]
    refused = post(service, {**mine, "weights_key": "teacher"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_weights_key")
    assert "state_dict_ema" in refused.json()["detail"] + refused.json()["next_step"]


def test_a_failed_evaluation_says_why_and_what_to_do(service: httpx.Client, engine: Engine) -> None:
    found = post(service, NOBODY).json()["evaluation_id"]
    error = {"code": "weights_unavailable", "message": "No network.", "hint": "Hand in a checkpoint."}
    change_state(engine, found, state="failed", error=error)
    document = service.get(f"/v1/evaluations/{found}").json()
    assert document["error"] == error
    assert (document["notice"], document["standing"]) == (None, None)


def test_a_retry_needs_the_file_and_takes_one_that_was_uploaded_again(service: httpx.Client, tmp_path: Path) -> None:
    service.post("/v1/checkpoints", content=WEIGHTS)
    path = f"/v1/evaluations/{post(service, MINE).json()['evaluation_id']}"
    service.post(f"{path}/cancel")
    for file in (tmp_path / "data" / "checkpoints").glob(f"{CHECKPOINT}.*"):
        file.unlink()
    gone = service.post(f"{path}/retry")
    assert (gone.status_code, gone.json()["code"], gone.json()["next_step"]) == (
        410, "checkpoint_gone", "Upload it again."
    )  # fmt: skip
    assert service.get(path).json()["state"] == "cancelled"
    service.post("/v1/checkpoints", content=WEIGHTS)
    assert service.post(f"{path}/retry").status_code == 202
    # What a worker opens is the checked file, never the one that was uploaded.
    assert [file.name for file in (tmp_path / "data" / "checkpoints").iterdir()] == [f"{CHECKPOINT}.safetensors"]


def test_cancelling_and_doing_again(service: httpx.Client, engine: Engine) -> None:
    found = post(service, NOBODY).json()["evaluation_id"]
    path = f"/v1/evaluations/{found}"
    retried = service.post(f"{path}/retry")
    assert (retried.status_code, retried.json()["code"]) == (409, "nothing_to_retry")
    assert service.post(f"{path}/cancel").json()["state"] == "cancelled"
    # Asked twice, it is cancelled all the same.
    assert service.post(f"{path}/cancel").json()["state"] == "cancelled"
    again = service.post(f"{path}/retry")
    assert (again.status_code, again.json()["state"], again.json()["attempt"]) == (202, "queued", 2)
    assert again.json()["place_in_queue"] == 1
    change_state(engine, found, state="succeeded")
    late = service.post(f"{path}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "evaluation_over")
    assert service.get(path).json()["state"] == "succeeded"


@pytest.mark.parametrize("path", ["", "/cancel", "/retry"])
def test_unknown_evaluations_are_told(service: httpx.Client, path: str) -> None:
    method = "POST" if path else "GET"
    answer = service.request(method, f"/v1/evaluations/ev-000000000000{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_evaluation")


@pytest.mark.parametrize(
    "path", ["/v1/evaluations", "/v1/evaluations/ev-1", "/v1/evaluations/ev-1/events", "/v1/workers"]
)
def test_evaluations_are_private(client: httpx.Client, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        assert client.get(path, headers=headers).status_code == 401


def test_results_of_a_model_that_guesses_say_so(service: httpx.Client, engine: Engine) -> None:
    """Each phase by its own accuracy: what the quick subset cannot tell from guessing, all images may."""
    evaluation_id = post(service, NOBODY).json()["evaluation_id"]
    measure(engine, evaluation_id, "quick", 0.01, accuracy=0.01, corruption_robustness=0.82, calibration_error=0.1)
    measure(engine, evaluation_id, "full", 0.01, accuracy=0.2, corruption_robustness=0.5)
    found = service.get(f"/v1/evaluations/{evaluation_id}").json()["results"]
    flags = {(each["phase"], each["dimension"]): each["flags"] for each in found}
    assert flags == {
        ("quick", "accuracy"): [],
        ("quick", "corruption_robustness"): ["chance-level"],
        ("quick", "calibration_error"): [],
        ("full", "accuracy"): [],
        ("full", "corruption_robustness"): [],
    }
    told = {(each["phase"], each["dimension"]): each["detail"] for each in found}
    assert "does not differ significantly from guessing" in told["quick", "corruption_robustness"]
    assert told["full", "corruption_robustness"] == ""


def test_the_log_has_request_and_evaluation_in_one_line(
    service: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "backend.api.evaluations")
    caplog.handler.addFilter(IdentifierFilter())
    answers = [
        service.post("/v1/evaluations", json=NOBODY, headers={"X-Request-ID": name}).json()
        for name in ("first", "again")
    ]
    lines = [record.__dict__ for record in caplog.records if record.name == "backend.api.evaluations"]
    name = answers[0]["evaluation_id"]
    assert [(each["request_id"], each["evaluation_id"]) for each in lines] == [("first", name), ("again", name)]
