"""What the service is about, and any path."""

from collections.abc import Callable

import httpx
import pytest

from wellbehaved import Client
from wellbehaved.client import AsyncClient
from wellbehaved.client.calls import call
from wellbehaved.client.service import Service

Ask = Callable[[Client], object]
PARTS = ("benchmarks", "checkpoints", "comparisons", "evaluations", "models", "rankings", "results")


@pytest.mark.parametrize(
    ("ask", "asked"),
    [
        (lambda own: own.dimensions(), ("GET", "/v1/dimensions", None)),
        (lambda own: own.presets(), ("GET", "/v1/presets", None)),
        (lambda own: own.flags(), ("GET", "/v1/flags", None)),
        (lambda own: own.findings(quality="screened"), ("GET", "/v1/findings?quality=screened", None)),
        (lambda own: own.version(), ("GET", "/v1/version", None)),
        (lambda own: own.ready(), ("GET", "/v1/ready", None)),
        (lambda own: own.get("/v1/x", {"a": "1"}), ("GET", "/v1/x?a=1", None)),
        (lambda own: own.content("/v1/x", {"a": "1"}), ("GET", "/v1/x?a=1", None)),
        (lambda own: own.post("/v1/x", {"a": 1}), ("POST", "/v1/x", {"a": 1})),
        (lambda own: own.delete("/v1/x"), ("DELETE", "/v1/x", None)),
    ],
)
def test_every_call_asks_what_its_name_says(sent: Callable[[Ask], object], ask: Ask, asked: object) -> None:
    assert sent(ask) == [asked]


def test_a_page_that_is_no_json_is_no_fault_of_the_question_whether_it_is_ready() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=b"<html>"))
    assert Client("http://s", transport=transport).ready()
    problem = httpx.MockTransport(lambda _: httpx.Response(502, content=b"<html>"))
    assert not Client("http://s", transport=problem).ready()


def test_both_clients_have_the_same_parts_and_methods() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    clients = (Client("http://s", transport=transport), AsyncClient("http://s", transport=transport))
    for name in PARTS:
        own, awaited = (getattr(client, name) for client in clients)
        assert type(own) is type(awaited)
    assert isinstance(clients[0], Service)
    assert isinstance(clients[1], Service)
    calls = {name for name, value in vars(Service).items() if isinstance(value, call)}
    assert not calls & set(vars(Client))
    assert not calls & set(vars(AsyncClient))
