"""The rules beside Streamlit's theme."""

import re

from dashboard.components.stylesheet import COLOURS, rules


def test_every_colour_of_the_theme_is_filled_in() -> None:
    text = rules()
    assert not [name for name in COLOURS if name in text]
    assert all(colour in text for colour in COLOURS.values())
    assert all(re.fullmatch(r"#[0-9A-Fa-f]{6}", colour) for colour in COLOURS.values())


def test_every_brace_is_closed_and_nothing_comes_from_elsewhere() -> None:
    text = rules()
    depth = 0
    for sign in re.sub(r"/\*.*?\*/", "", text, flags=re.S):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert 0 <= depth <= 2
    assert depth == 0
    assert "url(" not in text
    assert "@import" not in text
