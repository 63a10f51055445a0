"""How much a question may sample, and what becomes of it when its caller leaves."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.types import Message

from backend.app import create_app
from backend.problems import ProblemError
from backend.ranking import sampling
from backend.ranking.sampling import CALLER_LEFT, SamplingBudget, caller_check
from backend.settings import Settings
from quba.deciding import sampled_ranks
from quba.vocabulary import AMONG
from wellbehaved.in_process import InProcessTransport

TOKEN = "a-token-for-tests"
MODELS = 326


def test_left_out_draws_are_as_many_as_fit_and_no_more_than_usual() -> None:
    budget = SamplingBudget(20_000_000)
    assert budget.draws(None, 326, "filtered") == 10_000
    assert budget.draws(None, 30_000, "filtered") == 666
    assert budget.draws(666, 30_000, "filtered") == 666
    assert budget.draws(20_000, 1_000, "filtered") == 20_000
    assert budget.draws(20_000, 0, "filtered") == 20_000
    assert SamplingBudget().draws(20_000, 100_000, "filtered") == 20_000
    assert SamplingBudget().draws(None, 100_000, "filtered") == 10_000


def test_too_many_draws_are_refused_with_the_number_that_would_do() -> None:
    with pytest.raises(ProblemError) as refused:
        SamplingBudget(20_000_000).draws(667, 30_000, "filtered")
    assert (refused.value.status, refused.value.code) == (422, "too_many_draws")
    assert refused.value.detail == (
        "draws is 667: with 30,000 models that is 20,010,000 sampled scores, and without a token at most "
        "20,000,000 are answered."
    )
    assert refused.value.next_step.startswith("Send draws=666, ")


@pytest.mark.parametrize("asked", [None, 100])
def test_models_of_which_not_even_the_fewest_draws_fit_are_refused_with_the_number_that_would(
    asked: int | None,
) -> None:
    with pytest.raises(ProblemError) as refused:
        SamplingBudget(20_000_000).draws(asked, 200_001, "filtered")
    assert (refused.value.status, refused.value.code) == (422, "too_many_models")
    assert "at most 200,000 models" in refused.value.next_step
    assert SamplingBudget(20_000_000).draws(asked, 200_000, "filtered") == 100


def test_where_all_models_are_compared_the_advice_is_to_compare_the_filtered_ones() -> None:
    for asked, models in ((667, 30_000), (None, 200_001)):
        steps = []
        for among in AMONG:
            with pytest.raises(ProblemError) as refused:
                SamplingBudget(20_000_000).draws(asked, models, among)
            steps.append(refused.value.next_step)
        assert ["among=filtered" in step for step in steps] == [False, True]


@pytest.fixture
def service(study_file: Path, tmp_path: Path) -> Iterator[tuple[FastAPI, httpx.Client]]:
    """One whose budget is 150 draws of the study's models."""
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")
    settings = Settings(
        data_dir=tmp_path, token=SecretStr(TOKEN), max_sampled_scores=150 * MODELS, database_url=None, _env_file=None
    )
    app = create_app(settings)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://service") as client:
        yield app, client


@pytest.mark.parametrize("path", ["/v1/stability", "/v1/rank-intervals"])
def test_the_service_holds_who_has_no_token_to_the_budget(service: tuple[FastAPI, httpx.Client], path: str) -> None:
    _, client = service
    assert client.get(path).json()["draws"] == 150
    assert client.get(path, params={"draws": 150}).json()["draws"] == 150
    refused = client.get(path, params={"draws": 151})
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_draws")
    assert "draws=150" in refused.json()["next_step"]
    # Of fewer models more draws are the same work.
    assert client.get(path, params={"draws": 300, "architecture": "b-cos"}).json()["draws"] == 300
    owner = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get(path, params={"draws": 151}, headers=owner).json()["draws"] == 151
    assert client.get(path, headers=owner).json()["draws"] == 10_000


@pytest.mark.parametrize("path", ["/v1/stability", "/v1/rank-intervals", "/v1/decision-record"])
def test_an_answer_under_another_budget_has_another_name(study_file: Path, tmp_path: Path, path: str) -> None:
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")

    def answer(draws: int, held: str = "") -> httpx.Response:
        settings = Settings(data_dir=tmp_path, database_url=None, max_sampled_scores=draws * MODELS, _env_file=None)
        with httpx.Client(transport=InProcessTransport(create_app(settings)), base_url="http://service") as client:
            return client.get(path, headers={"If-None-Match": held})

    tag = answer(150).headers["etag"]
    assert answer(150, tag).status_code == 304
    changed = answer(160, tag)
    assert changed.status_code == 200
    document = changed.json()
    assert document.get("how_sure", document)["draws"] == 160


def test_a_decision_record_samples_what_fits_and_says_so(service: tuple[FastAPI, httpx.Client]) -> None:
    _, client = service
    assert client.get("/v1/decision-record").json()["how_sure"]["draws"] == 150


def request_of(looks_while_there: int) -> Request:
    """A request whose caller is there for so many looks."""
    looks = 0

    async def receive() -> Message:
        nonlocal looks
        looks += 1
        if looks <= looks_while_there:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    return Request({"type": "http"}, receive)


def test_a_caller_who_left_is_noticed_and_asked_after_now_and_then_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(sampling, "monotonic", lambda: now)

    def compute() -> None:
        nonlocal now
        require_caller = caller_check(request_of(1))
        require_caller()
        # Gone by now, but it is too early to look again.
        now += 0.9 * sampling.LOOK_SECONDS
        require_caller()
        now += 0.2 * sampling.LOOK_SECONDS
        with pytest.raises(ProblemError) as left:
            require_caller()
        assert (left.value.status, left.value.code) == (CALLER_LEFT, "caller_left")

    async def run() -> None:
        await anyio.to_thread.run_sync(compute)

    anyio.run(run)


LONG = ("/v1/stability", "/v1/rank-intervals", "/v1/decision-record")


@pytest.mark.parametrize("path", LONG)
def test_a_long_answer_ends_when_its_caller_leaves_and_others_get_theirs(
    service: tuple[FastAPI, httpx.Client], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, client = service
    # Many blocks, and a look before each.
    monkeypatch.setattr(sampled_ranks, "MOST_BYTES", 64 * 8 * MODELS * 10)
    monkeypatch.setattr(sampling, "LOOK_SECONDS", 0.0)
    looks, sent = 0, []

    async def receive() -> Message:
        nonlocal looks
        looks += 1
        if looks < 3:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [],
            "server": ("service", 80), "client": ("caller", 1),
        }  # fmt: skip
        await app(scope, receive, send)

    anyio.run(ask)
    assert (sent[0]["status"], looks) == (CALLER_LEFT, 3)
    assert client.get(path).status_code == 200
