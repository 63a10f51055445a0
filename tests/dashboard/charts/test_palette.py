"""Colours that hold on a light and on a dark page."""

import itertools

import pytest

from dashboard.charts import palette
from dashboard.streamlit_options import DARK, LIGHT
from quba.dimensions import DIMENSIONS


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_dimension_has_a_colour_of_its_own() -> None:
    assert set(palette.DIMENSION_COLOURS) == set(DIMENSIONS)
    assert len(set(palette.DIMENSION_COLOURS.values())) == 9
    assert palette.dimension_colour("a new one") == palette.GREY


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
