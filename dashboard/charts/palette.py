"""Colours and symbols, each with one meaning.

Blue is good and orange is bad, and nothing else is blue or orange: differences turned into the good direction, tints,
verdicts. A dimension has the hue of its theme, which is neither of the two. Models have no hue: what a model is (its
architecture), and which one among several, shows in the shape of its mark and the dash of its line, in greys.

All of them have a contrast of 3:1 on the light and on the dark page, so that a figure need not know the reader's theme;
text and axes take their colour from the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

# A notebook draws with these colours too, and need not load the pages for it.
if TYPE_CHECKING:
    from dashboard.catalogue import Dimension

GOOD = "#0072B2"
BAD = "#C46A00"
# What is neither: a mark that shows where something lies, not whether that is good.
NEUTRAL = "#71757A"

VIOLET, TEAL, PINK = "#854ECE", "#00868C", "#C63288"
GREENS = ("#12734E", "#26894C", "#4AA341")
OLIVES = ("#6D6B11", "#8F9423")
GREYS = (NEUTRAL, "#8F9398", "#5F6368")

GRID = "rgba(128,134,145,0.22)"
ZERO = "rgba(128,134,145,0.75)"
FAINT = "rgba(128,134,145,0.28)"
# Of hundreds of lines across each other, behind a few that count.
FAINTEST = "rgba(128,134,145,0.09)"
# From nothing to all of what is counted, through which counts stay readable on either page.
CLEAR, SHADE = "rgba(113,117,122,0)", "rgba(113,117,122,0.55)"
# Rings and names that lie on marks: one of the two shows on any ground.
DARK, LIGHT = "#20242b", "#ffffff"

# One hue per theme; the members of a theme differ in lightness, so that a stack reads as six blocks.
THEME_SHADES = {
    "accuracy": (VIOLET,),
    "robustness": GREENS,
    "calibration": (TEAL,),
    "fairness": (PINK,),
    "bias": OLIVES,
    "size": GREYS,
}

# All within what both pages leave at 3:1, too narrow a range to tell six apart: shapes and dashes do that.
MODEL_GREYS = ("#5E6771", "#998F84", "#7C7787", "#786C5F", "#838F9D", "#768578")
CATEGORY_GREYS = ("#5E6673", "#7A828E", "#6A655F", "#8A8580", "#5F6B66", "#86848C", "#71757A")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "x")
LINE_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")

STRONGEST_TINT = 0.42


def verdict_colour(value: float) -> str:
    """The colour of a difference that is turned so that above 0 is better; 0 is neither good nor bad."""
    return NEUTRAL if value == 0 else GOOD if value > 0 else BAD


def tint(value: float, strongest: float = STRONGEST_TINT) -> str:
    """A background from bad (-1) over clear (0) to good (1), through which text stays readable.

    Args:
        value: -1 to 1; beyond, it is drawn as the end.
        strongest: the opacity at the ends, 0 to 1.
    """
    colour = GOOD if value >= 0 else BAD
    parts = ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return f"rgba({parts},{strongest * min(abs(value), 1.0) ** 1.3:.3f})"


def dimension_colours(dimensions: Mapping[str, Dimension]) -> dict[str, str]:
    """The colour of each dimension: a shade of its theme, by its place among the theme's members."""
    placed: dict[str, int] = {}
    colours = {}
    # Facts last, for few look at them: what was added by the reader must not lose its colour to them.
    for key, dimension in sorted(dimensions.items(), key=lambda each: each[1].of_facts):
        place = placed[dimension.theme] = placed.get(dimension.theme, -1) + 1
        colours[key] = _shade(THEME_SHADES.get(dimension.theme, (NEUTRAL,)), place)
    return {key: colours[key] for key in dimensions}


def _shade(shades: Sequence[str], place: int) -> str:
    """A shade of a theme; beyond those that were chosen, ever greyer ones of the first."""
    if place < len(shades):
        return shades[place]
    if shades[0] == NEUTRAL:
        # Nothing is greyer; no later one has the first one's shade, which weighs by itself.
        return shades[1 + (place - 1) % (len(shades) - 1)]
    grey = 1 - 0.5 ** (place - len(shades) + 1)
    parts = [
        round((1 - grey) * int(shades[0][at : at + 2], 16) + grey * int(NEUTRAL[at : at + 2], 16)) for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in parts)


def category_styles(categories: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Grey and symbol of each category, by its place in the list."""
    return {
        name: (CATEGORY_GREYS[place % len(CATEGORY_GREYS)], SYMBOLS[place % len(SYMBOLS)])
        for place, name in enumerate(categories)
    }


def model_style(place: int) -> tuple[str, str, str]:
    """Grey, symbol and dash of the model at a place among those that are set side by side, from 0."""
    return (
        MODEL_GREYS[place % len(MODEL_GREYS)],
        SYMBOLS[place % len(SYMBOLS)],
        LINE_DASHES[place % len(LINE_DASHES)],
    )
