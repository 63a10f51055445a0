"""What somebody wants to have measured, checked before it is queued."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from backend.imports.timm_names import current_name
from backend.problems import ProblemError
from backend.ranking.parameter_errors import nearest, shown_value
from backend.ranking.parameters import (
    POOL,
    BenchmarkKey,
    CheckedParameters,
    MeasuredKey,
    Seed,
    Text,
    display_name,
    within,
)
from backend.ranking.torchvision_names import PREFIX, classifiers, full_name
from quba.vocabulary import RANKED_PROTOCOLS, SEED, Bounds

MOST_PER_CLASS = 1000
LEAST_URGENT = 100
DEFAULT_PRIORITY = 50
_MOST_DIMENSIONS = 200
_SAMPLES = Bounds(1, MOST_PER_CLASS, 1)
_PRIORITY = Bounds(1, LEAST_URGENT, DEFAULT_PRIORITY)


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class EvaluationRequest(CheckedParameters):
    """The body of an evaluation's submission."""

    checkpoint_id: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        None, description="The identifier of an uploaded checkpoint; give either this or `model`."
    )
    model: Text | None = Field(
        None,
        description="The name of a model of the timm library with its own weights, such as resnet50.a1_in1k, or of "
        "torchvision's, such as torchvision:resnet50 or torchvision:resnet50/IMAGENET1K_V1.",
    )
    architecture: Text | None = Field(
        None, description="The checkpoint's architecture, by its name in /v1/architectures."
    )
    weights_key: Annotated[Text, Field(min_length=1)] | None = Field(
        None,
        description="The set of weights to measure of a checkpoint that holds several, such as state_dict or "
        "state_dict_ema. Default: the one that timm loads, averaged weights before raw ones.",
    )
    name: Annotated[str, Field(min_length=1), BeforeValidator(display_name)] | None = Field(
        None, description="The name under which the model is listed. Default: the file's name, or the model's."
    )
    benchmark: BenchmarkKey = Field(POOL["benchmark"].default, description=POOL["benchmark"].description)
    protocol: Literal[RANKED_PROTOCOLS] | None = Field(  # type: ignore[valid-type]
        None, description="The protocol, which says how attacks are made. Default: the benchmark's own."
    )
    dimensions: (
        Annotated[tuple[MeasuredKey, ...], Field(min_length=1, max_length=_MOST_DIMENSIONS), BeforeValidator(_as_tuple)]
        | None
    ) = Field(
        None,
        description="The keys of the dimensions to measure, among them those that an installed package measures. "
        "Default: all that come with the program, which a rank under the default weights needs.",
    )
    class_order_checked: bool = Field(
        False,
        description="Whether the order of the model's outputs is known to be that of the classes. On a benchmark of "
        "one's own, some images otherwise show first whether they are shuffled, and such a model is refused.",
    )
    samples_per_class: within(_SAMPLES) | None = Field(  # type: ignore[valid-type]
        None,
        description="The number of clean images of each class; other data sets stay whole up to 2,000 images. "
        "Default: all images.",
    )
    seed: Seed = Field(SEED.default, description="The random seed of subsets, attacks and corruptions.")
    priority: within(_PRIORITY) = Field(  # type: ignore[valid-type]
        _PRIORITY.default, description="The place among queued evaluations, where 1 is the most urgent."
    )


def model_name(name: str) -> str:
    """The one name that a model of a library has, whatever it was called by.

    Raises:
        ProblemError: 422 `unknown_architecture` for a name or weights that torchvision does not have; timm's are left
            to `require_one_model`.
    """
    if not name.startswith(PREFIX):
        return current_name(name)
    found = full_name(name)
    if found is not None:
        return found
    model = name.removeprefix(PREFIX).partition("/")[0]
    tags = classifiers().get(model)
    close = nearest(model, list(classifiers()))
    raise ProblemError(
        422,
        "unknown_architecture",
        f"torchvision has no classifier or weights {shown_value(name)}.",
        f"Its weights of {model} are: {', '.join(tags)}."
        if tags
        else f"Did you mean {PREFIX + close!r}?"
        if close
        else "torchvision.models.list_models() lists its names.",
    )


def require_one_model(request: EvaluationRequest, architectures: tuple[str, ...]) -> str:
    """Look whether a request names one model, of a known architecture.

    Args:
        request: what is to be measured.
        architectures: the names that there are.

    Returns:
        The architecture.

    Raises:
        ProblemError: 422 `invalid_parameter` or `unknown_architecture`.
    """
    checkpoint_id = request.checkpoint_id
    model = None if request.model is None else model_name(request.model)
    if model is not None and request.weights_key is not None:
        raise ProblemError(
            422,
            "invalid_parameter",
            "weights_key is given, and the weights are the library's own, of which there is one set.",
            "Leave weights_key out where model is given.",
        )
    # Both or neither: either way it is not said what is measured.
    if (checkpoint_id is None) == (model is None):
        raise ProblemError(
            422,
            "invalid_parameter",
            f"checkpoint_id and model are {'both' if model else 'neither'} given: one of them says what is measured.",
            "Give checkpoint_id for an uploaded file, or model for weights of timm or torchvision.",
        )
    if model is not None and model.startswith(PREFIX) and request.architecture is None:
        return model.partition("/")[0]
    # What follows the dot names weights, and not the net.
    architecture = current_name(request.architecture or model or "").partition(".")[0]
    if not architecture:
        raise ProblemError(
            422,
            "invalid_parameter",
            "architecture is missing: a checkpoint holds weights and not the net that they belong to.",
            "Give the name of the architecture; GET /v1/checkpoints/{checkpoint_id}/architectures names those that "
            "fit, and GET /v1/architectures?q=WORDS searches for one.",
        )
    if architecture not in architectures:
        close = nearest(architecture, architectures)
        raise ProblemError(
            422,
            "unknown_architecture",
            f"There is no architecture {shown_value(architecture)}.",
            f"Did you mean {close!r}?" if close else "GET /v1/architectures?q=WORDS searches for one.",
        )
    if model is not None and model.partition(".")[0] != architecture:
        raise ProblemError(
            422,
            "invalid_parameter",
            f"architecture is {shown_value(architecture)}, and the model is of another.",
            "Leave architecture out where model is given.",
        )
    return architecture
