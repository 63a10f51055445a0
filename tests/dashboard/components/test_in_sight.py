"""A chart that waits until its place is in sight."""

from collections.abc import Callable

import orjson
from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]

DRAW = """
import streamlit as st
from dashboard.components import in_sight
in_sight.show("chart.x", 400, lambda: st.markdown("drawn"))
"""


def test_its_room_is_kept_until_it_is_in_sight_and_it_stays_drawn_then(alone: Run) -> None:
    page = alone(DRAW)
    assert not page.markdown
    assert orjson.loads(page.get("bidi_component")[0].proto.json) == {"height": 400}
    page.session_state["chart.x.room"] = {"seen": True}
    page.run()
    assert [text.value for text in page.markdown] == ["drawn"]
    page.run()
    assert [text.value for text in page.markdown] == ["drawn"], "the room has gone, and what it said holds"


def test_a_word_of_nothing_draws_nothing(alone: Run) -> None:
    page = alone(DRAW)
    page.session_state["chart.x.room"] = {"seen": None}
    assert not page.run().markdown
