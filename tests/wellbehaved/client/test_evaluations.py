"""The client's evaluations: what is asked, and following one through connections that break."""

from collections.abc import Callable, Iterator

import httpx
import orjson
import pytest

from wellbehaved import ApiError, ApiUnreachable, Client
from wellbehaved.client.following import ConnectionEnded

Handle = Callable[[httpx.Request], httpx.Response]


def scripted_client(handle: Handle) -> Client:
    return Client("http://service", token="secret", transport=httpx.MockTransport(handle))


def test_the_calls_reach_their_paths() -> None:
    asked: list[tuple[str, str, object]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        body = request.read()
        asked.append((request.method, request.url.raw_path.decode(), orjson.loads(body) if body else None))
        return httpx.Response(200, json={"items": []})

    client = scripted_client(handle)
    client.evaluations.submit(
        checkpoint_id="c", architecture="resnet18", dimensions=["accuracy"], samples_per_class=None
    )
    client.evaluations.submit(model="resnet18")
    client.evaluations.get("ev/1")
    client.evaluations.list(state="queued,running", limit=5)
    client.evaluations.cancel("ev-1")
    client.evaluations.retry("ev-1")
    client.evaluations.delete("ev-1")
    client.evaluations.workers()
    client.evaluations.study()
    client.evaluations.architectures("resnet 18")
    assert asked == [
        ("POST", "/v1/evaluations", {"checkpoint_id": "c", "architecture": "resnet18", "dimensions": ["accuracy"]}),
        ("POST", "/v1/evaluations", {"model": "resnet18"}),
        ("GET", "/v1/evaluations/ev%2F1", None),
        ("GET", "/v1/evaluations?state=queued%2Crunning&limit=5", None),
        ("POST", "/v1/evaluations/ev-1/cancel", {}),
        ("POST", "/v1/evaluations/ev-1/retry", {}),
        ("DELETE", "/v1/evaluations/ev-1", None),
        ("GET", "/v1/workers", None),
        ("GET", "/v1/study", None),
        ("GET", "/v1/architectures?q=resnet+18", None),
    ]


class Broken(httpx.SyncByteStream):
    """A connection that ends in the middle."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def __iter__(self) -> Iterator[bytes]:
        yield self._text
        raise httpx.ReadError("reset")


def event(state: str) -> bytes:
    return f'id: {state}-1\nevent: change\ndata: {{"state": "{state}"}}\n\n: beat\n\n'.encode()


def test_following_takes_a_broken_connection_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellbehaved.client.following.RECONNECT_SECONDS", 0.0)
    seen: list[str | None] = []
    answers = iter(
        [
            httpx.Response(200, stream=Broken(event("queued"))),
            httpx.Response(200, content=event("running")),
            httpx.Response(200, content=event("succeeded") + event("never read")),
        ]
    )

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("last-event-id"))
        return next(answers)

    states = [each["state"] for each in scripted_client(handle).evaluations.follow("ev-1")]
    assert states == ["queued", "running", "succeeded"]
    assert seen == [None, "queued-1", "running-1"]


def test_following_gives_up_when_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellbehaved.client.following.RECONNECT_SECONDS", 0.0)

    def unreachable(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ApiUnreachable):
        list(scripted_client(unreachable).evaluations.follow("ev-1"))
    with pytest.raises(ConnectionEnded, match="broke off"):
        list(scripted_client(lambda _: httpx.Response(200, content=b": beat\n\n")).evaluations.follow("ev-1"))
    with pytest.raises(ApiError, match="unknown_evaluation"):
        list(
            scripted_client(lambda _: httpx.Response(404, json={"code": "unknown_evaluation"})).evaluations.follow(
                "ev-1"
            )
        )


def test_a_name_with_unusual_ends_of_lines_is_followed_as_it_is() -> None:
    content = 'data: {"state": "failed", "name": "a\x85b\u2028c\u2029d"}\n\n'.encode()
    client = scripted_client(lambda _: httpx.Response(200, content=content))
    assert [dict(each)["name"] for each in client.evaluations.follow("ev-1")] == ["a\x85b\u2028c\u2029d"]
