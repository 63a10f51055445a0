"""What a link asked for and could not be shown."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]


DRAW = "from dashboard.components import notices; notices.show()"


def test_a_link_that_is_understood_says_nothing(alone: Run) -> None:
    assert not alone(DRAW, preset="edge").warning


def test_every_ignored_part_is_named_once_and_can_be_dismissed(alone: Run) -> None:
    page = alone(DRAW, colour="blue", preset="none-such", quality="screened")
    (box,) = page.warning
    assert "`colour=blue`" in box.value
    assert "`preset=none-such`" in box.value
    assert "quality" not in box.value
    page.button[0].click().run()
    assert not page.warning
    assert not page.exception
