"""The nearest point of a cone: what "the least change of weights" comes down to."""

import numpy as np
import scipy
from jaxtyping import Float

# Every point but 0 that is nearest lies at a distance of 1 or more from 0: along a direction u of length 1 without a
# negative coordinate it is (1 . u) u, and 1 . u is at least 1. So anything in between is rounding.
_NOTHING = 0.5
_ROUNDING = 1e-10


def nearest_in_cone(
    demands: Float[np.ndarray, "demands dims"],
) -> tuple[Float[np.ndarray, " dims"] | None, Float[np.ndarray, " demands"]]:
    """The point x of 0 or more nearest to (1, ..., 1) with ``demands @ x`` of 0 or more.

    The dual of this quadratic programme is a non-negative least-squares problem, solved by an active set in finitely
    many steps; its residual is the point sought, and where that is 0, its solution proves that there is none.

    Args:
        demands: one row per demand, none of them all 0; no demand is allowed.

    Returns:
        The point, or None if 0 alone meets the demands; a cone narrower than 1e-10 counts as none. And the pressure of
        each demand, 0 or more. Without a point, the pressures are shares of demands whose mixture is negative in every
        coordinate, so that no x can meet them all.

    Source:
        Lawson and Hanson 1974, "Solving Least Squares Problems", chapter 23.

    >>> point, pressure = nearest_in_cone(np.array([[1.0, -2.0]]))
    >>> point.round(4).tolist(), pressure.round(4).tolist()
    ([1.2, 0.6], [0.4472])
    >>> nearest_in_cone(np.array([[-1.0, 0.0], [0.0, -1.0]]))[0] is None
    True
    """
    dims = demands.shape[1]
    # Scaled to length 1, the tolerance below means the same for every demand.
    directions = demands / np.linalg.norm(demands, axis=1, keepdims=True)
    # x = 1 + directions.T @ pressure + lift, with the shortest x; lift keeps the coordinates from falling below 0.
    multipliers, _ = scipy.optimize.nnls(np.hstack([directions.T, np.eye(dims)]), -np.ones(dims))
    pressure = multipliers[: len(demands)]
    point = np.maximum(1 + directions.T @ pressure + multipliers[len(demands) :], 0.0)
    if np.linalg.norm(point) < _NOTHING or bool((directions @ point < -_ROUNDING).any()):
        return None, pressure
    return point, pressure
