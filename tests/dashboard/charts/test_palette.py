"""Colours that hold on a light and on a dark page."""

import itertools
import re
from dataclasses import replace

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts import palette
from dashboard.streamlit_options import DARK, LIGHT
from quba.dimension import Theme
from quba.dimensions import DIMENSIONS


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_dimension_has_a_colour_of_its_own(catalogue: Catalogue) -> None:
    colours = palette.dimension_colours(catalogue.dimensions)
    assert list(colours) == list(DIMENSIONS)
    assert len(set(colours.values())) == len(DIMENSIONS)
    assert set(palette.THEME_SHADES) == {theme.value for theme in Theme}


def test_a_new_dimension_takes_a_greyer_shade_of_its_theme(catalogue: Catalogue) -> None:
    known = dict(catalogue.dimensions)
    more = {f"new-{number}": replace(known["accuracy"], key=f"new-{number}") for number in range(3)}
    colours = palette.dimension_colours({**known, **more, "odd": replace(known["accuracy"], theme="no theme")})
    assert {key: colours[key] for key in known} == palette.dimension_colours(known)
    assert len({colours[key] for key in ("accuracy", *more)}) == 4
    assert all(re.fullmatch("#[0-9A-F]{6}", colours[key]) for key in more)
    assert colours["odd"] == palette.GREY


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_and_accent_are_readable(theme: dict[str, str]) -> None:
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        for ink in ("textColor", "grayTextColor", "linkColor", "blueTextColor", "orangeTextColor"):
            assert contrast(theme[ink], ground) >= 4.5, ink
        assert contrast(theme["primaryColor"], ground) >= 3


def test_categories_differ_in_colour_and_in_symbol() -> None:
    styles = palette.category_styles([str(number) for number in range(7)])
    for one, other in itertools.combinations(styles.values(), 2):
        assert one[0] != other[0]
        assert one[1] != other[1]
