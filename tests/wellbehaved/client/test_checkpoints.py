"""The client's checkpoints: files are sent in blocks."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from wellbehaved import ApiError, Client

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
    answer = client.checkpoints.upload(file, progress=lambda sent, size: told.append((sent, size)))
    asked = receiver.requests
    assert receiver.blocks == [1024 * 1024, 1024 * 1024, 2_500_000 - 2 * 1024 * 1024]
    assert answer["checkpoint_id"] == "c"
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
        scripted_client(lambda _: httpx.Response(422, json=problem)).checkpoints.upload(file)
    assert caught.value.next_step == "Save tensors."


def test_the_other_calls_ask_what_their_names_say(sent: Callable[[Callable[[Client], object]], object]) -> None:
    assert sent(lambda own: own.checkpoints.architectures("c/1")) == [
        ("GET", "/v1/checkpoints/c%2F1/architectures", None)
    ]
    assert sent(lambda own: own.checkpoints.delete("c1")) == [("DELETE", "/v1/checkpoints/c1", None)]
