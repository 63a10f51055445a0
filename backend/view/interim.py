"""Where a model would stand, as far as it is measured: before an evaluation is over, its rank is an interval."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from backend.view.prepared import Prepared
from quba.dimensions import DIMENSIONS
from quba.normalisation import Normalisation, norm_rows, norms
from quba.presets import PRESETS
from quba.rank_uncertainty import score_standard_error, standardised_errors
from quba.reference import Reference
from quba.score import score

CONFIDENCE = 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A value as far as it is known.

    Attributes:
        value: of a dimension, in its unit.
        standard_error: of the value; None where it has none, as the number of parameters has.
    """

    value: float
    standard_error: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Between which ranks a model lies among those that are ranked, under the default weights.

    Attributes:
        rank: by the values as they are.
        rank_low: the best rank that is likely.
        rank_high: the worst.
        of: how many models there are, with this one.
        dimensions: that were compared; the others are not measured yet.
    """

    rank: int
    rank_low: int
    rank_high: int
    of: int
    dimensions: tuple[str, ...]


def standing(
    prepared: Prepared,
    normalisation: Normalisation,
    estimates: Mapping[str, Estimate],
    *,
    apart_from: str | None = None,
) -> Standing | None:
    """Hold estimates of a model against the pool.

    Args:
        prepared: the pool.
        normalisation: that puts values on one scale.
        estimates: by dimension.
        apart_from: the model itself, where it is in the pool already.

    Returns:
        None where nothing that weighs is measured yet.
    """
    weights = {key: PRESETS["paper"].weights[key] for key in estimates if PRESETS["paper"].weights[key] > 0}
    if not weights:
        return None
    others = np.array([model.id != apart_from for model in prepared.models], dtype=bool)
    columns = {key: prepared.snapshot.columns[key] for key in weights}
    if not np.logical_and.reduce([others, *(~np.isnan(column) for column in columns.values())]).any():
        return Standing(rank=1, rank_low=1, rank_high=1, of=1, dimensions=tuple(weights))
    found = {key: _norm(prepared, key, normalisation) for key in weights}
    own = {
        # Without a spread, differences say nothing, which dividing by infinity expresses.
        key: np.array([DIMENSIONS[key].sign * (estimates[key].value - norm.mean) / (norm.standard_deviation or np.inf)])
        for key, norm in found.items()
    }
    errors = standardised_errors({key: np.array([estimates[key].standard_error or 0.0]) for key in weights}, found)
    mark = float(score(own, weights).score[0])
    reach = float(ndtri((1 + CONFIDENCE) / 2) * score_standard_error(errors, weights)[0])
    marks = score({key: prepared.standardised[key] for key in weights}, weights).score[others]
    marks = marks[~np.isnan(marks)]
    return Standing(
        rank=1 + int((marks > mark).sum()),
        rank_low=1 + int((marks > mark + reach).sum()),
        rank_high=1 + int((marks > mark - reach).sum()),
        of=marks.size + 1,
        dimensions=tuple(weights),
    )


def _norm(prepared: Prepared, key: str, normalisation: Normalisation) -> Reference:
    """The norm that the pool's own values were standardised with."""
    column = prepared.snapshot.columns[key]
    counted = norm_rows(column, prepared.among)
    return norms({key: column[counted]}, normalisation)[key]
