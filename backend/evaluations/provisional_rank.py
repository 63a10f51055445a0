"""Where a model would stand, as far as it is measured: before an evaluation is over, its rank is an interval."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy

from backend.ranking.pool import Prepared
from quba.deciding.rank_uncertainty import score_standard_error, standardised_errors
from quba.dimensions import DIMENSIONS
from quba.ranking.pool_norms import standardise_by
from quba.ranking.presets import PRESETS
from quba.ranking.score import score
from quba.reference import Reference

CONFIDENCE = 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A value as far as it is known.

    Attributes:
        value: of a dimension, in its unit.
        standard_error: of the value, 0 where it is exact; None where nobody knows it.
    """

    value: float
    standard_error: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Between which ranks a model lies among those that are ranked, under the default weights.

    Attributes:
        rank: by the values as they are.
        rank_low: the best rank that is likely; None where the error of a value that weighs is not known.
        rank_high: the worst, or None likewise.
        of: how many models there are, with this one.
        dimensions: that were compared; the others are not measured yet.
    """

    rank: int
    rank_low: int | None
    rank_high: int | None
    of: int
    dimensions: tuple[str, ...]


def standing(
    prepared: Prepared, estimates: Mapping[str, Estimate], *, apart_from: str | None = None
) -> Standing | None:
    """Hold estimates of a model against the pool.

    Args:
        prepared: the pool, put on one scale by any normalisation but percentile ranks.
        estimates: by dimension.
        apart_from: the model itself, where it is in the pool already.

    Returns:
        None where nothing that weighs is measured yet.
    """
    paper = PRESETS["paper"].weights
    weights = {key: paper[key] for key in estimates if paper[key] > 0 and key in prepared.snapshot.columns}
    # A score of nothing would put the model at the mean of all.
    if not weights:
        return None
    others = np.array([model.id != apart_from for model in prepared.models], dtype=bool)
    columns = {key: prepared.snapshot.columns[key] for key in weights}
    # The first of a benchmark has nobody to be compared with, and no norm either.
    if not np.logical_and.reduce([others, *(~np.isnan(column) for column in columns.values())]).any():
        return Standing(rank=1, rank_low=1, rank_high=1, of=1, dimensions=tuple(weights))
    found = {key: prepared.norms[key] for key in weights}
    own = {
        # Without a spread, differences say nothing, which dividing by infinity expresses.
        key: np.array([DIMENSIONS[key].sign * (estimates[key].value - norm.mean) / (norm.standard_deviation or np.inf)])
        for key, norm in found.items()
    }
    mark = float(score(own, weights).score[0])
    # Anew by the norms: where there is one model so far, it has no score of its own.
    columns = {key: prepared.snapshot.columns[key] for key in weights}
    marks = score(standardise_by(columns, found), weights).score[others]
    # Who lacks one of these values has no score and no place before or behind.
    marks = marks[~np.isnan(marks)]
    reach = _reach(estimates, weights, found)
    return Standing(
        rank=1 + int((marks > mark).sum()),
        rank_low=None if reach is None else 1 + int((marks > mark + reach).sum()),
        rank_high=None if reach is None else 1 + int((marks > mark - reach).sum()),
        of=marks.size + 1,
        dimensions=tuple(weights),
    )


def _reach(
    estimates: Mapping[str, Estimate], weights: Mapping[str, float], found: Mapping[str, Reference]
) -> float | None:
    """How far the score may be off either way; None where one of its errors is not known, which is not 0."""
    known = {key: estimates[key].standard_error for key in weights}
    errors = {key: np.array([error]) for key, error in known.items() if error is not None}
    # Leaving the unknown one out would make the interval narrower than it is.
    if len(errors) < len(known):
        return None
    score_error = score_standard_error(standardised_errors(errors, found), weights)[0]
    return float(scipy.special.ndtri((1 + CONFIDENCE) / 2) * score_error)
