"""Names on screen."""

from dashboard import wording
from quba.dimension import Missing, Theme


def test_every_word_of_the_science_has_a_name_on_screen() -> None:
    assert set(wording.MISSING_LABELS) == {reason.value for reason in Missing}
    assert set(wording.THEME_LABELS) == {theme.value for theme in Theme}


def test_unknown_words_are_shown_as_they_are_spelt() -> None:
    assert wording.value_label("hopfield") == "hopfield"
    assert wording.field_label("colour") == "colour"
    assert wording.badge_label("imagenet-21k") == "IN-21k"
    assert wording.badge_label("cnn") == "CNN"


def test_labels_inside_a_sentence() -> None:
    assert wording.inline_label("Class balance") == "class balance"
    assert wording.inline_label("OOD robustness") == "OOD robustness"
    assert wording.enumeration(["a"]) == "a"
    assert wording.enumeration(["a", "b", "c"]) == "a, b and c"
    assert wording.enumeration([]) == ""


def test_a_per_cent_sign_stays_on_the_line_of_its_number() -> None:
    assert wording.unbroken("first in 55 % of all, 1 % or more") == (
        "first in 55\N{NO-BREAK SPACE}% of all, 1\N{NO-BREAK SPACE}% or more"
    )


def test_a_name_is_shown_with_the_signs_that_it_has() -> None:
    assert wording.plain_text("a*b_c [d](e) <i> $x$ :red: & ~~") == (r"a\*b\_c \[d\](e) \<i\> \$x\$ \:red\: \& \~\~")
    # Streamlit makes an arrow of -> between blanks, escaped or not; a joiner between the signs keeps them as they are.
    joiner = "\N{WORD JOINER}"
    assert wording.plain_text("v1 -> v2 <-> v3 -- v4") == (rf"v1 -{joiner}\> v2 \<{joiner}-{joiner}\> v3 -{joiner}- v4")
    assert wording.plain_text("->b a--b >=") == rf"-\>b a--b \>{joiner}="


def test_a_name_from_right_to_left_leaves_its_sentence_in_order() -> None:
    assert wording.plain_text("**מודל** is 0.5 ahead") == "\\*\\*\u2068מודל\u2069\\*\\* is 0.5 ahead"
