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
    assert wording.spoken("Class balance") == "class balance"
    assert wording.spoken("OOD robustness") == "OOD robustness"
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.listed([]) == ""
