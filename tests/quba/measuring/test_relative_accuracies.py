import numpy as np
import pytest

from quba.dimension import Missing, Pass, UndefinedResult
from quba.measuring.observations import ONLY, Observations, Outcome
from quba.measuring.relative_accuracies import extra_relative_accuracies, relative_accuracies

CLEAN = Outcome(right=np.array([1, 1, 1, 0], dtype=bool))
EDGE = Outcome(right=np.array([1, 0, 0], dtype=bool))


def test_ratios_with_their_errors_and_resolution() -> None:
    seen = Observations(outcomes={Pass.CLEAN: {ONLY: CLEAN}, Pass.EDGE: {ONLY: EDGE}})
    found = relative_accuracies(seen, [Pass.EDGE], same_images=())
    assert found.relative.tolist() == pytest.approx([(1 / 3) / 0.75])
    assert found.resolution.tolist() == pytest.approx([1 / (3 * 0.75)])
    assert found.image_counts == (3,)
    assert found.parts["edge"]["standard_error"] == pytest.approx(float(np.sqrt(found.covariance[0, 0])))


def test_what_is_there_of_nothing() -> None:
    with pytest.raises(UndefinedResult) as undefined:
        relative_accuracies(Observations(), [Pass.EDGE], same_images=())
    assert (undefined.value.reason, undefined.value.parts) == (Missing.NOT_MEASURED, {})


def test_extras_are_held_against_the_clean_images_and_corruptions_are_not_among_them() -> None:
    assert extra_relative_accuracies(Observations(extras={"fog/1": CLEAN})) == {}
    seen = Observations(outcomes={Pass.CLEAN: {ONLY: CLEAN}}, extras={"mim": CLEAN, "fog/1": CLEAN})
    (own,) = extra_relative_accuracies(seen)["extras"].items()
    assert own == (
        "mim",
        {"accuracy": 0.75, "image_count": 4, "relative": pytest.approx(1), "standard_error": pytest.approx(0)},
    )


@pytest.mark.parametrize("clean", [{}, {Pass.CLEAN: {ONLY: Outcome(right=np.zeros(4, dtype=bool))}}])
def test_extras_without_a_clean_image_that_is_right_have_no_ratio(clean: dict[Pass, dict[str, Outcome]]) -> None:
    found = extra_relative_accuracies(Observations(outcomes=clean, extras={"mim": CLEAN}))
    assert found == {"extras": {"mim": {"accuracy": 0.75, "image_count": 4}}}
