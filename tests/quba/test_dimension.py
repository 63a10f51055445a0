"""Dimensions as data, reasons for absence, and refusals of impossible values."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from quba.dimension import Dimension, Missing, Theme, UndefinedResult
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from tests.quba.conftest import Study


def test_every_reason_has_a_meaning() -> None:
    assert all(reason.meaning.endswith(".") for reason in Missing)
    assert len({reason.meaning for reason in Missing}) == len(Missing)


def test_an_undefined_result_carries_its_reason() -> None:
    plain = UndefinedResult(Missing.NOT_APPLICABLE)
    detailed = UndefinedResult(Missing.NOT_APPLICABLE, "class 3 has no image")
    assert plain.reason is detailed.reason is Missing.NOT_APPLICABLE
    assert str(plain) == Missing.NOT_APPLICABLE.meaning
    assert str(detailed) == "class 3 has no image"


def test_an_undefined_result_is_not_mistaken_for_misuse() -> None:
    assert not issubclass(UndefinedResult, ValueError)


@pytest.mark.parametrize(
    ("key", "direction", "sign"),
    [("accuracy", "higher is better", 1), ("calibration_error", "lower is better", -1)],
)
def test_direction_in_words_and_as_sign(key: str, direction: str, sign: int) -> None:
    assert DIMENSIONS[key].direction == direction
    assert DIMENSIONS[key].sign == sign


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("accuracy", math.nan, "Accuracy must be a finite number"),
        ("parameters_millions", math.inf, "Parameters must be a finite number"),
        ("shape_bias", -0.01, "Shape bias must be at least 0"),
        ("class_balance", 1.01, "Class balance must be at most 1"),
        ("parameters_millions", -1.0, "Parameters must be at least 0"),
        ("ood_robustness", 56.6, "OOD robustness is a fraction and this looks like per cent; divide by 100"),
        ("object_focus", -92.0, "Object focus is a fraction and this looks like per cent; divide by 100"),
    ],
)
def test_an_impossible_value_breaks_a_named_rule(key: str, value: float, rule: str) -> None:
    assert DIMENSIONS[key].violation(value) == rule


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("accuracy", 0.0),
        ("accuracy", 1.0),
        ("ood_robustness", 1.12),
        ("ood_robustness", 5.0),
        ("object_focus", -0.5),
        ("object_focus", 1.1),
        ("parameters_millions", 881.5),
    ],
)
def test_a_possible_value_breaks_none(key: str, value: float) -> None:
    assert DIMENSIONS[key].violation(value) is None


def test_a_dimension_publishes_four_decimals_unless_told_otherwise() -> None:
    dimension = Dimension(
        key="speed", label="Speed", short_label="Speed", position=9, theme=Theme.SIZE, unit="fraction",
        lower_bound=None, upper_bound=None, plausible=(0.0, 1.0), higher_is_better=True, default_weight=0.0,
        smallest_meaningful_difference=0.01, reference=None, published_error=None,
        description="How fast.", procedure="With a watch.", source="nobody", passes=(),
    )  # fmt: skip
    assert dimension.decimals == 4
    assert dimension.counted


@pytest.mark.parametrize(
    "name", ["reference", "published_error", "plausible", "smallest_meaningful_difference", "procedure", "source"]
)
def test_a_dimension_must_say_what_it_rests_on(name: str) -> None:
    told = {field.name: getattr(DIMENSIONS["accuracy"], field.name) for field in fields(Dimension)}
    del told[name]
    with pytest.raises(TypeError, match=name):
        Dimension(**told)


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("parameters_millions", 25_557_032.0, "looks like a count; divide by 1000000"),
        ("parameters_millions", 0.0, "is outside the plausible range of 0.001 to 100000 (million parameters); check"),
        ("parameters_millions", 999_999_999_999_999.0, "is outside the plausible range"),
        ("adversarial_robustness", 3.52, "looks like per cent; divide by 100"),
        ("corruption_robustness", 1.61, "looks like per cent; divide by 100"),
        ("ood_robustness", 12.9, "looks like per cent; divide by 100"),
        ("accuracy", 76.1, "looks like per cent; divide by 100"),
        ("accuracy", -0.1, "cannot be: Accuracy must be at least 0"),
        # Just beyond the range a slip is likelier than another unit.
        ("accuracy", 1.1, "cannot be: Accuracy must be at most 1"),
        ("ood_robustness", 1.7, "is outside the plausible range of 0 to 1.5 (fraction)"),
        ("accuracy", float("inf"), "cannot be: Accuracy must be a finite number"),
        ("object_focus", -0.6, "is outside the plausible range of -0.5 to 1.5 (fraction)"),
    ],
)
def test_an_implausible_value_is_refused_with_its_likely_unit(key: str, value: float, rule: str) -> None:
    refused = DIMENSIONS[key].refusal(value)
    assert refused is not None
    assert refused.startswith(rule)


@pytest.mark.parametrize("key", STUDY_DIMENSIONS)
def test_plausible_ranges_hold_the_study_and_notice_another_unit(study: Study, key: str) -> None:
    dimension = DIMENSIONS[key]
    published = study.columns[key]
    assert not [value for value in published if dimension.refusal(value) is not None]
    # In per cent, or as a count, nine in ten of the published values would be noticed.
    factor = 100 if dimension.unit == "fraction" else 1_000_000
    assert np.mean([dimension.refusal(factor * value) is not None for value in published]) > 0.9


def test_no_unit_is_named_under_which_the_value_would_be_as_implausible() -> None:
    narrow = replace(DIMENSIONS["ood_robustness"], plausible=(0.5, 1.0))
    refused = {value: narrow.refusal(value) for value in (0.4, 1.1, 3.0, 50.0, 100.0, 100.1)}
    assert {value for value, text in refused.items() if text and "divide by 100" in text and "looks" in text[:5]} == {
        50.0, 100.0,
    }  # fmt: skip
    assert all(refused.values())
    assert narrow.refusal(0.5) is narrow.refusal(1.0) is None
