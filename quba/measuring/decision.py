"""From model outputs to decisions: over all classes, over a subset, over coarse classes, over 16 categories."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from quba.measuring.validity import require_labels


def subset_decisions(
    outputs: Float[np.ndarray, "images classes"], class_indices: Int[np.ndarray, " subset"]
) -> Int[np.ndarray, " images"]:
    """Decide among some of the classes only, as for the 200 classes of ImageNet-R.

    Args:
        outputs: logits or probabilities, one row per image.
        class_indices: the classes that may be chosen, in the order of the labels to compare with.

    Returns:
        Positions in ``class_indices``, from 0; the first one where outputs tie.

    Raises:
        ValueError: if the subset is empty or names an absent class.

    >>> subset_decisions(np.array([[9.0, 1.0, 2.0, 3.0]]), np.array([1, 3])).tolist()
    [1]
    """
    require_labels(class_indices, class_count=outputs.shape[1])
    chosen: Int[np.ndarray, " images"] = outputs[:, class_indices].argmax(axis=1)
    return chosen


def coarse_decisions(
    outputs: Float[np.ndarray, "images classes"], coarse_of_class: Int[np.ndarray, " classes"]
) -> Int[np.ndarray, " images"]:
    """Decide among all classes, then name the coarse class, as for the 9 classes of ImageNet-9.

    Args:
        outputs: logits or probabilities, one row per image.
        coarse_of_class: the coarse class of every class; -1 for a class that belongs to none.

    Returns:
        Coarse classes; -1 where the chosen class has none. The first class wins where outputs tie.

    Raises:
        ValueError: if there is not exactly one coarse class per column.

    >>> coarse_decisions(np.array([[0.1, 0.7, 0.2], [0.1, 0.2, 0.7]]), np.array([0, 8, -1])).tolist()
    [8, -1]
    """
    if len(coarse_of_class) != outputs.shape[1]:
        raise ValueError(
            f"there are {len(coarse_of_class)} coarse classes for {outputs.shape[1]} columns; pass one per column."
        )
    # Decided among all classes first, as the study does; by summed probabilities other images would be right.
    coarse: Int[np.ndarray, " images"] = coarse_of_class[outputs.argmax(axis=1)]
    return coarse


def category_probabilities(
    probabilities: Float[np.ndarray, "images classes"], categories: Sequence[Int[np.ndarray, " _"]]
) -> Float[np.ndarray, "images categories"]:
    """Mean probability over the classes of each category.

    The mean, not the sum: a sure "dog" spreads over 109 classes, so categories of one class win easily.

    Args:
        probabilities: in [0, 1], one row per image.
        categories: the class indices of each category, in the order of the labels to compare with.

    Returns:
        Means in [0, 1], one row per image and one column per category.

    Raises:
        ValueError: if there is no category, one is empty or names an absent class, or a probability leaves [0, 1].

    Source:
        Geirhos et al. 2021, model-vs-human, arXiv 2106.07411.

    >>> category_probabilities(np.array([[0.5, 0.2, 0.3]]), [np.array([0, 1]), np.array([2])]).tolist()
    [[0.35, 0.3]]
    """
    if len(categories) == 0:
        raise ValueError("there is no category to decide for; pass the class indices of at least one.")
    for members in categories:
        require_labels(members, class_count=probabilities.shape[1])
    # Written so that NaN, which compares false with everything, is refused as well.
    if not bool(((probabilities >= 0) & (probabilities <= 1)).all()):
        raise ValueError("probabilities must lie in [0, 1]; apply softmax to logits once.")
    return np.column_stack([probabilities[:, members].mean(axis=1, dtype=np.float64) for members in categories])


def category_decisions(
    probabilities: Float[np.ndarray, "images classes"],
    categories: Sequence[Int[np.ndarray, " _"]],
    *,
    last_wins_ties: bool = False,
) -> Int[np.ndarray, " images"]:
    """Decide for the category of the largest mean probability, as for the 16 categories of model-vs-human.

    Args:
        probabilities: in [0, 1], one row per image.
        categories: the class indices of each category.
        last_wins_ties: which category wins an exact tie. The study takes the first for accuracies on unfamiliar
            renditions and the last for shape bias, because the one uses argmax and the other a reversed sort.

    Returns:
        Positions in ``categories``, from 0.

    Raises:
        ValueError: as ``category_probabilities``.

    >>> tied = np.array([[0.5, 0.5]])
    >>> pair = [np.array([0]), np.array([1])]
    >>> category_decisions(tied, pair).tolist(), category_decisions(tied, pair, last_wins_ties=True).tolist()
    ([0], [1])
    """
    means = category_probabilities(probabilities, categories)
    if not last_wins_ties:
        first: Int[np.ndarray, " images"] = means.argmax(axis=1)
        return first
    # argmax takes the first of equals, so the last one is found from behind.
    last: Int[np.ndarray, " images"] = means.shape[1] - 1 - means[:, ::-1].argmax(axis=1)
    return last
