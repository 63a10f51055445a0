"""How far each value may be off: measured where that is known, estimated for the published ones."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from backend.ranking.pool import Prepared
from quba.benchmarks import STUDY_BENCHMARK
from quba.deciding.rank_uncertainty import estimated_standard_errors, standardised_errors
from quba.dimensions import DIMENSIONS

Column = Float[np.ndarray, " models"]


@dataclass(frozen=True)
class MeasurementErrors:
    """Standard errors of all values of a pool.

    Attributes:
        own: per dimension in its unit; NaN where the error is not known.
        standardised: the same in spreads of the norms; NaN where it is not known.
        estimated: per dimension, which models' errors are estimates.
        unknown: per dimension, which models have a value of which no error is known.
    """

    own: Mapping[str, Column]
    standardised: Mapping[str, Column]
    estimated: Mapping[str, Bool[np.ndarray, " models"]]
    unknown: Mapping[str, Bool[np.ndarray, " models"]]

    def of_rows(self, rows: Int[np.ndarray, " rows"]) -> "MeasurementErrors":
        """The errors of some of the models."""
        return MeasurementErrors(
            own={key: column[rows] for key, column in self.own.items()},
            standardised={key: column[rows] for key, column in self.standardised.items()},
            estimated={key: column[rows] for key, column in self.estimated.items()},
            unknown={key: column[rows] for key, column in self.unknown.items()},
        )

    def unknown_under(self, weights: Mapping[str, float]) -> Bool[np.ndarray, " models"]:
        """Which models have a value of unknown error that weighs."""
        found: Bool[np.ndarray, " models"] = np.logical_or.reduce(
            [column for key, column in self.unknown.items() if weights[key] > 0]
        )
        return found


def measurement_errors(prepared: Prepared) -> MeasurementErrors:
    """The errors of a pool's values.

    The estimates rest on the image counts of the study's data sets, so that there are none for other benchmarks, nor
    for values that came by import: nobody vouched for their counts.

    Args:
        prepared: the pool, under any normalisation but percentile ranks, which keep no distances.
    """
    snapshot = prepared.snapshot
    present = {key: ~np.isnan(column) for key, column in snapshot.columns.items()}
    # An error without a value, as screening leaves it, is no error of anything.
    measured = {key: np.where(present[key], error, np.nan) for key, error in snapshot.standard_errors.items()}
    estimates = {key: np.full_like(error, 0 if DIMENSIONS[key].counted else np.nan) for key, error in measured.items()}
    # Elsewhere nobody knows how many images stand behind a value, and a guess would pass for knowledge.
    if snapshot.benchmark == STUDY_BENCHMARK:
        published = estimated_standard_errors(snapshot.columns)
        estimates = {key: np.where(snapshot.from_study[key], published[key], other) for key, other in estimates.items()}
    own = {key: np.where(np.isnan(error), estimates[key], error) for key, error in measured.items()}
    # A dimension without any value has no norm, and nothing in it to be off.
    standardised = {**own, **standardised_errors({key: own[key] for key in prepared.norms}, prepared.norms)}
    return MeasurementErrors(
        own=own,
        standardised=standardised,
        # What is counted is exact, and no estimate, unless it was published rounded.
        estimated={
            key: present[key] & np.isnan(measured[key]) & ~np.isnan(error) & snapshot.from_study[key]
            for key, error in own.items()
        },
        unknown={key: present[key] & np.isnan(error) for key, error in own.items()},
    )
