"""Which colour stands for which dimension."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.charts.palette import dimension_colours

Run = Callable[..., AppTest]


DRAW = "from dashboard.components import colour_key; colour_key.show(catalogue)"


def test_every_dimension_has_the_swatch_that_the_charts_use(alone: Run, catalogue: Catalogue) -> None:
    page = alone(DRAW)
    (drawn,) = page.get("html")
    text = drawn.proto.body
    colours = dimension_colours(catalogue.dimensions)
    places = [text.index(f'background:{colours[key]}"></i>{each.label}') for key, each in catalogue.dimensions.items()]
    assert places == sorted(places)
    assert len(set(colours.values())) == len(colours)
