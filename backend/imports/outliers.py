"""Values that are taken, though they are so far from all others that no norm of the pool counts them."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.measurements import of_current_version
from backend.store.tables import Measurement
from quba.benchmarks import STUDY, STUDY_BENCHMARK
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import outlying


class Outlier(NamedTuple):
    """A value that is taken but makes no norm."""

    model_id: str
    dimension: str
    value: float


def outliers_of(mine: Collection[str], session: Session) -> tuple[Outlier, ...]:
    """The values of these models that are so far from all others that no norm of the pool counts them."""
    found = []
    for key in DIMENSIONS:
        query = select(Measurement.model_id, Measurement.value).where(
            of_current_version(STUDY_BENCHMARK),
            Measurement.protocol == STUDY.default_protocol,
            Measurement.dimension == key,
        )
        # The whole pool, for whether a value is far off depends on all others.
        pool = {model_id: np.nan if value is None else value for model_id, value in session.execute(query)}
        models, column = list(pool), np.array(list(pool.values()), dtype=np.float64)
        found += [
            Outlier(models[place], key, float(column[place]))
            for place in np.flatnonzero(outlying(key, column))
            if models[place] in mine
        ]
    return tuple(found)
