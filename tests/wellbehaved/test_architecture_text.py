from typing import Any

from wellbehaved.architecture_text import NONE_FITS, fit_words, guess_sentences


def guess(architecture: str, fitting: int = 62, *same: str) -> dict[str, Any]:
    return {
        "architecture": architecture, "exact": fitting == 62, "fitting": fitting, "tensors": 62,
        "same_tensors": list(same),
    }  # fmt: skip


def test_an_exact_fit_is_said_as_a_guess() -> None:
    assert guess_sentences([guess("resnet18"), guess("resnet34", 50)]) == "We think this is: resnet18 (fits exactly)."


def test_twins_are_named_for_names_and_shapes_cannot_tell_them_apart() -> None:
    twins = [f"twin{number}" for number in range(5)]
    said = guess_sentences([guess("resnet18", 62, *twins)])
    assert said.endswith("those of twin0, twin1, twin2 and 2 more: choose what was trained.")
    assert "of resnetblur18: choose" in guess_sentences([guess("resnet18", 62, "resnetblur18")])


def test_what_fits_in_part_is_no_claim() -> None:
    said = guess_sentences([guess("resnet18", 60), guess("resnet34", 50)])
    assert said == (
        "No architecture fits exactly. The nearest: resnet18 (60 of 62 tensors fit), resnet34 (50 of 62 tensors fit)."
    )
    assert fit_words(guess("x")) == "fits exactly"
    assert guess_sentences([]) == NONE_FITS
