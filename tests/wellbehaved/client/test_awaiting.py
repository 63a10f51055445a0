"""The client whose methods are awaited, on the real service and on answers that a test writes itself."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from backend.app import create_app
from backend.settings import Settings
from wellbehaved import ApiError, ApiUnreachable, AsyncClient, Client
from wellbehaved.client.following import ConnectionEnded

Handle = Callable[[httpx.Request], httpx.Response]


def scripted_client(handle: Handle, retries: int = 2) -> AsyncClient:
    return AsyncClient("http://service", "secret", retries=retries, transport=httpx.MockTransport(handle))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []

    async def note(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr("wellbehaved.client.awaiting.asyncio.sleep", note)
    return found


def test_both_clients_get_the_same_answers_of_the_service(service: Client, study_file: Path, tmp_path: Path) -> None:
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")
    app = create_app(Settings(data_dir=tmp_path, database_url=None, _env_file=None))

    expected = service.rankings.get({"accuracy": 2}, limit=5).frame
    front, resnet = service.comparisons.pareto(["accuracy", "shape_bias"]), service.models.get("resnet50")

    async def ask() -> None:
        async with (
            app.router.lifespan_context(app),
            AsyncClient("http://service", transport=httpx.ASGITransport(app)) as own,
        ):
            ranking, model, ready = await asyncio.gather(
                own.rankings.get({"accuracy": 2}, limit=5), own.models.get("resnet50"), own.ready()
            )
            assert (model, ready) == (resnet, True)
            assert ranking.frame.equals(expected)
            assert len(await own.models.list()) == 326
            assert (await own.comparisons.pareto(["accuracy", "shape_bias"])).equals(front)
            with pytest.raises(ApiError, match="unknown_model"):
                await own.models.get("no-such-model")

    asyncio.run(ask())


def test_a_service_that_is_away_is_asked_again(pauses: list[float]) -> None:
    away = httpx.Response(503, json={"code": "store_unavailable", "detail": "Away."}, headers={"Retry-After": "5"})
    answers = [away, away, httpx.Response(200, json={"a": 1})]
    assert asyncio.run(scripted_client(lambda _: answers.pop(0)).get("/v1/x")) == {"a": 1}
    assert pauses == [5.0, 5.0]
    with pytest.raises(ApiError, match="Away"):
        asyncio.run(scripted_client(lambda _: away, retries=0).get("/v1/x"))
    with pytest.raises(ApiError, match="Away"):
        asyncio.run(scripted_client(lambda _: away).models.delete("mine"))
    assert len(pauses) == 2


def test_nobody_answers() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ApiUnreachable, match="No answer from http://service"):
        asyncio.run(scripted_client(refuse).version())
    assert not asyncio.run(scripted_client(refuse).ready())


def test_a_call_that_is_cancelled_leaves_the_client_usable() -> None:
    started = asyncio.Event()

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/v1/slow":
                started.set()
                await asyncio.Event().wait()
            return httpx.Response(200, json={"a": 1})

    async def ask() -> object:
        async with AsyncClient("http://service", transport=Slow()) as client:
            slow = asyncio.create_task(client.get("/v1/slow"))
            await started.wait()
            # The loop is free for others while it waits.
            assert await client.get("/v1/quick") == {"a": 1}
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
            return await client.get("/v1/quick")

    assert asyncio.run(ask()) == {"a": 1}


def test_a_pause_can_be_cancelled() -> None:
    asked = asyncio.Event()

    def away(_: httpx.Request) -> httpx.Response:
        asked.set()
        return httpx.Response(503, json={}, headers={"Retry-After": "10"})

    async def ask() -> None:
        waiting = asyncio.create_task(scripted_client(away).get("/v1/x"))
        await asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(ask())


def test_a_file_is_sent_in_blocks_and_read_in_a_thread(tmp_path: Path) -> None:
    file = tmp_path / "mine.safetensors"
    file.write_bytes(bytes(2_500_000))
    blocks: list[int] = []
    told: list[tuple[int, int]] = []

    class Receiver(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.AsyncByteStream)
            blocks.extend([len(block) async for block in request.stream])
            assert request.headers["content-length"] == "2500000"
            assert request.url.params["sha256"] == hashlib.sha256(bytes(2_500_000)).hexdigest()
            return httpx.Response(201, json={"checkpoint_id": "c"})

    client = AsyncClient("http://service", "secret", transport=Receiver())
    upload: Awaitable[object] = client.checkpoints.upload(file, progress=lambda sent, size: told.append((sent, size)))
    assert asyncio.run(_awaited(upload)) == {"checkpoint_id": "c"}
    assert blocks == [1024 * 1024, 1024 * 1024, 2_500_000 - 2 * 1024 * 1024]
    assert told[-1] == (2_500_000, 2_500_000)


async def _awaited(value: Awaitable[object]) -> object:
    return await value


class Broken(httpx.AsyncByteStream):
    """A connection that ends in the middle."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._text
        raise httpx.ReadError("reset")


def event(state: str) -> bytes:
    return f'id: {state}-1\nevent: change\ndata: {{"state": "{state}"}}\n\n: beat\n\n'.encode()


async def states(client: AsyncClient) -> list[str]:
    return [each["state"] async for each in client.evaluations.follow("ev-1")]


def test_following_takes_a_broken_connection_up_again(pauses: list[float]) -> None:
    seen: list[str | None] = []
    answers = [
        httpx.Response(200, stream=Broken(event("queued"))),
        httpx.Response(200, content=event("running")),
        httpx.Response(200, content=event("succeeded") + event("never read")),
    ]

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("last-event-id"))
        return answers.pop(0)

    assert asyncio.run(states(scripted_client(handle))) == ["queued", "running", "succeeded"]
    assert seen == [None, "queued-1", "running-1"]
    assert len(pauses) == 2


@pytest.mark.usefixtures("pauses")
def test_following_gives_up_when_nothing_answers() -> None:
    with pytest.raises(ConnectionEnded, match="broke off"):
        asyncio.run(states(scripted_client(lambda _: httpx.Response(200, content=b": beat\n\n"))))
    with pytest.raises(ApiError, match="unknown_evaluation"):
        asyncio.run(states(scripted_client(lambda _: httpx.Response(404, json={"code": "unknown_evaluation"}))))


def test_a_name_with_unusual_ends_of_lines_is_followed_as_it_is() -> None:
    content = 'data: {"state": "failed", "name": "a\x85b\u2028c\u2029d"}\n\n'.encode()

    async def names() -> list[object]:
        client = scripted_client(lambda _: httpx.Response(200, content=content))
        return [dict(each)["name"] async for each in client.evaluations.follow("ev-1")]

    assert asyncio.run(names()) == ["a\x85b\u2028c\u2029d"]
