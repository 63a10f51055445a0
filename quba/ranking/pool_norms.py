"""Norms of a pool of one's own: its mean and standard deviation, and never so small a one that noise is blown up.

Two models that differ by less than anybody can measure would, as plain z-scores, stand as far apart as the best and
the worst of hundreds. So a spread counts at least as much as what chance alone makes of equal models, and as the
smallest difference that matters to anyone.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float

from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation, by_norm, norm_rows, norms, outlying
from quba.reference import Reference

FEWEST_FOR_A_SCORE = 2
"""Models of a pool of one's own before any of them has a score: a single one can be compared with nobody."""
# Two equal models lie 1.4 standard errors apart by chance alone; two leave such a pair within one spread.
_STANDARD_ERRORS = 2.0


def pool_norms(
    columns: Mapping[str, Float[np.ndarray, " models"]],
    standard_errors: Mapping[str, Float[np.ndarray, " models"]],
    among: Bool[np.ndarray, " models"] | None = None,
) -> dict[str, Reference]:
    """The norms of a pool, each spread at least two median standard errors and the smallest meaningful difference.

    Args:
        columns: values per dimension key, one per model, NaN where missing.
        standard_errors: of these values, under the same keys; NaN where an error is not known, which counts as none.
        among: the models that make the norms; all when absent.

    Returns:
        Norms of the dimensions that have any value; every spread is above 0.

    Raises:
        ValueError: for a key that is no dimension.
        KeyError: for a column without a column of standard errors.

    >>> columns, errors = {"accuracy": np.array([0.70, 0.71])}, {"accuracy": np.array([0.04, 0.04])}
    >>> found = pool_norms(columns, errors)["accuracy"]
    >>> round(found.mean, 4), found.standard_deviation
    (0.705, 0.08)
    """
    found = {}
    for key, column in columns.items():
        # A dimension that nobody was measured on has no norm; `standardise_by` lets its column through.
        if np.isnan(column).all():
            continue
        counted = norm_rows(column, among)
        plain = norms({key: column[counted]}, Normalisation.POOL)[key]
        errors = standard_errors[key][counted & ~outlying(key, column, among)]
        known = errors[~np.isnan(errors)]
        # The median, so that one model measured on few images does not widen the norm for all.
        noise = _STANDARD_ERRORS * float(np.median(known)) if known.size else 0.0
        found[key] = Reference(plain.mean, max(plain.standard_deviation, noise))
    return found


def standardise_by(
    columns: Mapping[str, Float[np.ndarray, " models"]], given: Mapping[str, Reference]
) -> dict[str, Float[np.ndarray, " models"]]:
    """Standardise columns with norms that are given, such as those that were frozen.

    Args:
        columns: values per dimension key, one per model, NaN where missing.
        given: norms per dimension; a column without one must be without values.

    Returns:
        The columns under the same keys, larger always being better, in spreads above the norm; NaN stays NaN.

    Raises:
        KeyError: for a column with values and without a norm, or a key that is no dimension.

    >>> standardise_by({"calibration_error": np.array([0.25])}, {"calibration_error": Reference(0.5, 0.125)})
    {'calibration_error': array([2.])}
    """
    return {
        key: column.copy() if np.isnan(column).all() else by_norm(column, DIMENSIONS[key], given[key])
        for key, column in columns.items()
    }
