"""One method, two clients: what a reader sees of it."""

import inspect

import httpx
import pytest

from wellbehaved import AsyncClient, Client
from wellbehaved.client.calls import call, segment, stream
from wellbehaved.client.evaluations import Evaluations
from wellbehaved.client.rankings import Rankings

TRANSPORT = httpx.MockTransport(lambda _: httpx.Response(200, json={"items": []}))


@pytest.mark.parametrize(
    "client", [Client("http://s", transport=TRANSPORT), AsyncClient("http://s", transport=TRANSPORT)]
)
def test_a_method_shows_its_name_arguments_and_text(client: Client | AsyncClient) -> None:
    method = client.rankings.get
    assert method.__name__ == "get"
    assert (method.__doc__ or "").startswith("Models ranked under your weights.")
    assert list(inspect.signature(method).parameters) == ["weights", "filters", "sort", "limit", "settings"]
    assert list(inspect.signature(client.evaluations.follow).parameters) == ["evaluation_id"]


def test_a_class_shows_the_text_too() -> None:
    assert isinstance(Rankings.get, call)
    assert isinstance(Evaluations.follow, stream)
    assert (Rankings.get.__doc__ or "").startswith("Models ranked")
    assert (Evaluations.follow.__doc__ or "").startswith("The evaluation again")


def test_wrong_arguments_are_refused_before_anything_is_asked() -> None:
    client = Client("http://s", transport=httpx.MockTransport(lambda _: pytest.fail("asked")))
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'model_id'"):
        client.models.get(modell="resnet50")  # type: ignore[call-arg]


def test_a_name_stays_one_segment() -> None:
    assert segment("../imports?x=1#y z") == "..%2Fimports%3Fx%3D1%23y%20z"
