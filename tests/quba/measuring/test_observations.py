"""What a run leaves behind."""

import numpy as np
import pytest

from quba.dimension import Missing, Pass, UndefinedResult
from quba.measuring.observations import ONLY, Observations, Outcome

RIGHT = Outcome(right=np.array([True, True, False]))


def test_an_outcome_knows_its_accuracy_and_its_images() -> None:
    assert RIGHT.accuracy == 2 / 3
    assert RIGHT.image_count == 3


def test_an_outcome_without_images_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        Outcome(right=np.array([], dtype=bool))


def test_a_pass_that_was_run() -> None:
    seen = Observations(outcomes={Pass.CLEAN: {ONLY: RIGHT}, Pass.CORRUPTIONS: {"fog/1": RIGHT}})
    assert seen.outcome(Pass.CLEAN) is RIGHT
    assert list(seen.variants(Pass.CORRUPTIONS)) == ["fog/1"]


def test_a_pass_that_was_not_run_says_why() -> None:
    seen = Observations(absent={Pass.SKETCH: Missing.DATA_SET_MISSING})
    with pytest.raises(UndefinedResult, match="sketch was not run") as caught:
        seen.outcome(Pass.SKETCH)
    assert caught.value.reason is Missing.DATA_SET_MISSING
    with pytest.raises(UndefinedResult) as caught:
        seen.variants(Pass.FGSM)
    assert caught.value.reason is Missing.NOT_MEASURED


@pytest.mark.parametrize("half", [{"probabilities": np.ones((1, 1))}, {"labels": np.zeros(1, dtype=np.int64)}, {}])
def test_probabilities_and_labels_come_together_or_not_at_all(half: dict[str, np.ndarray]) -> None:
    with pytest.raises(UndefinedResult, match="not kept") as caught:
        Observations(absent={Pass.CLEAN: Missing.FAILED}, **half).clean_probabilities()  # type: ignore[arg-type]
    assert caught.value.reason is Missing.FAILED
    with pytest.raises(UndefinedResult) as caught:
        Observations(**half).clean_probabilities()  # type: ignore[arg-type]
    assert caught.value.reason is Missing.NOT_MEASURED
