"""What it would take to bring a model up: other weights, the proof that none would do, or better values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from quba.deciding.weight_search import MARGIN, search
from quba.errors import require_rank
from quba.ranking.pool import scored_pool


@dataclass(frozen=True, eq=False, slots=True)
class Obstacle:
    """Why no weighting brings a model up.

    Attributes:
        dominators: rows of the models that are at least as good on every weighted dimension and better on one; they
            are ahead, or level, whatever the weights.
        mixtures: sets of further models, none in two sets, as shares summing to 1, whose average is at least as good on
            every weighted dimension (to 1e-6); under every weighting one of each set is ahead or level.

    k dominators and mixtures together prove that rank k is out of reach. With fewer, the proof is that every choice of
    k - 1 models that may stay ahead was tried.
    """

    dominators: Int[np.ndarray, " dominators"]
    mixtures: tuple[Mapping[int, float], ...]


@dataclass(frozen=True, eq=False, slots=True)
class NearestWeights:
    """Weights that bring a model to a rank, or why there are none.

    Attributes:
        weights: for the positively weighted dimensions, or None.
        change: root of the mean squared relative change of the weights; None without weights.
        proven: whether nothing nearer exists (with weights), or nothing at all (without). False where the search ended
            at its limit: then the weights do bring the model up, but nearer ones may exist; or it is open whether any.
        obstacle: where it is proven that no weights would do, the models in the way.
    """

    weights: Mapping[str, float] | None
    change: float | None
    proven: bool
    obstacle: Obstacle | None


def nearest_weights(
    standardised: Mapping[str, Float[np.ndarray, " models"]],
    weights: Mapping[str, float | int],
    row: int,
    *,
    k: int = 1,
) -> NearestWeights:
    """The least relative change of the weights that brings a model to rank k or better.

    Weights of 0 stay 0: those dimensions were left out on purpose. The change of a weight is measured against itself,
    so that doubling a small weight counts as much as doubling a large one.

    Args:
        standardised: columns of ``quba.ranking.normalisation.standardise``.
        weights: as for ``quba.ranking.score.score``.
        row: a model that the weights score.
        k: the rank to reach, from 1 to the number of scored models.

    Returns:
        The weights, or the obstacle. For k = 1 the answer is always proven. Beyond, the choice of the models that may
        stay ahead makes it a search, which is ended after some hundred steps.

    Raises:
        WeightError: as ``quba.ranking.score.score``.
        QuestionError: ``k_out_of_range`` or ``model_without_score``.

    >>> columns = {"accuracy": np.array([1.0, 0.0]), "shape_bias": np.array([0.0, 0.5])}
    >>> found = nearest_weights(columns, {"accuracy": 1, "shape_bias": 1}, row=1)
    >>> {key: round(weight, 3) for key, weight in found.weights.items()}
    {'accuracy': 0.6, 'shape_bias': 1.2}
    """
    pool, centre = scored_pool(standardised, weights)
    require_rank(k, pool.rows.size)
    own = pool.good[pool.place(row)]
    # Models with equal values tie under every weighting: they can neither be passed nor stand in the way.
    rivals = np.flatnonzero((pool.good != own).any(axis=1))
    # In relative weights x = w / centre each demand is linear: sum of x_d centre_d (own - rival)_d at least the margin.
    found = search((own - pool.good[rivals] - MARGIN) * centre, centre, k)
    if found.point is not None:
        # Root mean square of the relative changes, so that it does not grow with the number of dimensions.
        change = float(np.sqrt(np.mean((found.point - 1) ** 2)))
        changed = dict(zip(pool.keys, (found.point * centre).tolist(), strict=True))
        return NearestWeights(changed, change, found.proven, None)
    if not found.proven:
        return NearestWeights(None, None, proven=False, obstacle=None)
    dominators = pool.rows[rivals[(pool.good[rivals] >= own).all(axis=1)]]
    sets = ({int(pool.rows[rivals[one]]): share for one, share in several.items()} for several in found.barred)
    # A set of dominators alone says nothing beyond the dominators, which are listed already.
    mixtures = tuple(one for one in sets if not one.keys() <= set(dominators.tolist()))
    return NearestWeights(None, None, proven=True, obstacle=Obstacle(dominators, mixtures))
