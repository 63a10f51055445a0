"""Architectures without their weights, for what does not depend on weights: the time and memory of a forward pass."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import timm

from evaluation.errors import LibraryMissing, WeightsUnavailable
from evaluation.models.identity import of_tag
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.loading import TORCHVISION_PREFIX, ZERO_SHOT_PREFIX
from evaluation.models.names import current_name, is_known
from evaluation.models.study.load import library_name, study_model
from evaluation.models.study.recipes import RECIPES
from evaluation.models.study.table import STUDY_PREFIX, StudyModel
from evaluation.models.timm_input import data_config_of, preparation_of
from evaluation.models.torchvision_weights import TorchvisionWeights


def with_weights_or_untrained(
    name: str, load: Callable[[], LoadedModel], *, class_count: int, device: str
) -> LoadedModel:
    """What loading gives, or, where the weights cannot be had, the same model untrained, with a note that says so.

    Args:
        name: of the model.
        load: loads it with its weights.
        class_count: of the benchmark.
        device: to place it on.

    Raises:
        ModelFault: as of `load`, where nothing can be built without weights either.
    """
    try:
        return load()
    except LibraryMissing:
        # The command that brings the library helps more than a net without it, which it would be needed for, too.
        raise
    except WeightsUnavailable as fault:
        model = untrained_model(name, class_count=class_count, device=device)
        if model is None:
            raise
        note = f"it is measured untrained, for time and memory do not depend on weights, which cannot be had: {fault}"
        return replace(model, notes=(*model.notes, note))


def untrained_model(name: str, *, class_count: int, device: str) -> LoadedModel | None:
    """A model with the weights that it begins training with, and the identity and input of the trained one.

    Args:
        name: of timm, "torchvision:MODEL" or a model of the study.
        class_count: outputs of an architecture that has no weights; with weights, a model has as many as they have.
        device: to place it on.

    Returns:
        None for what cannot be built without weights, such as zero-shot classifiers, whose classes their text tower
        makes, and for weights that no library knows.
    """
    study = study_model(name)
    if study is not None:
        return _of_study(study, class_count, device)
    if name.startswith(ZERO_SHOT_PREFIX):
        return None
    if name.startswith(TORCHVISION_PREFIX):
        return TorchvisionWeights(name.removeprefix(TORCHVISION_PREFIX)).without_weights(device=device)
    return _of_timm(current_name(name), class_count, device)


def _of_study(study: StudyModel, class_count: int, device: str) -> LoadedModel | None:
    library = library_name(study)
    if library is not None:
        model = untrained_model(library, class_count=class_count, device=device)
    elif study.loader is None:
        return None
    else:
        recipe = RECIPES[study.loader]
        net = recipe.build(study.loads).to(device)
        preparation = recipe.preparation(study.loads)
        model = LoadedModel.of(net, name="", preparation=preparation, class_count=0, identity=study.identity)
    name = f"{STUDY_PREFIX}{study.model_id}"
    return model and replace(model, name=name, identity=study.identity, untrained=True)


def _of_timm(name: str, class_count: int, device: str) -> LoadedModel | None:
    architecture, _, tag = name.partition(".")
    has_weights = timm.is_model_pretrained(name)
    # A tag that timm does not know is a slip of the pen, and says weights that there are not.
    if not is_known(name) or (tag and not has_weights):
        return None
    # What has weights was checked against the benchmark before they were asked for, or is to be as its weights are.
    net = timm.create_model(name, pretrained=False, num_classes=None if has_weights else class_count)
    own: Any = net.pretrained_cfg
    outputs: Any = net.num_classes
    model = LoadedModel.of(
        net.to(device),
        name=name,
        preparation=preparation_of(data_config_of(own, {}, class_count=outputs)),
        class_count=outputs,
        identity=of_tag(str(own.get("architecture") or architecture), str(own.get("tag") or ""), net),
    )
    return replace(model, untrained=True)
