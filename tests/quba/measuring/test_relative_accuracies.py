import numpy as np
import pytest

from quba.dimension import Missing, Pass, UndefinedResult
from quba.measuring.observations import ONLY, Observations, Outcome
from quba.measuring.relative_accuracies import relative_accuracies

CLEAN = Outcome(right=np.array([1, 1, 1, 0], dtype=bool))
EDGE = Outcome(right=np.array([1, 0, 0], dtype=bool))


def test_ratios_with_their_errors_and_resolution() -> None:
    seen = Observations(outcomes={Pass.CLEAN: {ONLY: CLEAN}, Pass.EDGE: {ONLY: EDGE}})
    found = relative_accuracies(seen, [Pass.EDGE], same_images=False)
    assert found.relative.tolist() == pytest.approx([(1 / 3) / 0.75])
    assert found.resolution.tolist() == pytest.approx([1 / (3 * 0.75)])
    assert found.image_counts == (3,)
    assert found.parts["edge"]["standard_error"] == pytest.approx(float(np.sqrt(found.covariance[0, 0])))


def test_what_is_there_of_nothing() -> None:
    with pytest.raises(UndefinedResult) as undefined:
        relative_accuracies(Observations(), [Pass.EDGE], same_images=False)
    assert (undefined.value.reason, undefined.value.parts) == (Missing.NOT_MEASURED, {})
