"""A benchmark without models is not a filter that leaves none."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

RunPage = Callable[..., AppTest]


@pytest.mark.parametrize("url_path", ["", "stability", "findings", "compare"])
def test_nothing_measured_yet_is_said_and_can_be_left(url_path: str, run_page: RunPage) -> None:
    page = run_page(url_path, benchmark="toy-shapes")
    assert not page.exception
    assert page.markdown[0].value == "# Nothing measured on toy-shapes yet."
    page.button[0].click().run()
    assert "benchmark" not in page.query_params
    assert "Nothing measured" not in page.markdown[0].value


@pytest.mark.parametrize("url_path", ["evaluate", "method"])
def test_pages_about_no_ranking_say_so_at_the_side(url_path: str, run_page: RunPage) -> None:
    page = run_page(url_path, benchmark="toy-shapes")
    assert not page.exception
    assert [line.value for line in page.sidebar.caption] == ["Weights and filters have no effect on this page."]
