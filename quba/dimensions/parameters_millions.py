"""Parameters: the size of a model."""

import numpy as np
from jaxtyping import Float

from quba.dimension import Dimension, Missing, Theme, UndefinedResult
from quba.measuring.observations import Measured, Observations
from quba.published_error import PublishedError
from quba.reference import Reference


def _published_error(
    value: Float[np.ndarray, " models"],
    _accuracy: Float[np.ndarray, " models"],
) -> Float[np.ndarray, " models"]:
    return np.zeros(value.shape)


DIMENSION = Dimension(
    key="parameters_millions",
    label="Parameters",
    short_label="Params",
    position=8,
    theme=Theme.SIZE,
    unit="million parameters",
    lower_bound=0.0,
    upper_bound=None,
    plausible=(0.001, 100_000.0),
    higher_is_better=False,
    default_weight=1.0,
    smallest_meaningful_difference=1.0,
    reference=Reference(55.28778625954198, 42.8890536095964),
    published_error=PublishedError("none but rounding", _published_error),
    decimals=1,
    logarithmic=True,
    description="Number of parameters of the model in millions; fewer need less memory.",
    procedure="All trainable numbers of the network in millions, text encoder included where there is one.",
    source='Hesse et al. 2026, "Beyond Accuracy" (TMLR, arXiv 2503.17110)',
    passes=(),
)

_DECIMALS = 1


def parameters_millions(parameter_count: int) -> float:
    """Number of parameters in millions, to one decimal; lower is better.

    Args:
        parameter_count: elements of all parameters, buffers left out, 0 or more. Everything that the model needs to
            decide counts, also a text tower or an auxiliary head.

    Returns:
        Millions, 0 or more.

    Raises:
        ValueError: for a negative count.

    Source:
        Hesse et al. 2026, arXiv 2503.17110.

    >>> parameters_millions(25_557_032)
    25.6
    """
    if parameter_count < 0:
        raise ValueError(f"parameter_count is {parameter_count}; it must be 0 or more. Count elements, not bytes.")
    return round(parameter_count / 1e6, _DECIMALS)


def measure(observations: Observations) -> Measured:
    """Parameters of one model; a count has no standard error.

    Args:
        observations: with the parameter count.

    Returns:
        Parts: ``parameter_count``. No images.

    Raises:
        UndefinedResult: with ``NOT_MEASURED`` where nobody counted.
    """
    count = observations.parameter_count
    if count is None:
        raise UndefinedResult(Missing.NOT_MEASURED, "the parameters were not counted")
    return Measured(
        value=parameters_millions(count), parts={"parameter_count": count}, sample_count=None, standard_error=None
    )
