"""A request under a key happens once, in whichever process, and each answer says the truth."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from backend import idempotent_route
from backend.app import create_app
from backend.below_root import public_path
from backend.idempotent_route import HEADER, REPLAYED, IdempotentRoute
from backend.problems import ProblemError
from backend.settings import Settings
from backend.store import idempotency_keys
from backend.store.errors import StoreUnavailable
from wellbehaved.in_process import InProcessTransport

TOKEN = "a-token-for-tests"
PATIENCE = 20.0
Made = Callable[..., httpx.Client]


class Making:
    """A path that creates something, as the test says."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.status = 201
        self.answer = b'{"made": true}'
        self.problem: Exception | None = None
        self.reads = True
        self.entered, self.goes_on = threading.Event(), threading.Event()
        self.goes_on.set()

    async def make(self, request: Request) -> Response:
        self.bodies.append(await request.body() if self.reads else b"unread")
        self.entered.set()
        await asyncio.to_thread(self.goes_on.wait, PATIENCE)
        if self.problem is not None:
            raise self.problem
        headers = {"Location": public_path(request.scope, "/x/1"), "X-Other": "1"}
        return Response(self.answer, self.status, headers, media_type="application/json")


@pytest.fixture
def making() -> Making:
    return Making()


@pytest.fixture
def serve(study_sqlite_url: str, tmp_path: Path, making: Making) -> Iterator[Made]:
    """Services on one store, each with the path /makes."""
    open_clients: list[httpx.Client] = []

    def start(token: str = TOKEN, root_path: str = "") -> httpx.Client:
        settings = Settings(
            data_dir=tmp_path, database_url=SecretStr(study_sqlite_url), token=SecretStr(token), root_path=root_path,
            _env_file=None,
        )  # fmt: skip
        app = create_app(settings)
        app.router.routes.append(IdempotentRoute("/makes", making.make, methods=["POST"]))
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.Client(transport=InProcessTransport(app), base_url="http://service", headers=headers)
        open_clients.append(client)
        return client

    yield start
    for client in open_clients:
        client.close()


def send(service: httpx.Client, key: str | None = '"k"', body: bytes = b"a", path: str = "/makes") -> httpx.Response:
    return service.post(path, content=body, headers={} if key is None else {HEADER: key})


def test_the_same_again_has_the_same_answer_in_another_process_too(serve: Made, making: Making) -> None:
    first = send(serve())
    for again in (send(serve()), send(serve(), "k")):
        assert (again.status_code, again.content) == (first.status_code, first.content) == (201, making.answer)
        assert again.headers["location"] == "/x/1"
        assert again.headers["content-type"] == "application/json"
        assert again.headers[REPLAYED] == "true"
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert REPLAYED not in first.headers
    assert making.bodies == [b"a"]


def test_the_same_is_the_same_below_another_path_of_a_proxy(serve: Made, making: Making) -> None:
    assert send(serve()).headers["location"] == "/x/1"
    for path in ("/makes", "/rank/makes"):
        again = send(serve(root_path="/rank"), path=path)
        assert (again.status_code, again.headers.get(REPLAYED)) == (201, "true"), path
        # Where the thing is now, and not where it was.
        assert again.headers["location"] == "/rank/x/1"
    assert making.bodies == [b"a"]
    assert send(serve(root_path="/rank"), key="other").headers["location"] == "/rank/x/1"
    assert send(serve(root_path="/models"), key="other").headers["location"] == "/models/x/1"
    assert send(serve(), key="other").headers["location"] == "/x/1"


def test_without_a_key_or_with_another_it_happens_again(serve: Made, making: Making) -> None:
    service = serve()
    for key in (None, None, "k", "l"):
        assert send(service, key).status_code == 201
    assert len(making.bodies) == 4


@pytest.mark.parametrize(("body", "path"), [(b"b", "/makes"), (b"", "/makes"), (b"a", "/makes?x=1"), (b"aa", "/makes")])
def test_another_request_under_the_same_key_is_refused(serve: Made, making: Making, body: bytes, path: str) -> None:
    service = serve()
    send(service)
    answer = send(service, body=body, path=path)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert making.bodies == [b"a"]


def test_while_the_first_is_answered_the_second_is_asked_to_come_back(serve: Made, making: Making) -> None:
    making.goes_on.clear()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(send, serve())
        try:
            assert making.entered.wait(PATIENCE)
            second = send(serve())
        finally:
            making.goes_on.set()
        assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_in_use")
        assert int(second.headers["retry-after"]) >= 1
        assert first.result(PATIENCE).status_code == 201
    assert send(serve()).headers[REPLAYED] == "true"
    assert making.bodies == [b"a"]


@pytest.mark.parametrize("problem", [ProblemError(422, "wrong", "Wrong.", "Correct it."), RuntimeError("on purpose")])
def test_a_refusal_is_not_kept(serve: Made, making: Making, problem: Exception) -> None:
    service = serve()
    making.problem = problem
    assert send(service).status_code in {422, 500}
    making.problem = None
    # Corrected, under the same key.
    answer = send(service, body=b"b")
    assert (answer.status_code, REPLAYED in answer.headers) == (201, False)


