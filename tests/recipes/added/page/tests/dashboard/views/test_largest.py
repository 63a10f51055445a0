"""The page of the largest models."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

RunPage = Callable[..., AppTest]


def test_the_largest_come_first(run_page: RunPage) -> None:
    page = run_page("largest", architecture="cnn")
    assert not page.exception
    sizes = page.dataframe[0].value["parameters_millions"]
    assert list(sizes) == sorted(sizes, reverse=True)
    assert len(sizes) == 5
