"""Models ready to be measured: a timm architecture with its weights, its own eval transform and its identity."""

import difflib
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import timm
import torch
from huggingface_hub import constants

from evaluation.checkpoints.class_names import Outputs, are_wnids, outputs_of_imagenet
from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.verify import Claim, Weights, empty_net, read
from evaluation.datasets.class_maps import WNIDS
from evaluation.errors import ModelRefused, NoRoomForWeights, UnknownModel, WeightsUnavailable, WrongClassCount
from evaluation.models.hub import remove_unfinished_of_hub, require_reachable
from evaluation.models.identity import of_file, of_tag
from evaluation.models.loaded_model import LoadedModel, Preparation
from evaluation.models.names import current_name, is_known
from evaluation.models.study.load import library_name, load_released, study_model
from evaluation.models.study.table import STUDY_PREFIX, StudyModel
from evaluation.models.timm_input import data_config, data_config_of, preparation_of
from evaluation.models.torchvision_weights import TorchvisionWeights
from evaluation.models.weights_fault import weights_fault

ZERO_SHOT_PREFIX = "open_clip:"
TORCHVISION_PREFIX = "torchvision:"
_NEAREST = 5


def load(
    name: str,
    *,
    class_count: int,
    classes: tuple[str, ...] = (),
    weights: Path | None = None,
    weights_key: str | None = None,
    device: str = "cpu",
) -> LoadedModel:
    """Load a model.

    Args:
        name: of timm, such as "resnet50.a1_in1k"; "torchvision:MODEL" or "torchvision:MODEL/WEIGHTS";
            "open_clip:ARCHITECTURE/TAG" with the extra `zero-shot`; or "study:MODEL_ID", a model of the study, whose
            prefix may be left out where timm has no such name.
        class_count: classes of the benchmark.
        classes: of a benchmark of one's own by name, in the order of the labels: names in a checkpoint, or WordNet
            identifiers, then say which output stands for which.
        weights: a checkpoint of the architecture; without it, timm's own weights are taken, and downloaded if need be.
        weights_key: which of several sets of weights in the checkpoint; without it, the one that timm would load.
        device: to place it on.

    Raises:
        ModelFault: it cannot be had or does not fit; the message says why and what to do.
    """
    study = study_model(name)
    if study is not None:
        if weights is not None:
            raise ModelRefused(
                f"{name} names weights of the study, and --weights others. Leave one out; a checkpoint belongs to an "
                "architecture of timm."
            )
        return _with_study_weights(study, class_count, classes, device)
    if name.startswith(ZERO_SHOT_PREFIX):
        # Imported here because the library is an extra that most installations lack.
        from evaluation.models.zero_shot import load_zero_shot

        outputs = _outputs_of_library(class_count, classes, len(WNIDS))
        model = load_zero_shot(name.removeprefix(ZERO_SHOT_PREFIX), class_count=outputs.count, device=device)
        return _with_outputs(model, outputs)
    if name.startswith(TORCHVISION_PREFIX):
        if weights is not None:
            raise ModelRefused(
                f"{name} names weights of torchvision, and --weights others. Leave one out; a checkpoint belongs to an "
                "architecture of timm."
            )
        return _with_torchvision_weights(name, class_count, classes, device)
    name = current_name(name)
    _require_known(name)
    if weights is None:
        return _with_own_weights(name, class_count, classes, device)
    # Without the tag, which names timm's own weights: the file has others.
    claim = Claim(
        architecture=name.partition(".")[0], class_count=class_count, weights_key=weights_key, classes=classes
    )
    try:
        held = read(weights, claim)
    except MemoryError:
        raise CheckpointRefused(Reason.MEMORY_LIMIT, "Reading the file asked for too much memory.") from None
    return _with_checkpoint(name, weights, claim, held, device)


def _require_known(name: str) -> None:
    if is_known(name):
        return
    # Without tags and with them: either may have been meant.
    known = [*timm.list_models(), *timm.list_models(pretrained=True)]
    near = difflib.get_close_matches(name, known, n=_NEAREST, cutoff=0.5)
    nearest = f" The nearest names are: {', '.join(near)}." if near else ""
    raise UnknownModel(f"{name[:100]!r} is not a model of timm {timm.__version__}.{nearest} Use one of timm's names.")


def _outputs_of_library(class_count: int, classes: tuple[str, ...], held: int) -> Outputs:
    """How the outputs of a library's own weights stand for the classes: WordNet identifiers select among ImageNet's."""
    return outputs_of_imagenet(classes) if held == len(WNIDS) and are_wnids(classes) else Outputs(count=class_count)


