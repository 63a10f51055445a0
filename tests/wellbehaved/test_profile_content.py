"""The values of a profile: what is known of each, and what of one that is missing."""

import pytest

from quba.measuring.uncertainty import confidence_interval
from tests.wellbehaved.profiles import make_profile


def test_a_value_has_all_that_is_known_of_it() -> None:
    accuracy = make_profile()["accuracy"]
    assert (accuracy.value, accuracy.standard_error, accuracy.sample_count) == (0.625, 0.171, 8)
    assert (accuracy.parts, accuracy.missing, accuracy.detail, accuracy.flags) == ({"top1": 0.625}, None, "", ())
    assert accuracy.about.label == "Accuracy"
    assert accuracy.interval() == confidence_interval(0.625, 0.171, lower_bound=0.0, upper_bound=1.0)
    narrow = accuracy.interval(confidence=0.5)
    assert narrow is not None
    assert narrow[0] == pytest.approx(0.625 - 0.6745 * 0.171, abs=1e-4)


def test_what_is_missing_has_a_reason_and_no_interval() -> None:
    profile = make_profile()
    attacked = profile["adversarial_robustness"]
    assert (attacked.value, attacked.missing, attacked.interval()) == (None, "not_applicable", None)
    assert profile["parameters_millions"].interval() is None
    with pytest.raises(KeyError, match="'shape_bias' was not measured; this profile has accuracy, adversarial"):
        profile["shape_bias"]


def test_what_a_guessing_model_shows_is_flagged() -> None:
    value = make_profile(guesses={"calibration_error": "It guesses."})["calibration_error"]
    assert (value.flags, value.detail) == (("few-images", "chance-level"), "Few images. It guesses.")
