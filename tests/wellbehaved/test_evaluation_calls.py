import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from wellbehaved import ApiError, ApiUnreachable, Client
from wellbehaved.evaluation_calls import ConnectionEnded

Handle = Callable[[httpx.Request], httpx.Response]


def scripted_client(handle: Handle) -> Client:
    return Client("http://service", token="secret", transport=httpx.MockTransport(handle))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my weights.safetensors"
    path.write_bytes(bytes(2_500_000))
    return path


class Receiver(httpx.BaseTransport):
    """A service that notes how a body arrives; httpx's own stand-in would read it as a whole first."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.blocks: list[int] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        self.blocks = [len(block) for block in request.stream]
        self.requests.append(request)
        return httpx.Response(201, json={"checkpoint_id": "c"})


def test_a_file_is_sent_in_blocks_with_its_digest_and_length(file: Path) -> None:
    receiver = Receiver()
    told: list[tuple[int, int]] = []
    client = Client("http://service", token="secret", transport=receiver)
    answer = client.upload_checkpoint(file, progress=lambda sent, size: told.append((sent, size)))
    asked = receiver.requests
    assert receiver.blocks == [1024 * 1024, 1024 * 1024, 2_500_000 - 2 * 1024 * 1024]
    assert answer == {"checkpoint_id": "c"}
    assert dict(asked[0].url.params) == {
        "filename": "my weights.safetensors", "sha256": hashlib.sha256(bytes(2_500_000)).hexdigest()
    }  # fmt: skip
    assert asked[0].headers["content-length"] == "2500000"
    assert "transfer-encoding" not in asked[0].headers
    assert asked[0].headers["authorization"] == "Bearer secret"
    assert told[-1] == (2_500_000, 2_500_000)
    assert len(told) == 3


def test_a_refused_file_tells_why(file: Path) -> None:
    problem = {"code": "unsafe_pickle", "detail": "It imports os.", "next_step": "Save tensors."}
    with pytest.raises(ApiError, match="unsafe_pickle") as caught:
        scripted_client(lambda _: httpx.Response(422, json=problem)).upload_checkpoint(file)
    assert caught.value.next_step == "Save tensors."


def test_the_calls_reach_their_paths() -> None:
    asked: list[tuple[str, str, object]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        body = request.read()
        asked.append((request.method, request.url.raw_path.decode(), orjson.loads(body) if body else None))
        return httpx.Response(200, json={"items": []})

    client = scripted_client(handle)
    client.submit(checkpoint_id="c", architecture="resnet18", dimensions=["accuracy"], samples_per_class=None)
    client.submit(model="resnet18")
    client.evaluation("ev/1")
    client.evaluations(state="queued,running", limit=5)
    client.cancel("ev-1")
    client.retry("ev-1")
    client.publish("mine")
    client.workers()
    client.architectures("resnet 18")
    assert asked == [
        ("POST", "/v1/evaluations", {"checkpoint_id": "c", "architecture": "resnet18", "dimensions": ["accuracy"]}),
        ("POST", "/v1/evaluations", {"model": "resnet18"}),
        ("GET", "/v1/evaluations/ev%2F1", None),
        ("GET", "/v1/evaluations?state=queued%2Crunning&limit=5", None),
        ("POST", "/v1/evaluations/ev-1/cancel", {}),
        ("POST", "/v1/evaluations/ev-1/retry", {}),
        ("POST", "/v1/models/mine/publish", {}),
        ("GET", "/v1/workers", None),
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
    monkeypatch.setattr("wellbehaved.evaluation_calls._RECONNECT_SECONDS", 0.0)
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

    states = [each["state"] for each in scripted_client(handle).follow("ev-1")]
    assert states == ["queued", "running", "succeeded"]
    assert seen == [None, "queued-1", "running-1"]


def test_following_gives_up_when_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellbehaved.evaluation_calls._RECONNECT_SECONDS", 0.0)

    def unreachable(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ApiUnreachable):
        list(scripted_client(unreachable).follow("ev-1"))
    with pytest.raises(ConnectionEnded, match="broke off"):
        list(scripted_client(lambda _: httpx.Response(200, content=b": beat\n\n")).follow("ev-1"))
    with pytest.raises(ApiError, match="unknown_evaluation"):
        list(scripted_client(lambda _: httpx.Response(404, json={"code": "unknown_evaluation"})).follow("ev-1"))
