"""What goes, in words."""

from dashboard.components.removal import model_words


def test_all_evaluations_of_a_model_are_named() -> None:
    model = {"name": "My toy", "model_id": "my-toy", "visibility": "public"}
    words = model_words(model, ["ev-1", "ev-2"])
    assert "visible to everyone" in words
    assert words.endswith("and its evaluations `ev-1` and `ev-2`.")
