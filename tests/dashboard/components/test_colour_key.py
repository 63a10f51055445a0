"""Which colour stands for which dimension."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.charts.palette import dimension_colours
from quba.dimensions import STUDY_DIMENSIONS

Run = Callable[..., AppTest]


DRAW = "from dashboard.components import colour_key; colour_key.show(catalogue)"


def test_every_dimension_has_the_swatch_that_the_charts_use(alone: Run, catalogue: Catalogue) -> None:
    page = alone(DRAW)
    (drawn,) = page.get("html")
    text = drawn.proto.body
    colours = dimension_colours(catalogue.dimensions)
    shown = {key: catalogue.dimensions[key] for key in STUDY_DIMENSIONS}
    places = [text.index(f'background:{colours[key]}"></i>{each.label}') for key, each in shown.items()]
    assert places == sorted(places)
    assert not any(each.label in text for each in catalogue.dimensions.values() if each.further)
    assert len({colours[key] for key in shown}) == len(shown)
