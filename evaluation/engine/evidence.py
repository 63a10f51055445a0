"""What a finished run leaves of a model that is worth keeping: its steps are large and go, this is small and stays."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evaluation.engine.stages import Request
from evaluation.engine.step_results import StepResults
from quba.dimension import Missing, Pass
from quba.measuring.evidence import Conditions, Evidence
from quba.measuring.observations import ONLY, Measured


def evidence_of(
    request: Request,
    seen: StepResults,
    measured: Mapping[str, Measured],
    missing: Mapping[str, Missing],
    replicates: Mapping[str, NDArray[np.float64]],
) -> Evidence:
    """Put together what is kept of one model.

    Passes that were not run to their end are left out, and so is what was measured beyond the dimensions.

    Args:
        request: that was answered.
        seen: of the model.
        measured: its dimensions that have a value.
        missing: why the others have none.
        replicates: values with each group of images left out, of the dimensions that have them.
    """
    return Evidence(
        conditions=conditions_of(request),
        values={key: each.value for key, each in measured.items()},
        standard_errors={key: each.standard_error for key, each in measured.items()},
        replicates=replicates,
        missing=missing,
        right={
            _name(source, variant): outcome.right
            for source, variants in seen.outcomes.items()
            for variant, outcome in variants.items()
        },
        unread={
            _name(source, variant): places
            for source, variants in seen.unread.items()
            for variant, places in variants.items()
        },
        labels=seen.labels,
        confidence=seen.confidence,
    )


def _name(source: Pass, variant: str) -> str:
    # The first colon ends the pass, whatever a variant is called.
    return source.value if variant == ONLY else f"{source.value}:{variant}"


def conditions_of(request: Request) -> Conditions:
    """Under what a request measures: models that were measured under the same can be paired."""
    return Conditions(
        benchmark=request.benchmark.key,
        digest=request.benchmark.digest,
        protocol=request.protocol.value,
        seed=request.seed,
        samples_per_class=request.samples_per_class,
    )
