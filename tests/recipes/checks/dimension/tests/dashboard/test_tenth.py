"""In the copy with one dimension more: the dashboard has its slider and explains it."""

from collections.abc import Callable

import orjson
from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.charts import palette
from quba.dimensions import STUDY_DIMENSIONS
from tests.dashboard.conftest import hand_over

RunPage = Callable[..., AppTest]
KEY = "median_class"


def test_it_has_a_slider_that_is_heard(run_page: RunPage) -> None:
    page = run_page()
    assert not page.exception
    given = [orjson.loads(drawn.proto.json) for drawn in page.get("bidi_component") if drawn.proto.json]
    assert KEY in next(data for data in given if "dimensions" in data)["dimensions"]
    hand_over(page, {f"w.{KEY}": "1"})
    assert not page.exception
    assert page.query_params == {f"w.{KEY}": "1"}


def test_it_has_a_colour_and_is_explained(run_page: RunPage, catalogue: Catalogue) -> None:
    colours = palette.dimension_colours(catalogue.dimensions)
    assert len(set(colours.values())) == len(catalogue.dimensions) == 20
    text = "\n".join(entry.value for entry in run_page("method").markdown)
    assert "### Median class" in text
    assert f"A score is made of {len(STUDY_DIMENSIONS)} values of each model" in text
