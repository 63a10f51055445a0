"""A hub that does not answer is said at once: a port where nobody listens, and a server that never speaks."""

import socket
from collections.abc import Iterator

import pytest
from huggingface_hub import constants

from evaluation.errors import WeightsUnavailable
from evaluation.models import hub


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


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
