"""So many requests a minute of one address, on a clock that the test moves."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.types import Message, Scope

import backend.rate_limits
from backend.app import create_app
from backend.rate_limits import FREE, RateLimits
from backend.settings import Settings
from wellbehaved.in_process import InProcessTransport


class Service:
    """A service of six requests a minute, asked from any address at any time."""

    def __init__(self, per_minute: int = 6) -> None:
        self.now = 1000.0
        self._limits = RateLimits(PlainTextResponse("found"), per_minute, clock=lambda: self.now)

    def ask(
        self, client: tuple[str, int] | None = ("192.0.2.1", 1), path: str = "/v1/rankings"
    ) -> tuple[int, str | None]:
        """Status and Retry-After of one answer."""
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        scope: Scope = {
            "type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "client": client,
        }  # fmt: skip
        asyncio.run(self._limits(scope, None, send))  # type: ignore[arg-type]
        headers = dict(sent[0]["headers"])
        wait = headers.get(b"retry-after")
        return sent[0]["status"], wait and wait.decode()

    def statuses(self, count: int) -> list[int]:
        return [self.ask()[0] for _ in range(count)]


def test_a_minutes_worth_may_come_at_once_and_comes_back_evenly() -> None:
    service = Service()
    assert service.statuses(8) == [200] * 6 + [429] * 2
    assert service.ask() == (429, "10")
    service.now += 4
    assert service.ask() == (429, "6")
    service.now += 6
    assert service.statuses(2) == [200, 429]
    service.now += 25
    assert service.statuses(3) == [200, 200, 429]
    service.now += 3600
    assert service.statuses(7) == [200] * 6 + [429]


@pytest.mark.parametrize("per_minute", [1, 7, 60, 1000])
def test_a_steady_caller_is_never_refused(per_minute: int) -> None:
    service = Service(per_minute)
    for _ in range(3 * per_minute):
        assert service.ask()[0] == 200
        service.now += 60 / per_minute


def test_each_address_has_its_own_and_a_site_of_ipv6_has_one() -> None:
    service = Service(1)
    for client in (
        ("192.0.2.1", 1),
        ("192.0.2.2", 1),
        ("2001:db8::1", 1),
        ("2001:db8:0:1::1", 1),
        ("::ffff:192.0.2.3", 1),
        ("::ffff:192.0.2.4", 1),
    ):
        assert service.ask(client)[0] == 200, client
    for client in (("192.0.2.1", 2), ("2001:db8::2", 1), ("2001:db8::ffff:0:0:1", 1)):
        assert service.ask(client)[0] == 429, client
    # A socket of the system has no address: all who ask by it are one.
    assert [service.ask(client)[0] for client in (None, ("", 0), ("testclient", 1), ("testclient", 2))] == [
        200,
        429,
        200,
        429,
    ]


def test_watching_is_free() -> None:
    service = Service(1)
    for path in FREE:
        assert [service.ask(path=path)[0] for _ in range(3)] == [200] * 3


def test_callers_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend.rate_limits, "_MOST_CALLERS", 2)
    service = Service(1)
    assert [service.ask((f"192.0.2.{number}", 1))[0] for number in (1, 2, 3)] == [200] * 3
    assert [service.ask((f"192.0.2.{number}", 1))[0] for number in (3, 2, 1)] == [429, 429, 200]


TOKEN = "a-token-for-tests"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[httpx.Client]:
    settings = Settings(
        data_dir=tmp_path, database_url=None, token=SecretStr(TOKEN), requests_per_minute=2, _env_file=None
    )
    with httpx.Client(transport=InProcessTransport(create_app(settings)), base_url="http://service") as client:
        yield client


def test_the_setting_holds_for_the_service(service: httpx.Client) -> None:
    assert [service.get("/v1/presets").status_code for _ in range(2)] == [200, 200]
    answer = service.get("/v1/presets", headers={"X-Request-ID": "mine"})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["request_id"]) == (429, "too_many_requests", "mine")
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert "2 requests a minute" in problem["detail"]
    assert answer.headers["x-request-id"] == "mine"
    assert service.get("/v1/health").status_code == 200


def refusal_count(service: httpx.Client) -> float:
    """How many refusals the service's counters have."""
    text = service.get("/metrics").text
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in text.splitlines()
        if line.startswith("wellbehaved_requests_total{") and 'status="429"' in line
    )


def test_the_counters_see_what_is_refused(service: httpx.Client) -> None:
    before = refusal_count(service)
    assert {service.get("/v1/presets").status_code for _ in range(20)} == {200, 429}
    assert refusal_count(service) > before


def test_who_has_the_token_is_not_counted_and_who_guesses_it_is(service: httpx.Client) -> None:
    def statuses(token: str) -> list[int]:
        headers = {"Authorization": f"Bearer {token}"}
        return [service.get("/v1/presets", headers=headers).status_code for _ in range(20)]

    assert statuses(TOKEN) == [200] * 20
    guesses = statuses("guess")
    # What was asked with the token has spent nothing of the address's.
    assert (guesses[0] != 429, guesses[-1]) == (True, 429)
    assert statuses(TOKEN) == [200] * 20


def test_what_is_not_http_passes() -> None:
    passed = []

    async def app(scope: object, receive: object, send: object) -> None:
        passed.append(scope)

    asyncio.run(RateLimits(app, 1)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert passed == [{"type": "lifespan"}]


def test_without_the_setting_there_is_no_bound(client: httpx.Client) -> None:
    assert {client.get("/v1/presets").status_code for _ in range(50)} == {200}


def test_the_token_is_read_beside_the_event_loop(service: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def noted(_request: object) -> bool:
        threads.append(threading.current_thread())
        # Only a thread of the pool has none of its own.
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return True

    monkeypatch.setattr(backend.rate_limits, "has_token", noted)
    for _ in range(3):
        assert service.get("/v1/presets", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert len(threads) == 3
    # Without a token there is nothing to compare.
    service.get("/v1/presets")
    assert len(threads) == 3
