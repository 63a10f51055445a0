"""Colours and symbols: Okabe-Ito for categories, blue to orange around zero. None relies on colour alone.

All of them keep a contrast on white and on near-black, so that a figure need not know the reader's theme; text and
axes take their colour from the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.catalogue import Dimension

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
GREY = "#8A8F98"
LIGHT_GREY = "#B4B8BF"

GRID = "rgba(128,134,145,0.22)"
ZERO = "rgba(128,134,145,0.75)"

# One hue per theme; the members of a theme differ in lightness, so that a stack reads as six blocks.
THEME_SHADES = {
    "accuracy": (BLUE,),
    "robustness": ("#00795A", "#1FB58B", "#8FD9C2"),
    "calibration": (ORANGE,),
    "fairness": (PURPLE,),
    "bias": (VERMILION, "#F2A679"),
    "size": (GREY,),
}

CATEGORY_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY)
CATEGORY_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "x")
LINE_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")

DIVERGING = ((0.0, "rgba(230,140,0,0.85)"), (0.5, "rgba(140,145,155,0.06)"), (1.0, "rgba(0,114,178,0.85)"))


def dimension_colours(dimensions: Mapping[str, Dimension]) -> dict[str, str]:
    """The colour of each dimension: a shade of its theme, by its place among the theme's members."""
    placed: dict[str, int] = {}
    colours = {}
    for key, dimension in dimensions.items():
        place = placed[dimension.theme] = placed.get(dimension.theme, -1) + 1
        colours[key] = _shade(THEME_SHADES.get(dimension.theme, (GREY,)), place)
    return colours


def _shade(shades: Sequence[str], place: int) -> str:
    """A shade of a theme; beyond those that were chosen, ever greyer ones of the first."""
    if place < len(shades):
        return shades[place]
    grey = 1 - 0.5 ** (place - len(shades) + 1)
    parts = [
        round((1 - grey) * int(shades[0][at : at + 2], 16) + grey * int(LIGHT_GREY[at : at + 2], 16))
        for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in parts)


def category_styles(categories: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and symbol of each category, by its place in the list."""
    return {
        name: (CATEGORY_COLOURS[place % len(CATEGORY_COLOURS)], CATEGORY_SYMBOLS[place % len(CATEGORY_SYMBOLS)])
        for place, name in enumerate(categories)
    }
