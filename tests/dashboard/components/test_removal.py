"""What goes, in words."""

from dashboard.components.removal import model_words

MODEL = {"name": "My toy", "model_id": "my-toy", "visibility": "public"}


def test_all_evaluations_of_a_model_are_named() -> None:
    words = model_words(MODEL, ["ev-1", "ev-2"])
    assert "visible to everyone" in words
    assert words.endswith("and its evaluations `ev-1` and `ev-2`.")


def test_a_model_that_was_imported_has_no_evaluations_to_go() -> None:
    assert model_words(MODEL, []).endswith("from every ranking, with all its values, on every benchmark.")