def _fitting_outputs(name: str, class_count: int, classes: tuple[str, ...], held: int) -> Outputs:
    """The same, of weights that are not even fetched where they decide among other classes."""
    outputs = _outputs_of_library(class_count, classes, held)
    if held != outputs.count:
        raise WrongClassCount(
            f"{name} decides among {held} classes and the benchmark has {class_count}; pass weights trained on its "
            "classes with --weights FILE, or choose another benchmark."
        )
    return outputs


def _with_outputs(model: LoadedModel, outputs: Outputs) -> LoadedModel:
    return replace(model, output_indices=outputs.indices, order_known=outputs.known)


def _with_own_weights(name: str, class_count: int, classes: tuple[str, ...], device: str) -> LoadedModel:
    # A wrong tag is an error for timm, and an architecture that never had weights has an empty configuration.
    config = timm.get_pretrained_cfg(name) if timm.is_model_pretrained(name) else None
    if config is None:
        architecture = name.partition(".")[0]
        tags = timm.list_models(f"{architecture}.*", pretrained=True) or ["none"]
        raise WeightsUnavailable(
            f"timm has no weights named {name!r}. Its weights for this architecture: {', '.join(tags[:8])}. "
            "Use one of them, or pass your own with --weights FILE."
        )
    outputs = _fitting_outputs(name, class_count, classes, config.num_classes)
    require_reachable(name, config.hf_hub_id)
    try:
        net = timm.create_model(name, pretrained=True)
    except (OSError, RuntimeError, ValueError, httpx.HTTPError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        otherwise = (
            f"the weights of {name} could not be loaded: {reason}. Check the connection, or fetch the file elsewhere "
            "and pass it with --weights FILE."
        )
        # timm asks the hub for most of its weights, and torch for those that lie elsewhere.
        folder = Path(constants.HF_HUB_CACHE if config.hf_hub_id else torch.hub.get_dir())
        fault = weights_fault(name, error, folder=folder, otherwise=otherwise)
        if isinstance(fault, NoRoomForWeights):
            remove_unfinished_of_hub(config.hf_hub_id)
        raise fault from error
    architecture, tag = str(config.architecture), str(config.tag or "")
    own: Any = net.pretrained_cfg
    data = data_config_of(own, {}, class_count=config.num_classes)
    model = LoadedModel.of(
        net.to(device),
        name=name,
        preparation=preparation_of(data),
        class_count=outputs.count,
        identity=of_tag(architecture, tag, net),
    )
    return _with_outputs(model, outputs)


def _with_torchvision_weights(name: str, class_count: int, classes: tuple[str, ...], device: str) -> LoadedModel:
    weights = TorchvisionWeights(name.removeprefix(TORCHVISION_PREFIX))
    outputs = _fitting_outputs(name, class_count, classes, weights.class_count)
    return _with_outputs(weights.load(class_count=outputs.count, device=device), outputs)


def _with_study_weights(study: StudyModel, class_count: int, classes: tuple[str, ...], device: str) -> LoadedModel:
    library = library_name(study)
    if library is not None:
        model = load(library, class_count=class_count, classes=classes, device=device)
        return replace(model, name=f"{STUDY_PREFIX}{study.model_id}", identity=study.identity)
    outputs = _fitting_outputs(study.model_id, class_count, classes, len(WNIDS))
    return _with_outputs(load_released(study, class_count=outputs.count, device=device), outputs)


def _with_checkpoint(name: str, path: Path, claim: Claim, held: Weights, device: str) -> LoadedModel:
    net = empty_net(replace(claim, class_count=held.outputs.count), held.preparation, device="cpu")
    net.load_state_dict(held.tensors)
    data = data_config(args=held.preparation, pretrained_cfg=net.pretrained_cfg)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    # Several sets of weights in one file are several models.
    chosen = held.weights_key if held.other_keys else None
    name_of_set = f" ({chosen})" if chosen else ""
    model = LoadedModel.of(
        net.to(device),
        name=f"{name}@{path.stem}{name_of_set}",
        preparation=preparation_of(data),
        class_count=held.outputs.count,
        identity=of_file(
            claim.architecture, f"{path.stem}{name_of_set}", net, digest=f"{digest}#{chosen}" if chosen else digest
        ),
    )
    model = replace(model, weights_key=held.weights_key, other_weights_keys=held.other_keys)
    return _with_outputs(model, held.outputs)


__all__ = ["LoadedModel", "Preparation", "data_config_of", "load", "preparation_of"]
