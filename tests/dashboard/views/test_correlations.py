"""The correlation page."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

RunPage = Callable[..., AppTest]


def test_the_matrix_names_its_finding(run_page: RunPage) -> None:
    page = run_page("correlations")
    assert any("go together most clearly" in text.value for text in page.markdown)
    assert any("<table" in element.proto.body for element in page.get("html"))
    assert not page.get("plotly_chart"), "a table needs no drawing library"


def test_a_dimension_without_values_has_no_row(run_page: RunPage) -> None:
    [matrix] = [each.proto.body for each in run_page("correlations").get("html") if "<table" in each.proto.body]
    assert "between 10 quantities" in matrix
    assert "Brier" not in matrix


def test_too_few_models(run_page: RunPage) -> None:
    page = run_page("correlations", q="alexnet")
    assert any("too few for a correlation" in text.value for text in page.markdown)
    assert not page.get("plotly_chart")


def test_nothing_found(run_page: RunPage) -> None:
    assert run_page("correlations", q="no such word").markdown[0].value == "# No model matches these filters."
