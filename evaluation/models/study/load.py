"""Loads a model of the study by its name there: `study:hiera-t`, or `hiera-t` where no library has that name."""

import torch

from evaluation.errors import UnknownModel, WeightsUnavailable
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.names import current_name, is_known
from evaluation.models.study.recipes import RECIPES
from evaluation.models.study.table import STUDY_PREFIX, StudyModel, study_models
from evaluation.models.study.weight_files import tensors_in

_LIBRARIES = {"timm": "", "torchvision": "torchvision:", "open_clip": "open_clip:"}


def study_model(name: str) -> StudyModel | None:
    """The study's model that a name stands for; None where it stands for none.

    A name that timm has too is timm's: `resnet50` has other weights there, and `study:resnet50` names the study's.

    Raises:
        UnknownModel: it is called the study's and is not.

    >>> study_model("study:hiera-t") is study_model("hiera-t")
    True
    """
    model_id = name.removeprefix(STUDY_PREFIX)
    if model_id in study_models():
        return study_models()[model_id] if model_id != name or not is_known(current_name(name)) else None
    if model_id == name:
        return None
    raise UnknownModel(
        f"{model_id[:100]!r} is no model of the study. `wellbehaved study status` lists all {len(study_models())}."
    )


def library_name(model: StudyModel) -> str | None:
    """How a library that fetches by itself is asked for a model's weights, as `load` takes it; None for others.

    >>> library_name(study_models()["alexnet"])
    'torchvision:alexnet/IMAGENET1K_V1'
    """
    prefix = _LIBRARIES.get(model.loader or "")
    return None if prefix is None else f"{prefix}{model.loads}"


def load_released(model: StudyModel, *, class_count: int, device: str) -> LoadedModel:
    """Load weights that lie in files of their own, fetched if need be.

    Args:
        model: with a loader of `RECIPES`.
        class_count: outputs that the model is to have.
        device: to place it on.

    Raises:
        WeightsUnavailable: they were never released, cannot be had, or are not of this architecture.
    """
    if model.loader is None:
        raise WeightsUnavailable(f"{model.model_id} cannot be measured here: {model.reason}")
    recipe = RECIPES[model.loader]
    net = recipe.build(model.loads)
    tensors = [tensors_in(file.fetch(model.model_id), model.model_id) for file in model.files]
    try:
        with torch.no_grad():
            net.load_state_dict(recipe.state(net, tensors), strict=True)
    except (KeyError, RuntimeError, ValueError) as error:
        kept = ", ".join(str(file.path) for file in model.files)
        raise WeightsUnavailable(
            f"the weights of {model.model_id} do not fit its architecture: {str(error).strip().splitlines()[0]} "
            f"Remove {kept}, so that they are fetched again."
        ) from error
    return LoadedModel.of(
        net.to(device),
        name=f"{STUDY_PREFIX}{model.model_id}",
        preparation=recipe.preparation(model.loads),
        class_count=class_count,
        identity=model.identity,
    )
