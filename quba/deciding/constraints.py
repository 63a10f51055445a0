"""Demands such as "at most 30 million parameters": who meets them, what each costs in score, what to give up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from quba.dimensions import DIMENSIONS
from quba.errors import QuestionError


@dataclass(frozen=True, slots=True)
class Constraint:
    """A demand on one dimension, in its unit.

    Attributes:
        key: the dimension.
        bound: the value that must not be passed; it is itself allowed.
        at_most: whether values must lie at or below the bound, or at or above it.
    """

    key: str
    bound: float
    at_most: bool


@dataclass(frozen=True, slots=True)
class Price:
    """What one constraint costs.

    Attributes:
        constraint: the one.
        alone: by how much the best score falls if it is the only constraint; None if no model meets it.
        in_company: by how much the best score would rise if it were dropped and the others kept; None if no model
            meets all constraints, or all but this.
    """

    constraint: Constraint
    alone: float | None
    in_company: float | None


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The least that one constraint must give, all others kept, for some model to fit.

    Attributes:
        constraint: the one that gives.
        bound: the bound at which a first model fits.
        spreads: how far that is from the constraint, in standard deviations (the unit passed in).
        model: row of that model.
    """

    constraint: Constraint
    bound: float
    spreads: float
    model: int


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The model that comes closest to meeting all constraints.

    Attributes:
        model: its row.
        spreads: by how much it misses, summed over the constraints, in standard deviations.
        bounds: per constraint that it breaks, in the order given, the bound at which it would fit.
    """

    model: int
    spreads: float
    bounds: tuple[tuple[Constraint, float], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """Who is left, and at what price.

    Attributes:
        rows: the scored models that meet all constraints, best first.
        prices: one per constraint, in the order given.
        relaxations: where no model fits, the single constraints that could give, least spreads first; a constraint
            that helps nothing without another giving too is not among them.
        nearest_miss: where no model fits, the model nearest to it; None otherwise, or where no model has the values.
    """

    rows: Int[np.ndarray, " fitting"]
    prices: tuple[Price, ...]
    relaxations: tuple[Relaxation, ...]
    nearest_miss: NearestMiss | None


def selection(
    values: Mapping[str, Float[np.ndarray, " models"]],
    score: Float[np.ndarray, " models"],
    constraints: Sequence[Constraint],
    spreads: Mapping[str, float],
) -> Selection:
    """Apply constraints to scored models.

    Args:
        values: columns in the unit of each dimension; a missing value meets no constraint.
        score: of each model; NaN is unscored and takes no part.
        constraints: any number, at most one lower and one upper bound per dimension.
        spreads: per dimension, the unit in which shortfalls are compared, above 0, such as the standard deviations of
            ``quba.dimensions.PUBLISHED``.

    Returns:
        Who fits, the price of each constraint, and where nobody fits the smallest relaxations.

    Raises:
        QuestionError: ``constraint_without_dimension``, ``constraint_twice`` or ``bound_out_of_range``.

    >>> values = {"accuracy": np.array([0.9, 0.8]), "parameters_millions": np.array([300.0, 20.0])}
    >>> small = Constraint("parameters_millions", 30.0, at_most=True)
    >>> found = selection(values, np.array([1.0, 0.7]), [small], {"parameters_millions": 40.0})
    >>> found.rows.tolist(), round(found.prices[0].alone, 2)
    ([1], 0.3)
    """
    _check(values, constraints)
    # NaN != 0, so that a missing value meets no constraint without being asked for.
    shortfalls = np.array([_shortfall(constraint, values[constraint.key]) for constraint in constraints])
    # The reshape keeps a table of no constraints two-dimensional: all scored models then meet all of none.
    met = (shortfalls.reshape(len(constraints), score.size) == 0) & ~np.isnan(score)
    rows = np.flatnonzero(_in_all(met) & ~np.isnan(score))
    prices = tuple(_price(index, constraint, met, score) for index, constraint in enumerate(constraints))
    # Stable, so that equal scores stay in the order of the rows and an answer repeats itself.
    ordered = rows[np.argsort(-score[rows], kind="stable")]
    if rows.size or not constraints:
        return Selection(ordered, prices, (), None)
    # 30 million parameters and 0.03 of accuracy can only be weighed against each other in a common unit.
    units = np.array([spreads[constraint.key] for constraint in constraints])
    in_spreads = np.where(np.isnan(score), np.nan, shortfalls / units[:, np.newaxis])
    return Selection(
        ordered, prices, _relaxations(constraints, in_spreads, values), _miss(constraints, in_spreads, values)
    )


def _check(values: Mapping[str, Float[np.ndarray, " models"]], constraints: Sequence[Constraint]) -> None:
    seen: set[tuple[str, bool]] = set()
    for constraint in constraints:
        if constraint.key not in values or constraint.key not in DIMENSIONS:
            raise QuestionError(
                "constraint_without_dimension",
                f"constraint on {constraint.key!r} has no dimension; use one of {', '.join(values)}.",
            )
        if (constraint.key, constraint.at_most) in seen:
            bound = "upper" if constraint.at_most else "lower"
            raise QuestionError("constraint_twice", f"{constraint.key} has two {bound} bounds; keep the tighter one.")
        seen.add((constraint.key, constraint.at_most))
        rule = DIMENSIONS[constraint.key].violation(constraint.bound)
        if rule:
            raise QuestionError("bound_out_of_range", f"bound is {constraint.bound}, but {rule}.")


def _shortfall(constraint: Constraint, column: Float[np.ndarray, " models"]) -> Float[np.ndarray, " models"]:
    """By how much each value breaks a constraint, 0 where it does not; NaN for a missing value."""
    # The bound itself is allowed: a value on it has a shortfall of exactly 0.
    over: Float[np.ndarray, " models"] = (column - constraint.bound) * (1 if constraint.at_most else -1)
    shortfall: Float[np.ndarray, " models"] = np.maximum(over, 0.0)
    return shortfall


def _best(score: Float[np.ndarray, " models"], rows: Bool[np.ndarray, " models"]) -> float | None:
    return float(score[rows].max()) if rows.any() else None


def _in_all(met: Bool[np.ndarray, "constraints models"]) -> Bool[np.ndarray, " models"]:
    """Which models meet every row of a table; all of them where it has no row."""
    every: Bool[np.ndarray, " models"] = np.logical_and.reduce(met, axis=0)
    return every


def _price(
    index: int, constraint: Constraint, met: Bool[np.ndarray, "constraints models"], score: Float[np.ndarray, " models"]
) -> Price:
    scored: Bool[np.ndarray, " models"] = ~np.isnan(score)
    # Two prices, because constraints that bind together can each look free while the other is kept, and dear alone.
    anyone = _best(score, scored)
    alone = _best(score, met[index])
    together = _best(score, _in_all(met))
    without = _best(score, _in_all(np.delete(met, index, axis=0)) & scored)
    return Price(
        constraint,
        None if anyone is None or alone is None else anyone - alone,
        None if together is None or without is None else without - together,
    )


def _relaxations(
    constraints: Sequence[Constraint],
    in_spreads: Float[np.ndarray, "constraints models"],
    values: Mapping[str, Float[np.ndarray, " models"]],
) -> tuple[Relaxation, ...]:
    found = []
    for index, constraint in enumerate(constraints):
        others_met = _in_all(np.delete(in_spreads, index, axis=0) == 0)
        # A model that lacks this very value would need an unknown relaxation, so it is no candidate.
        candidates = np.flatnonzero(others_met & ~np.isnan(in_spreads[index]))
        if candidates.size:
            model = int(candidates[in_spreads[index, candidates].argmin()])
            found.append(
                Relaxation(constraint, float(values[constraint.key][model]), float(in_spreads[index, model]), model)
            )
    # sorted is stable: of equal relaxations, the constraint that was named first comes first.
    return tuple(sorted(found, key=lambda relaxation: relaxation.spreads))


def _miss(
    constraints: Sequence[Constraint],
    in_spreads: Float[np.ndarray, "constraints models"],
    values: Mapping[str, Float[np.ndarray, " models"]],
) -> NearestMiss | None:
    total = in_spreads.sum(axis=0)
    # nanargmin raises on a column of NaN only, and a miss by an unknown amount is not the nearest.
    if np.isnan(total).all():
        return None
    model = int(np.nanargmin(total))
    broken = tuple(
        (constraint, float(values[constraint.key][model]))
        for index, constraint in enumerate(constraints)
        if in_spreads[index, model] > 0
    )
    return NearestMiss(model, float(total[model]), broken)
