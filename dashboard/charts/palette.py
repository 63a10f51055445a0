"""Colours and symbols: Okabe-Ito for categories, blue to orange around zero. None relies on colour alone.

All of them keep a contrast on white and on near-black, so that a figure need not know the reader's theme; text and
axes take their colour from the page.
"""

from __future__ import annotations

from collections.abc import Sequence

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
GREY = "#8A8F98"

GRID = "rgba(128,134,145,0.22)"
ZERO = "rgba(128,134,145,0.75)"

# One hue per theme; the members of a theme differ in lightness, so that a stack reads as six blocks.
DIMENSION_COLOURS = {
    "accuracy": BLUE,
    "adversarial_robustness": "#00795A",
    "corruption_robustness": "#1FB58B",
    "ood_robustness": "#8FD9C2",
    "calibration_error": ORANGE,
    "class_balance": PURPLE,
    "object_focus": VERMILION,
    "shape_bias": "#F2A679",
    "parameters_millions": GREY,
}

CATEGORY_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY)
CATEGORY_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "x")
LINE_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")

DIVERGING = ((0.0, "rgba(230,140,0,0.85)"), (0.5, "rgba(140,145,155,0.06)"), (1.0, "rgba(0,114,178,0.85)"))


def dimension_colour(key: str) -> str:
    """The colour of a dimension; grey for one that this palette does not know yet."""
    return DIMENSION_COLOURS.get(key, GREY)


def category_styles(categories: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and symbol of each category, by its place in the list."""
    return {
        name: (CATEGORY_COLOURS[place % len(CATEGORY_COLOURS)], CATEGORY_SYMBOLS[place % len(CATEGORY_SYMBOLS)])
        for place, name in enumerate(categories)
    }
