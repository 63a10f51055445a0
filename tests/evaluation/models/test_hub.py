"""A hub that does not answer is said at once: a port where nobody listens, and a server that never speaks."""

import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import httpx
import pytest
from huggingface_hub import constants

from evaluation.errors import WeightsUnavailable
from evaluation.models import hub


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> hub._Silence:
    """Nothing is known of the hub at first."""
    monkeypatch.setattr(hub, "_silence", hub._Silence())
    return hub._silence


@pytest.mark.parametrize("closed", [True, False])
def test_a_hub_that_does_not_answer(server: socket.socket, monkeypatch: pytest.MonkeyPatch, closed: bool) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
    monkeypatch.setattr(hub, "_PATIENCE_SECONDS", 0.2)
    if closed:
        server.close()
    with pytest.raises(WeightsUnavailable, match="does not answer"):
        hub.require_reachable("resnet50.a1_in1k", "timm/no-such-repository")


def test_it_is_patient_for_less_than_ten_seconds() -> None:
    assert hub._PATIENCE_SECONDS * 2 < 10


def test_weights_that_lie_elsewhere_are_not_asked_for() -> None:
    hub.require_reachable("mine", None)


def test_a_name_that_is_looked_up_for_minutes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Event()

    def head(*_: object, **__: object) -> httpx.Response:
        over.wait(60)
        return httpx.Response(200)

    monkeypatch.setattr(httpx, "head", head)
    monkeypatch.setattr(hub, "_PATIENCE_SECONDS", 0.05)
    with pytest.raises(WeightsUnavailable, match="pass it with --weights FILE"):
        hub.require_reachable("resnet50.a1_in1k", "timm/no-such-repository")
    assert not over.is_set()
    over.set()


def test_a_hub_that_answers_at_all_is_left_to_the_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx, "head", lambda *_, **__: httpx.Response(404))
    hub.require_reachable("resnet50.a1_in1k", "timm/no-such-repository")


def test_a_silent_hub_is_asked_again_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, now = [], 1_000.0

    def head(address: str, **_: float) -> httpx.Response:
        asked.append(address)
        raise httpx.ConnectTimeout("nothing")

    monkeypatch.setattr(httpx, "head", head)
    monkeypatch.setattr("evaluation.models.hub.time.monotonic", lambda: now)
    for seconds, times in ((0, 1), (1, 1), (hub._REMEMBERED_SECONDS - 2, 1), (2, 2)):
        now += seconds
        with pytest.raises(WeightsUnavailable):
            hub.require_reachable("resnet50.a1_in1k", "timm/no-such-repository")
        assert len(asked) == times


@pytest.mark.parametrize("repository", ["timm/net", "timm/net/"])
def test_what_filled_the_disk_is_removed_from_the_hubs_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: str
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    blobs = tmp_path / "models--timm--net" / "blobs"
    blobs.mkdir(parents=True)
    for name in ("0123.incomplete", "4567"):
        (blobs / name).touch()
    hub.remove_unfinished_of_hub(None)
    hub.remove_unfinished_of_hub("timm/another")
    assert len(list(blobs.iterdir())) == 2
    hub.remove_unfinished_of_hub(repository)
    assert [each.name for each in blobs.iterdir()] == ["4567"]
