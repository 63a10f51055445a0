"""A preset of one's own from the weights of the view."""

from collections.abc import Callable

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import catalogue as source
from dashboard.components.save_preset import NAME, SAVE, key_of
from tests.dashboard.conftest import OwnInstance
from wellbehaved import Client

RunPage = Callable[..., AppTest]
LINES = "from dashboard.components import save_preset\nsave_preset.show()"


def save(page: AppTest, name: str) -> AppTest:
    page.text_input(key=NAME).set_value(name)
    return page.button(key=SAVE).click().run()


def test_the_weights_of_the_view_become_a_preset(own_instance: OwnInstance, alone: RunPage) -> None:
    page = save(alone(LINES, **{"preset": "accuracy", "w.shape_bias": "2"}), "Our cämeras")
    assert [each.value for each in page.success] == ["Our cämeras stands among the presets now."]
    found = source.catalogue().presets["our-cameras"]
    assert found.label == "Our cämeras"
    assert {key: weight for key, weight in found.weights.items() if weight} == {"accuracy": 1, "shape_bias": 2}
    assert "our-cameras" in source.catalogue().vocabulary.presets


def test_a_name_that_is_taken_is_refused_with_the_reason(own_instance: OwnInstance, alone: RunPage) -> None:
    save(alone(LINES), "Mine")
    page = save(alone(LINES, preset="accuracy"), "Mine")
    assert "already" in page.error[0].value
    assert not page.success
    assert "comes with the program" in save(page, "Paper").error[0].value
    assert save(page, " ").error[0].value == "Give the preset a name first."


def test_without_the_token_the_way_to_it_is_said(
    own_instance: OwnInstance, alone: RunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(source.OWN_TOKEN)
    page = alone(LINES)
    assert "give it on the page Evaluate" in page.caption[0].value
    assert not page.text_input


def test_a_service_that_is_away_is_said(
    own_instance: OwnInstance, alone: RunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise httpx.ConnectError("gone")
        return own_instance.transport.handle_request(request)

    broken = Client("http://testserver", token=own_instance.token, transport=httpx.MockTransport(away))
    monkeypatch.setattr(source, "Client", lambda *_, **__: broken)
    source.client.clear()
    assert "No answer from" in save(alone(LINES), "Mine").error[0].value


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Our cameras", "our-cameras"),
        ("  2 cameras! ", "preset-2-cameras"),
        ("猫", "preset"),
        ("É", "e"),
        ("x" * 60, "x" * 60),
        ("1" + "y" * 59, "preset-1" + "y" * 56),
    ],
)
def test_the_key_is_made_of_the_name(name: str, key: str) -> None:
    assert key_of(name) == key
