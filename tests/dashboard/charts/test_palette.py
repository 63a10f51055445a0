"""Colours that hold on a light and on a dark page, each with one meaning."""

import itertools
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float

import dashboard
from dashboard.catalogue import Catalogue
from dashboard.charts import palette
from dashboard.components.stylesheet import RULES
from dashboard.streamlit_options import DARK, LIGHT
from quba.dimension import Theme
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS

PAIR = (palette.GOOD, palette.BAD)
GREY_BELOW = 0.03  # of chroma: what has less has no hue to be taken for another
NEAR_HUE = 35.0  # degrees
COLOUR = re.compile(r"""["']#[0-9A-Fa-f]{6}["']|rgba?\((?!0,0,0,0\))\d[^)]*\)""")
JUST_SEEN = 0.02  # in OKLab, the smallest difference that is seen side by side


def linear(colour: str) -> Float[np.ndarray, "3"]:
    parts = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2."""
    return float(linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def oklab(colour: str) -> Float[np.ndarray, "3"]:
    """Lightness and two opponent axes in which distances are about as large as they look (Ottosson 2020)."""
    to_cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_axes = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return np.asarray(to_axes @ np.cbrt(to_cones @ linear(colour)))


def chroma(colour: str) -> float:
    return float(np.hypot(*oklab(colour)[1:]))


def hue_distance(one: str, other: str) -> float:
    """Degrees between two hues, 0 to 180."""
    angles = [float(np.degrees(np.arctan2(axes[2], axes[1]))) for axes in (oklab(one), oklab(other))]
    return abs((angles[0] - angles[1] + 180) % 360 - 180)


def difference(one: str, other: str) -> float:
    return float(np.linalg.norm(oklab(one) - oklab(other)))


def test_every_dimension_has_a_colour_of_its_own(catalogue: Catalogue) -> None:
    colours = palette.dimension_colours(catalogue.dimensions)
    assert list(colours) == list(DIMENSIONS)
    assert len(set(colours.values())) == len(DIMENSIONS)
    assert set(palette.THEME_SHADES) == {theme.value for theme in Theme}
    # Those that presets weigh are told apart at a glance; further members of a theme are shades of it.
    for one, other in itertools.combinations([colours[key] for key in STUDY_DIMENSIONS], 2):
        assert difference(one, other) >= 3 * JUST_SEEN, (one, other)


@pytest.mark.parametrize("colour", [*itertools.chain(*palette.THEME_SHADES.values())])
def test_no_hue_of_a_dimension_is_near_good_or_bad(colour: str) -> None:
    for end in PAIR:
        assert difference(colour, end) >= 4 * JUST_SEEN, end
        assert chroma(colour) < GREY_BELOW or hue_distance(colour, end) >= NEAR_HUE, end


def test_the_pair_differs_in_hue_and_for_the_colour_blind() -> None:
    assert hue_distance(*PAIR) >= 120
    # Blue against yellow is what protanopes and deuteranopes see: the third axis must tell the two apart by itself.
    assert abs(oklab(palette.GOOD)[2] - oklab(palette.BAD)[2]) >= 10 * JUST_SEEN


@pytest.mark.parametrize("colour", [*palette.CATEGORY_GREYS, *palette.MODEL_GREYS])
def test_neither_an_architecture_nor_a_model_has_a_hue(colour: str) -> None:
    assert chroma(colour) < GREY_BELOW


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_mark_is_seen_on_the_page(theme: dict[str, str]) -> None:
    shades = itertools.chain(*palette.THEME_SHADES.values())
    for colour in {*shades, *palette.MODEL_GREYS, *palette.CATEGORY_GREYS, *PAIR, palette.NEUTRAL}:
        assert contrast(colour, theme["backgroundColor"]) >= 3, colour


def test_a_new_dimension_takes_a_greyer_shade_of_its_theme(catalogue: Catalogue) -> None:
    known = dict(catalogue.dimensions)
    more = {f"new-{number}": replace(known["accuracy"], key=f"new-{number}") for number in range(3)}
    colours = palette.dimension_colours({**known, **more, "odd": replace(known["accuracy"], theme="no theme")})
    assert {key: colours[key] for key in known} == palette.dimension_colours(known)
    assert len({colours[key] for key in ("accuracy", *more)}) == 4
    assert all(re.fullmatch("#[0-9A-F]{6}", colours[key]) for key in more)
    assert colours["odd"] == palette.NEUTRAL


def test_what_stands_beside_the_parameters_is_told_from_them(catalogue: Catalogue) -> None:
    size = replace(catalogue.dimensions["parameters_millions"], key="throughput")
    own = {key: replace(size, key=key) for key in ("throughput", "latency")}
    colours = palette.dimension_colours({**catalogue.dimensions, **own})
    for one, other in itertools.combinations([colours[key] for key in ("parameters_millions", *own)], 2):
        assert difference(one, other) >= 3 * JUST_SEEN, (one, other)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_and_accent_are_readable(theme: dict[str, str]) -> None:
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        for ink in ("textColor", "grayTextColor", "linkColor", "blueTextColor", "orangeTextColor"):
            assert contrast(theme[ink], ground) >= 4.5, ink
        assert contrast(theme["primaryColor"], ground) >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_accent_of_controls_is_neither_good_nor_bad(theme: dict[str, str]) -> None:
    assert chroma(theme["primaryColor"]) < 2 * GREY_BELOW
    for words, end in (("blueTextColor", palette.GOOD), ("orangeTextColor", palette.BAD)):
        assert hue_distance(theme[words], end) < NEAR_HUE, words


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("strongest", [palette.tint(-1.0), palette.tint(1.0), palette.SHADE])
def test_text_stays_readable_on_the_strongest_tint(theme: dict[str, str], strongest: str) -> None:
    parts = [float(part) for part in strongest[5:-1].split(",")]
    ground = [int(theme["backgroundColor"][place : place + 2], 16) for place in (1, 3, 5)]
    mixed = [round(parts[3] * ink + (1 - parts[3]) * page) for ink, page in zip(parts[:3], ground, strict=True)]
    assert contrast(theme["textColor"], "#" + "".join(f"{part:02x}" for part in mixed)) >= 4.5


def test_a_tint_grows_from_clear_to_good_and_to_bad() -> None:
    assert palette.tint(0.0).endswith(",0.000)")
    assert palette.tint(1.0) == palette.tint(7.0) == "rgba(0,114,178,0.420)"
    assert palette.tint(-1.0) == "rgba(196,106,0,0.420)"
    assert palette.tint(0.5, strongest=0.8).endswith(f",{0.8 * 0.5**1.3:.3f})")


def test_a_difference_of_nothing_is_neither_good_nor_bad() -> None:
    signs = (0.1, 0.0, -0.1)
    assert [palette.verdict_colour(value) for value in signs] == [palette.GOOD, palette.NEUTRAL, palette.BAD]


def test_categories_differ_in_symbol_and_models_in_everything() -> None:
    styles = palette.category_styles([str(number) for number in range(7)])
    assert len({symbol for _, symbol in styles.values()}) == 7
    for one, other in itertools.combinations([palette.model_style(place) for place in range(6)], 2):
        assert all(mine != theirs for mine, theirs in zip(one, other, strict=True))
        assert difference(one[0], other[0]) >= 2 * JUST_SEEN, (one, other)
    assert palette.model_style(6)[0] == palette.model_style(0)[0]  # beyond six, which no page shows, it starts again


def test_no_colour_is_written_outside_its_owners() -> None:
    folder = Path(dashboard.__file__).parent
    owners = {"charts/palette.py", "streamlit_options.py"}
    found = {
        f"{file.relative_to(folder).as_posix()}: {colour}"
        for file in folder.rglob("*.py")
        if file.relative_to(folder).as_posix() not in owners
        for colour in COLOUR.findall(file.read_text("utf-8"))
    }
    # The lines of the sidebar and of the plain table are Streamlit's own greys.
    assert {entry for entry in found if "stylesheet" not in entry} == set()


def test_text_is_never_paled_by_opacity() -> None:
    assert {float(value) for value in re.findall(r"opacity: ([\d.]+)", RULES)} <= {1.0}


def test_whatever_is_added_to_a_grey_theme_the_first_one_keeps_its_shade(catalogue: Catalogue) -> None:
    size = catalogue.dimensions["parameters_millions"]
    own = {f"own_{place}": replace(size, key=f"own_{place}") for place in range(6)}
    colours = palette.dimension_colours({**catalogue.dimensions, **own})
    facts = [key for key, each in catalogue.dimensions.items() if each.of_facts]
    assert facts
    assert colours["parameters_millions"] not in {colours[key] for key in (*own, *facts)}
    # Without own ones, both facts are told from the parameters and from each other.
    colours = palette.dimension_colours(catalogue.dimensions)
    for one, other in itertools.combinations([colours[key] for key in ("parameters_millions", *facts)], 2):
        assert difference(one, other) >= 3 * JUST_SEEN, (one, other)
