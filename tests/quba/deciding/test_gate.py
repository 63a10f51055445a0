"""The gate's verdicts, their bounds, and what they say in words."""

import math
from dataclasses import replace

import pytest
from scipy.stats import norm, t

from quba.deciding.gate import Judgement, Verdict, judge, passes
from quba.deciding.paired_differences import PairedDifference
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.errors import QuestionError

ALLOWED = 0.01


def difference(change: float, error: float | None = 0.004, dimension: str = "accuracy") -> PairedDifference:
    return PairedDifference(
        dimension=dimension, value_a=0.8, value_b=0.8 + change, difference=change, standard_error=error, paired=True,
        degrees_of_freedom=19, image_count=1000,
    )  # fmt: skip


def verdict(change: float) -> Verdict:
    return judge(difference(change), ALLOWED, dimension_count=1).verdict


ONE_SIDED = t(19).ppf(0.95) * 0.004


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (ONE_SIDED + 1e-8, Verdict.BETTER),
        (ONE_SIDED - 1e-8, Verdict.NO_WORSE),
        (ONE_SIDED - ALLOWED + 1e-8, Verdict.NO_WORSE),
        (ONE_SIDED - ALLOWED - 1e-8, Verdict.UNDECIDED),
        (-ONE_SIDED - ALLOWED + 1e-8, Verdict.UNDECIDED),
        (-ONE_SIDED - ALLOWED - 1e-8, Verdict.WORSE),
    ],
)
def test_the_bounds_decide(change: float, expected: Verdict) -> None:
    assert verdict(change) is expected


def test_lower_is_better_turns_the_difference() -> None:
    risen = judge(difference(0.03, dimension="calibration_error"), ALLOWED, dimension_count=1)
    assert (risen.verdict, risen.gain) == (Verdict.WORSE, -0.03)
    fallen = judge(difference(-0.03, dimension="calibration_error"), ALLOWED, dimension_count=1)
    assert fallen.verdict is Verdict.BETTER


def test_the_upper_bound_shares_the_error_among_the_dimensions() -> None:
    of_nine = judge(difference(-0.03), ALLOWED, dimension_count=9)
    assert of_nine.low == pytest.approx(-0.03 - ONE_SIDED)
    assert of_nine.high == pytest.approx(-0.03 + t(19).ppf(1 - 0.05 / 9) * 0.004)
    # What one dimension alone would be called worse for is not enough among nine.
    change = -ALLOWED - ONE_SIDED - 1e-6
    assert judge(difference(change), ALLOWED, dimension_count=9).verdict is Verdict.UNDECIDED


def test_an_unpaired_difference_has_normal_bounds() -> None:
    found = judge(replace(difference(0.0), degrees_of_freedom=None, paired=False), ALLOWED, 0.9, dimension_count=1)
    assert found.low == pytest.approx(-norm.ppf(0.9) * 0.004)
    assert "on different images" in found.sentence()


def test_the_tolerance_is_the_smallest_difference_that_matters() -> None:
    assert judge(difference(0.0), dimension_count=1).tolerance == DIMENSIONS["accuracy"].smallest_meaningful_difference


@pytest.mark.parametrize(
    ("change", "expected"),
    [(1.0, Verdict.NO_WORSE), (1.1, Verdict.WORSE), (0.0, Verdict.NO_WORSE), (-1.0, Verdict.BETTER)],
)
def test_what_is_counted_is_decided_exactly(change: float, expected: Verdict) -> None:
    found = judge(difference(change, 0.0, dimension="parameters_millions"), 1.0, dimension_count=9)
    assert found.verdict is expected
    assert "confidence" not in found.sentence()


def test_what_is_on_the_tolerance_but_for_rounding_is_allowed() -> None:
    lost = 4.4 - 3.4
    assert lost > 1.0
    assert judge(difference(lost, 0.0, dimension="parameters_millions"), 1.0, dimension_count=1).verdict.passes


def test_what_one_lacks_never_passes() -> None:
    lacking = PairedDifference(dimension="shape_bias", value_a=0.3, value_b=None, missing_b=Missing.DATA_SET_MISSING)
    found = judge(lacking, dimension_count=1)
    assert found.verdict is Verdict.NOT_COMPARED
    assert not passes([found])
    assert found.sentence() == (
        "Shape bias: not compared, because the new model has no value (A data set that the measurement needs is not "
        "installed)."
    )