def test_an_answer_that_says_no_is_not_kept_either(serve: Made, making: Making) -> None:
    making.status = 302
    service = serve()
    assert [send(service).status_code for _ in range(2)] == [302, 302]
    assert len(making.bodies) == 2


def test_an_answer_that_is_too_long_is_not_kept(serve: Made, making: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotent_route, "MOST_BYTES", len(making.answer) - 1)
    service = serve()
    assert [REPLAYED in send(service).headers for _ in range(2)] == [False, False]


def test_what_the_route_left_unread_counts(serve: Made, making: Making) -> None:
    making.reads = False
    service = serve()
    send(service, body=b"one")
    assert send(service, body=b"one").headers[REPLAYED] == "true"
    assert send(service, body=b"two").status_code == 422


def test_what_the_route_left_unread_is_read_within_bounds(
    serve: Made, making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    making.reads = False
    monkeypatch.setattr(idempotent_route, "MOST_BYTES", 20)
    service = serve()

    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield b"x" * 1000

    headers = {HEADER: "k"}
    assert service.post("/makes", content=endless(), headers=headers).status_code == 201
    assert REPLAYED not in service.post("/makes", content=b"short", headers=headers).headers


@pytest.mark.parametrize(
    "key", ["", "two words", '"half', 'half"', '"', "x" * 256, "a,b", "é".encode().decode("latin-1")]
)
def test_what_is_no_key_is_refused(serve: Made, making: Making, key: str) -> None:
    answer = serve().post("/makes", headers=[(HEADER.encode(), key.encode("latin-1"))])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_idempotency_key")
    assert making.bodies == []


def test_two_keys_are_refused(serve: Made, making: Making) -> None:
    answer = serve().post("/makes", headers=[(HEADER, "a"), (HEADER, "b")])
    assert answer.json()["code"] == "invalid_idempotency_key"


def test_another_tokens_keys_are_its_own(serve: Made, making: Making) -> None:
    send(serve())
    assert REPLAYED not in send(serve("another-token")).headers
    assert len(making.bodies) == 2


def test_without_the_token_no_key_is_kept(serve: Made, making: Making) -> None:
    service = serve()
    del service.headers["Authorization"]
    assert [REPLAYED in send(service).headers for _ in range(2)] == [False, False]
    assert service.post("/v1/evaluations", json={}, headers={HEADER: "k"}).status_code == 401


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    serve: Made, making: Making, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any) -> bool:  # noqa: ANN401 - whatever it is called with
        raise StoreUnavailable("away")

    monkeypatch.setattr(idempotency_keys, "keep", away)
    service = serve()
    assert send(service).status_code == 201
    assert "is not kept: away" in caplog.text
    assert send(service).status_code == 409


def test_a_long_request_keeps_its_key(serve: Made, making: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = threading.Event()
    outcomes = iter((StoreUnavailable("away"), None))

    def renew(*_: Any) -> bool:  # noqa: ANN401 - whatever it is called with
        if (error := next(outcomes, None)) is not None:
            raise error
        renewed.set()
        return True

    monkeypatch.setattr(idempotent_route, "_RENEW_SECONDS", 0.001)
    monkeypatch.setattr(idempotency_keys, "renew", renew)
    making.goes_on.clear()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(send, serve())
        try:
            # Also after the store was away for a moment.
            assert renewed.wait(PATIENCE)
        finally:
            making.goes_on.set()
        assert first.result(PATIENCE).status_code == 201


def test_every_path_that_creates_takes_a_key_and_says_so(tmp_path: Path) -> None:
    app: FastAPI = create_app(Settings(data_dir=tmp_path, database_url=None, _env_file=None))
    taking = {
        path
        for path, operations in app.openapi()["paths"].items()
        if any(each["name"] == HEADER for each in operations.get("post", {}).get("parameters", ()))
    }
    assert {
        "/v1/evaluations",
        "/v1/checkpoints",
        "/v1/benchmarks",
        "/v1/imports",
        "/v1/dimensions",
        "/v1/presets",
    } <= taking
    for path in taking:
        answers = app.openapi()["paths"][path]["post"]["responses"]
        assert {"409", "422"} <= set(answers), path
        created = next(answer for status, answer in answers.items() if status.startswith("2"))
        assert REPLAYED in created["headers"], path


def test_an_evaluation_is_asked_for_once(serve: Made) -> None:
    services = serve(), serve()
    first, again = (
        each.post("/v1/evaluations", json={"model": "resnet18.a1_in1k"}, headers={HEADER: "mine"}) for each in services
    )
    assert first.status_code == 202
    # Without the key, `created` would be false the second time.
    assert again.json() == first.json()
    assert again.json()["created"] is True
    assert again.headers["location"] == first.headers["location"]
