"""What somebody wants to have measured, checked before it is queued."""

from collections.abc import Container
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from backend.imports.study_names import PREFIX as STUDY_PREFIX
from backend.imports.study_names import study_reasons
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
        description="The name of a model of the timm library with its own weights, such as resnet50.a1_in1k; of "
        "torchvision's, such as torchvision:resnet50 or torchvision:resnet50/IMAGENET1K_V1; or of the study, such as "
        "study:hiera-t, whose prefix may be left out where timm has no such name.",
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
    cost: bool = Field(
        False,
        description="Whether the worker measures latency and peak memory of the model on its own device, too, at batch "
        "sizes 1 and 64. They become dimensions of that device, which weigh 0; if they fail, the evaluation succeeds "
        "without them.",
    )
    seed: Seed = Field(SEED.default, description="The random seed of subsets, attacks and corruptions.")
    priority: within(_PRIORITY) = Field(  # type: ignore[valid-type]
        _PRIORITY.default, description="The place among queued evaluations, where 1 is the most urgent."
    )


def model_name(name: str, architectures: Container[str]) -> str:
    """The one name that a model of a library or of the study has, whatever it was called by.

    Args:
        name: as somebody wrote it.
        architectures: timm's names: what it has is its own, whatever the study calls so.

    Raises:
        ProblemError: 422 for a name or weights that torchvision or the study does not have, and for a model of the
            study that nothing can measure; timm's are left to `require_one_model`.
    """
    if name.startswith(PREFIX):
        return _torchvision_name(name)
    current = current_name(name)
    is_studys = name in study_reasons() and current.partition(".")[0] not in architectures
    if is_studys or name.startswith(STUDY_PREFIX):
        return _study_name(name.removeprefix(STUDY_PREFIX))
    return current


def _torchvision_name(name: str) -> str:
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


def _study_name(model_id: str) -> str:
    reason = study_reasons().get(model_id)
    if reason is None:
        close = nearest(model_id, list(study_reasons()))
        raise ProblemError(
            422,
            "unknown_model",
            f"The study has no model {shown_value(model_id)}.",
            f"Did you mean {STUDY_PREFIX + close!r}?" if close else "`wellbehaved study status` lists its models.",
        )
    if reason:
        raise ProblemError(
            422,
            "weights_unavailable",
            f"{model_id} cannot be measured: {reason}",
            "Submit another model; `wellbehaved study status` says which of the study's can be measured.",
        )
    return f"{STUDY_PREFIX}{model_id}"


def require_one_model(request: EvaluationRequest, architectures: tuple[str, ...]) -> str:
    """Look whether a request names one model, of a known architecture.

    Args:
        request: what is to be measured.
        architectures: the names that there are.

    Returns:
        The architecture.

    Raises:
        ProblemError: 422 `invalid_parameter` or `unknown_architecture`; as `model_name`.
    """
    checkpoint_id = request.checkpoint_id
    model = None if request.model is None else model_name(request.model, architectures)
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
            "Give checkpoint_id for an uploaded file, or model for weights of timm, torchvision or the study.",
        )
    if model is not None and model.startswith((PREFIX, STUDY_PREFIX)) and request.architecture is None:
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