def test_what_nothing_tells_the_error_of_is_undecided() -> None:
    found = judge(difference(0.1, None), dimension_count=1)
    assert found.verdict is Verdict.UNDECIDED
    assert found.images_needed is None
    assert found.sentence() == (
        "Accuracy: nothing says how far the difference of 0.1000 may be off, so that it decides nothing. Measure both "
        "models here."
    )


@pytest.mark.parametrize("change", [-0.008, -0.012])
def test_so_many_images_would_tell(change: float) -> None:
    found = judge(difference(change), ALLOWED, dimension_count=9)
    assert found.verdict is Verdict.UNDECIDED
    needed = found.images_needed
    assert needed is not None
    assert needed > 1000
    decided = Verdict.NO_WORSE if change > -ALLOWED else Verdict.WORSE
    for images, expected in ((needed, decided), (needed - 2, Verdict.UNDECIDED)):
        again = replace(difference(change, 0.004 * math.sqrt(1000 / images)), image_count=images)
        assert judge(again, ALLOWED, dimension_count=9).verdict is expected
    assert f"about {needed:,} images in all would tell; there are 1,000." in found.sentence()


def test_no_number_of_images_tells_on_the_tolerance_or_where_they_were_not_counted() -> None:
    on_it = judge(difference(0.79 - 0.80), ALLOWED, dimension_count=1)
    assert on_it.images_needed is None
    assert "no number of images would tell" in on_it.sentence()
    uncounted = judge(replace(difference(-0.009), image_count=None), ALLOWED, dimension_count=1)
    assert uncounted.images_needed is None
    assert uncounted.sentence().endswith("Measure on more images.")


def of(change: float) -> Judgement:
    return judge(difference(change), ALLOWED, dimension_count=1)


def test_a_gate_passes_only_if_every_dimension_does() -> None:
    assert passes([of(0.1), of(0.0)])
    assert not passes([of(0.1), of(-0.01)])
    assert not passes([of(0.1), of(-0.1)])
    assert not passes([])
    assert passes([of(0.1), of(-0.01)], undecided_passes=True)
    assert not passes([of(0.1), of(-0.1)], undecided_passes=True)
    assert not passes([], undecided_passes=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (0.02, "Accuracy: the new model is 0.0200 better, with 95 % confidence at least 0.0131."),
        (
            0.0,
            "Accuracy: the new model is no different, with 95 % confidence at worst 0.0069 worse; the tolerance of "
            "0.0100 allows it.",
        ),
        (
            -0.03,
            "Accuracy: the new model is 0.0300 worse, with 95 % confidence at least 0.0231; the tolerance of 0.0100 is "
            "exceeded.",
        ),
        (
            -0.011,
            "Accuracy: the new model is 0.0110 worse, at worst 0.0179 worse and at best 0.0041 worse, each with 95 % "
            "confidence, so that the images cannot tell whether the tolerance of 0.0100 is exceeded. If the difference "
            "stays as it is, about 47,839 images in all would tell; there are 1,000.",
        ),
    ],
)
def test_the_verdict_in_words(change: float, sentence: str) -> None:
    assert of(change).sentence() == sentence


def test_every_verdict_says_what_it_means() -> None:
    assert all(each.meaning.endswith(".") for each in Verdict)
    assert [each for each in Verdict if each.passes] == [Verdict.BETTER, Verdict.NO_WORSE]


@pytest.mark.parametrize("tolerance", [-0.001, math.nan, math.inf])
def test_a_tolerance_that_is_none_is_refused(tolerance: float) -> None:
    with pytest.raises(QuestionError, match="tolerance is"):
        judge(difference(0.0), tolerance, dimension_count=1)


def test_a_confidence_or_a_count_that_is_none_is_refused() -> None:
    with pytest.raises(QuestionError, match="confidence is 1"):
        judge(difference(0.0), confidence=1.0, dimension_count=1)
    with pytest.raises(QuestionError, match="dimension_count is 0"):
        judge(difference(0.0), dimension_count=0)
