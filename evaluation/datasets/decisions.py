"""How a model's outputs become a label of a data set: among all classes, some of them, coarse ones or categories."""

from collections.abc import Sequence

import numpy as np
import scipy
from jaxtyping import Float, Int
from numpy.typing import NDArray

from evaluation.datasets.dataset import Decide
from quba.measuring.decision import category_decisions, coarse_decisions, subset_decisions

Logits = Float[np.ndarray, "images classes"]
Labels = Int[np.ndarray, " images"]


def any_class(logits: Logits) -> Labels:
    """The class of the largest output; the first one where outputs tie."""
    chosen: NDArray[np.int64] = logits.argmax(axis=1)
    return chosen


def any_class_last_on_ties(logits: Logits) -> Labels:
    """The class of the largest output; the last one where outputs tie."""
    # argmax takes the first of equals, so the last is found from behind.
    chosen: NDArray[np.int64] = logits.shape[1] - 1 - logits[:, ::-1].argmax(axis=1)
    return chosen


def among(class_indices: NDArray[np.int64]) -> Decide:
    """Decide among some classes only; labels are positions in `class_indices`."""

    def decide(logits: Logits) -> Labels:
        return subset_decisions(logits, class_indices)

    return decide


def coarse(coarse_of_class: NDArray[np.int64]) -> Decide:
    """Decide among all classes, then name the coarse class of the winner."""

    def decide(logits: Logits) -> Labels:
        return coarse_decisions(logits, coarse_of_class)

    return decide


def category(categories: Sequence[NDArray[np.int64]], *, last_wins_ties: bool = False) -> Decide:
    """Decide for the category whose classes have the largest mean probability."""

    def decide(logits: Logits) -> Labels:
        # In double precision, where small probabilities do not vanish and only true ties are ties.
        probabilities = scipy.special.softmax(logits.astype(np.float64), axis=1)
        return category_decisions(probabilities, categories, last_wins_ties=last_wins_ties)

    return decide
