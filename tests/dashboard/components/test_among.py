"""Whom the answer compares."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.among import words

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


DRAW = "from dashboard.components import among; among.show()"


def test_without_filters_there_is_nothing_to_switch(alone: Run) -> None:
    assert not alone(DRAW).toggle


def test_the_switch_compares_with_all_and_back(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, architecture="cnn")
    for on, left in ((True, {"among": "all"}), (False, {})):
        page.toggle[0].set_value(on).run()
        assert view_of(page) == {"architecture": ("cnn",), **left}


@pytest.mark.parametrize(
    ("filters", "among", "number", "other"), [({}, "filtered", "326", "170"), ({"q": "x"}, "filtered", "170", "326"),
                                              ({"q": "x"}, "all", "326", "170")]
)  # fmt: skip
def test_the_words_count_those_that_are_compared(filters: dict[str, str], among: str, number: str, other: str) -> None:
    class View(SimpleNamespace):
        def __getitem__(self, name: str) -> str:
            assert name == "among"
            return among

    ranking: Any = SimpleNamespace(total=170, total_models=326)
    view: Any = View(filters=filters)
    assert number in words(ranking, view)
    assert other not in words(ranking, view)
