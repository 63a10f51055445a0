"""What somebody wants to have measured, checked before it is queued."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from backend.problems import ProblemError
from backend.ranking.parameter_errors import nearest, shown
from backend.ranking.parameters import POOL, Group, Parameter, ParameterSet, Text, display_name, number
from backend.ranking.timm_names import current_name
from quba.dimensions import DIMENSIONS
from quba.vocabulary import PROTOCOLS

MOST_PER_CLASS = 1000
LEAST_URGENT = 100
DEFAULT_PRIORITY = 50
_DimensionKey: Any = Literal[tuple(DIMENSIONS)]


def _whole(least: int, most: int) -> Any:  # noqa: ANN401 - a type built at run time
    return Annotated[int, Field(ge=least, le=most), BeforeValidator(number)]


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_REQUEST: Group = {
    "checkpoint_id": Parameter(
        Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None,
        "The identifier of an uploaded checkpoint; give either this or `model`.",
    ),
    "model": Parameter(
        Text | None, "The name of a model of the timm library with its own weights, such as resnet50.a1_in1k."
    ),
    "architecture": Parameter(Text | None, "The checkpoint's architecture, by its name in /v1/architectures."),
    "weights_key": Parameter(
        Annotated[Text, Field(min_length=1)] | None,
        "The set of weights to measure of a checkpoint that holds several, such as state_dict or "
        "state_dict_ema. Default: the one that timm loads, averaged weights before raw ones.",
    ),
    "name": Parameter(
        Annotated[str, Field(min_length=1), BeforeValidator(display_name)] | None,
        "The name under which the model is listed. Default: the file's name, or the timm model's.",
    ),
    "benchmark": POOL["benchmark"],
    "protocol": Parameter(
        Literal[PROTOCOLS] | None, "The protocol, which says how attacks are made. Default: the benchmark's own."
    ),
    "dimensions": Parameter(
        Annotated[tuple[_DimensionKey, ...], Field(min_length=1, max_length=len(DIMENSIONS)), BeforeValidator(_listed)]
        | None,
        "The keys of the dimensions to measure. Default: all, which a rank under the default weights needs.",
    ),
    "samples_per_class": Parameter(
        _whole(1, MOST_PER_CLASS) | None,
        "The number of clean images of each class; other data sets stay whole up to 2,000 images. Default: all images.",
    ),
    "seed": Parameter(_whole(0, 2**32 - 1), "The random seed of subsets, attacks and corruptions.", 0),
    "priority": Parameter(
        _whole(1, LEAST_URGENT), "The place among queued evaluations, where 1 is the most urgent.", DEFAULT_PRIORITY
    ),
}
PARAMETERS = ParameterSet("EvaluationRequest", _REQUEST)


def require_one_model(values: Mapping[str, Any], architectures: tuple[str, ...]) -> str:
    """Look whether a request names one model, of a known architecture.

    Args:
        values: checked against `PARAMETERS`.
        architectures: the names that there are.

    Returns:
        The architecture.

    Raises:
        ProblemError: 422 `invalid_parameter` or `unknown_architecture`.
    """
    checkpoint_id, model = values["checkpoint_id"], values["model"]
    model = None if model is None else current_name(model)
    if model is not None and values["weights_key"] is not None:
        raise ProblemError(
            422,
            "invalid_parameter",
            "weights_key is given, and the weights are timm's own, of which there is one set.",
            "Leave weights_key out where model is given.",
        )
    if (checkpoint_id is None) == (model is None):
        raise ProblemError(
            422,
            "invalid_parameter",
            f"checkpoint_id and model are {'both' if model else 'neither'} given: one of them says what is measured.",
            "Give checkpoint_id for an uploaded file, or model for weights of the timm library.",
        )
    architecture = current_name(values["architecture"] or model or "").partition(".")[0]
    if not architecture:
        raise ProblemError(
            422,
            "invalid_parameter",
            "architecture is missing: a checkpoint holds weights and not the net that they belong to.",
            "Give the name of the architecture; GET /v1/architectures?q=WORDS searches for one.",
        )
    if architecture not in architectures:
        close = nearest(architecture, architectures)
        raise ProblemError(
            422,
            "unknown_architecture",
            f"There is no architecture {shown(architecture)}.",
            f"Did you mean {close!r}?" if close else "GET /v1/architectures?q=WORDS searches for one.",
        )
    if model is not None and model.partition(".")[0] != architecture:
        raise ProblemError(
            422,
            "invalid_parameter",
            f"architecture is {shown(architecture)}, and the model is of another.",
            "Leave architecture out where model is given.",
        )
    return str(architecture)
