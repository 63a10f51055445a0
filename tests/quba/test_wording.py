"""Labels and numbers within sentences."""

import pytest

from quba import wording
from quba.dimensions import DIMENSIONS


def test_a_dimension_has_its_label_for_sentences() -> None:
    assert all(each.inline_label == wording.inline_label(each.label) for each in DIMENSIONS.values())


@pytest.mark.parametrize(
    ("label", "text"),
    [("", ""), ("A", "A"), ("OOD robustness", "OOD robustness"), ("Brier score", "Brier score"), ("Size", "size")],
)
def test_labels_within_a_sentence(label: str, text: str) -> None:
    assert wording.inline_label(label) == text


@pytest.mark.parametrize(("value", "decimals", "text"), [(1.0, 0, "+1"), (-1.26, 1, "−1.3"), (0.0, 2, "0.00")])
def test_numbers_with_a_sign(value: float, decimals: int, text: str) -> None:
    assert wording.signed_text(value, decimals) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a_b", r"a\_b"),
        ("<i>", r"\<i\>"),
        ("![x](http://elsewhere/x.png)", r"\!\[x\](http://elsewhere/x.png)"),
        ("a|b\n# c", r"a\|b \# c"),
        ("`x` & y", r"\`x\` \& y"),
    ],
)
def test_markdown_shows_a_name_as_it_is(text: str, escaped: str) -> None:
    assert wording.markdown_escaped(text) == escaped


@pytest.mark.parametrize(
    ("share", "decimals", "text"), [(0.554, 0, "55 %"), (1.0, 0, "100 %"), (0.0, 0, "0 %"), (0.875, 1, "87.5 %")]
)
def test_a_share_is_written_with_a_space(share: float, decimals: int, text: str) -> None:
    assert wording.percent(share, decimals) == text


def _marked(text: str) -> str:
    """The text with brackets for the marks, which no one sees."""
    return (
        wording.with_isolates(text).replace("\N{FIRST STRONG ISOLATE}", "[").replace("\N{POP DIRECTIONAL ISOLATE}", "]")
    )


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("", ""),
        ("resnet50 leads by 0.5", "resnet50 leads by 0.5"),
        # Other scripts from left to right.
        ("模型 und Größe", "模型 und Größe"),
        ("מודל leads by 0.5", "[מודל] leads by 0.5"),
        ("מודל חדש 2 א (new)", "[מודל חדש 2 א] (new)"),
        ("نموذج-٢ב v2", "[نموذج-٢ב] v2"),
        # Each of a list by itself, in the order in which they are said.
        ("א, ב and ג; ד · ה: 3", "[א], [ב] and [ג]; [ד] · [ה]: 3"),
        ("x א y ב z", "x [א] y [ב] z"),
    ],
)
def test_what_is_written_from_the_right_is_set_apart(text: str, marked: str) -> None:
    assert _marked(text) == marked
    assert wording.with_isolates(text).replace("\u2068", "").replace("\u2069", "") == text
