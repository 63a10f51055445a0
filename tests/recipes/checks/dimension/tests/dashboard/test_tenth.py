"""In the copy with a tenth dimension: the dashboard has its slider and explains it."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.charts import palette

RunPage = Callable[..., AppTest]
KEY = "worst_class"


def test_it_has_a_slider_that_is_heard(run_page: RunPage) -> None:
    page = run_page()
    assert not page.exception
    assert page.slider(key=f"weight.{KEY}").value == 0
    page.slider(key=f"weight.{KEY}").set_value(1.0).run()
    assert not page.exception
    assert page.query_params == {f"w.{KEY}": "1"}


def test_it_has_a_colour_and_is_explained(run_page: RunPage, catalogue: Catalogue) -> None:
    colours = palette.dimension_colours(catalogue.dimensions)
    assert len(set(colours.values())) == len(catalogue.dimensions) == 10
    text = "\n".join(entry.value for entry in run_page("method").markdown)
    assert "### Worst class" in text
    assert "Each model has 10 values" in text
