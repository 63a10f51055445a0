"""Making dimensions comparable: seven ways to standardise a column, all turned so that larger is better."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float

from quba.dimension import Dimension
from quba.dimensions import DIMENSIONS
from quba.ranking.statistics import counts_below, mid_ranks
from quba.reference import Reference, trimmed_reference
from quba.vocabulary import Normalisation as Normalisation

# Makes the median absolute deviation of a normal sample estimate its standard deviation.
_MAD_TO_SD = 1.482602218505602
# Well above the rounding of a mean of some hundred doubles, far below any digit that is published.
_NEGLIGIBLE = 1e-12
# One value has no spread.
_FEWEST_FOR_A_NORM = 2
OUTLYING_SPREADS = 50.0
"""A value farther from the median than so many robust standard deviations makes no norm."""


def percentiles(
    column: Float[np.ndarray, " models"], higher_is_better: bool, among: Bool[np.ndarray, " models"] | None = None
) -> Float[np.ndarray, " models"]:
    """Mid-rank of each value, ties and the value itself counted half; large is good in either direction.

    For how many others a model beats, see ``quba.ranking.standings``.

    Args:
        column: one value per model; NaN is missing and stays NaN.
        higher_is_better: the direction of the dimension.
        among: the models that are counted; all when absent.

    Returns:
        Mid-rank fractions (rank - 1/2) / n, strictly between 0 and 1 for the models that are counted and from 0 to 1
        for the others; a constant column gives 0.5.

    >>> percentiles(np.array([0.1, 0.3, np.nan, 0.2, 0.3]), higher_is_better=False).tolist()
    [0.875, 0.25, nan, 0.625, 0.25]
    """
    present = ~np.isnan(column)
    good = column[present] if higher_is_better else -column[present]
    result = np.full(column.shape, np.nan)
    if among is None:
        result[present] = (mid_ranks(good) - 0.5) / good.size
        return result
    counted = good[among[present]]
    # The mean of "below" and "not above" is the mid-rank less a half; with none to count, 0 and not a division by 0.
    result[present] = np.add(*counts_below(good, counted)) / 2 / max(counted.size, 1)
    return result


def standardise(
    columns: Mapping[str, Float[np.ndarray, " models"]],
    normalisation: Normalisation,
    among: Bool[np.ndarray, " models"] | None = None,
) -> dict[str, Float[np.ndarray, " models"]]:
    """Standardise every column so that the dimensions can be added up, larger always being better.

    Args:
        columns: values per dimension key, one per model, NaN where missing.
        normalisation: the rule; all but ``published`` take their norms from the present values of the column, and so
            does ``published`` for a dimension without a published norm. ``pool`` knows no standard errors here; where
            there are some, ``quba.ranking.pool_norms`` takes them into account.
        among: the models whose values make the norms, so that the others move nobody's score; all when absent. A
            column with fewer than two values among them takes its norm from all. ``outlying`` values make none.

    Returns:
        The columns under the same keys. z-scores are unbounded; ``percentile`` and ``minmax`` lie in [0, 1], but for
        ``minmax`` of a model that makes no norms. NaN stays NaN. A column whose norm has no spread, or one below 1e-12
        of its values, says nothing about differences and gives 0 throughout.

    Raises:
        ValueError: for a key that is no dimension.

    >>> columns = {"calibration_error": np.array([0.01, 0.03, 0.02])}
    >>> standardise(columns, Normalisation.MINMAX)["calibration_error"].tolist()
    [1.0, 0.0, 0.5]
    """
    return {key: _standard_scores(key, column, normalisation, among) for key, column in columns.items()}


def norm_rows(
    column: Float[np.ndarray, " models"], among: Bool[np.ndarray, " models"] | None
) -> Bool[np.ndarray, " models"]:
    """The models whose values make the norm of a column.

    Args:
        column: one value per model, NaN where missing.
        among: the models that may; all when absent.

    Returns:
        Those among them with a value; all models with a value where these are fewer than two.

    >>> norm_rows(np.array([0.2, 0.4, np.nan, 0.5]), np.array([True, True, True, False])).tolist()
    [True, True, False, False]
    """
    present: Bool[np.ndarray, " models"] = ~np.isnan(column)
    if among is None or (among & present).sum() < _FEWEST_FOR_A_NORM:
        return present
    counted: Bool[np.ndarray, " models"] = among & present
    return counted


def outlying(
    key: str, column: Float[np.ndarray, " models"], among: Bool[np.ndarray, " models"] | None = None
) -> Bool[np.ndarray, " models"]:
    """The models whose value is so far from all others that one slip of a digit would explain it.

    They lie more than 50 robust standard deviations from the median. That deviation is 1.4826 times the median
    absolute deviation, and never taken for smaller than the study's standard deviation of the dimension, or where it
    has none than the smallest meaningful difference, so that a pool of models that are much alike does not shut out an
    ordinary one. No norm of a pool counts such a value.

    Args:
        key: of the dimension.
        column: one value per model; NaN is missing and never outlying.
        among: the models that median and deviation are taken from; all when absent.

    Returns:
        One truth value per model.

    Source:
        Hampel 1974, "The influence curve and its role in robust estimation": median and median absolute deviation.

    >>> outlying("parameters_millions", np.array([25.6, 86.6, 304.3, 999_999_999.0, np.nan])).tolist()
    [False, False, False, True, False]
    """
    counted = column[norm_rows(column, among)]
    if counted.size == 0:
        return np.zeros(column.shape, dtype=bool)
    median = np.median(counted)
    deviation = max(_MAD_TO_SD * np.median(np.abs(counted - median)), _ordinary_deviation(DIMENSIONS[key]))
    # A comparison with NaN is False.
    found: Bool[np.ndarray, " models"] = np.abs(column - median) > OUTLYING_SPREADS * deviation
    return found


def _ordinary_deviation(dimension: Dimension) -> float:
    reference = dimension.reference
    return dimension.smallest_meaningful_difference if reference is None else reference.standard_deviation


def norms(columns: Mapping[str, Float[np.ndarray, " models"]], normalisation: Normalisation) -> dict[str, Reference]:
    """The centre and spread that each column is standardised with, for turning differences back into values.

    Args:
        columns: as for ``standardise``.
        normalisation: any but ``percentile``, which keeps no distances.

    Returns:
        Norms per dimension; a spread of 0 where the column gives 0 throughout. For ``minmax`` the centre is the worst
        value and the spread the range.

    Raises:
        ValueError: for a key that is no dimension, a column without any value, or ``percentile``.

    >>> norms({"accuracy": np.array([0.5, 0.7])}, Normalisation.MINMAX)["accuracy"].mean
    0.5
    """
    if normalisation is Normalisation.PERCENTILE:
        raise ValueError("percentile ranks keep no distances; choose another normalisation, such as published.")
    found: dict[str, Reference] = {}
    for key, column in columns.items():
        if key not in DIMENSIONS or np.isnan(column).all():
            raise ValueError(f"{key!r} has no norm; pass a dimension with at least one value.")
        ordered = np.sort(column[~np.isnan(column) & ~outlying(key, column)])
        found[key] = _norm(key, ordered, normalisation)
    return found


def _standard_scores(
    key: str,
    column: Float[np.ndarray, " models"],
    normalisation: Normalisation,
    among: Bool[np.ndarray, " models"] | None,
) -> Float[np.ndarray, " models"]:
    if key not in DIMENSIONS:
        raise ValueError(f"{key!r} is no dimension; use one of {', '.join(DIMENSIONS)}.")
    dimension = DIMENSIONS[key]
    present = ~np.isnan(column)
    if not present.any():
        return np.full(column.shape, np.nan)
    # A slip of the digits would otherwise squeeze all other models into one point.
    counted = norm_rows(column, among) & ~outlying(key, column, among)
    # Sorting first makes every sum below the same for any order of the models.
    ordered = np.sort(column[counted])
    if normalisation is Normalisation.PERCENTILE and ordered[0] != ordered[-1]:
        return percentiles(column, dimension.higher_is_better, counted)
    return by_norm(column, dimension, _norm(key, ordered, normalisation))


def by_norm(
    column: Float[np.ndarray, " models"], dimension: Dimension, norm: Reference
) -> Float[np.ndarray, " models"]:
    """A column standardised with a given norm, larger always being better.

    Args:
        column: one value per model, NaN where missing.
        dimension: whose direction it has.
        norm: centre and spread; a spread of 0 gives 0 throughout.

    Returns:
        Unbounded numbers of spreads above the centre; NaN stays NaN.

    >>> by_norm(np.array([0.5, 0.7]), DIMENSIONS["accuracy"], Reference(0.5, 0.1)).round(6).tolist()
    [0.0, 2.0]
    """
    if norm.standard_deviation == 0:
        return np.where(np.isnan(column), np.nan, 0.0)
    # Adding 0 turns the -0.0 of a reversed column into 0.0.
    found: Float[np.ndarray, " models"] = dimension.sign * (column - norm.mean) / norm.standard_deviation + 0.0
    return found


def _norm(key: str, ordered: Float[np.ndarray, " values"], normalisation: Normalisation) -> Reference:
    """Centre and spread of a sorted column without NaN; a spread of 0 for one that says nothing."""
    published = DIMENSIONS[key].reference
    if normalisation is Normalisation.PUBLISHED and published is not None:
        return published
    norm = _refit(ordered, normalisation, DIMENSIONS[key])
    # A spread this small against the values is rounding, and dividing by it could overflow.
    if norm.standard_deviation <= _NEGLIGIBLE * max(abs(ordered[0]), abs(ordered[-1])):
        return Reference(norm.mean, 0.0)
    return norm


def _refit(ordered: Float[np.ndarray, " values"], normalisation: Normalisation, dimension: Dimension) -> Reference:
    """Centre and spread taken from a sorted column without NaN."""
    sign, least = dimension.sign, dimension.smallest_meaningful_difference
    if normalisation is Normalisation.TRIMMED:
        return trimmed_reference(ordered)
    if normalisation is Normalisation.POOL:
        # The mean of equal numbers can be off by one rounding, which a small floor would blow up.
        centre = float(ordered[0] if ordered[0] == ordered[-1] else ordered.mean())
        return Reference(centre, max(float(ordered.std()), least))
    if normalisation is Normalisation.ROBUST:
        median = float(np.median(ordered))
        return Reference(median, _MAD_TO_SD * float(np.median(np.abs(ordered - median))))
    if normalisation is Normalisation.MINMAX:
        # From the worst and not the least, so that the scores run from 0 to 1 in either direction.
        worst = float(ordered[0 if sign > 0 else -1])
        return Reference(worst, float(ordered[-1] - ordered[0]))
    # The plain z-score. A constant column under PERCENTILE also ends here and gets its spread of 0, and so does a
    # dimension under PUBLISHED that nobody published a norm of.
    return trimmed_reference(ordered, share=0.0)
