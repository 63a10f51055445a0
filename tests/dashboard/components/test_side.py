"""The side of the page."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]


DRAW = "from dashboard.components import side; side.show(); side.say('A line.')"


def test_it_stands_at_the_side_and_nowhere_else(alone: Run) -> None:
    page = alone(DRAW)
    assert [each.value for each in page.sidebar.caption] == ["A line."]
    assert "wellbehaved" in page.sidebar.markdown[0].value
    assert not page.main.caption
