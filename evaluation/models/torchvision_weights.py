"""Classifiers of torchvision with its own weights and the transform that belongs to them: `torchvision:resnet18`."""

import difflib
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import torch
import torchvision

from evaluation.errors import UnknownModel, WeightsUnavailable
from evaluation.models.hub import require_answer
from evaluation.models.identity import Identity, family, slug
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.own_transform import preparation_of_transform
from evaluation.models.weights_fault import weights_fault

_NEAREST = 5
# What torchvision says of its SWAG weights: pre-trained on hashtags of pictures, then fine-tuned, or only their head.
_SWAG, _LINEAR = "SWAG", "LINEAR"


class TorchvisionWeights:
    """Weights of torchvision by name, not yet loaded: enough to know whether they fit.

    Args:
        name: MODEL, which stands for the weights that torchvision has as its default, or MODEL/WEIGHTS, such as
            "resnet50/IMAGENET1K_V1".

    Raises:
        UnknownModel: torchvision has no classifier of this name.
        WeightsUnavailable: it has no such weights of it.
    """

    def __init__(self, name: str) -> None:
        self.name = f"torchvision:{name}"
        self._model, _, tag = name.partition("/")
        _require_known(self._model)
        kind: Any = torchvision.models.get_model_weights(self._model)
        # Some are of the features alone, as detectors use them, and classify nothing.
        known = {each.name: each for each in kind if each.meta.get("categories")}
        # As torchvision prints them, too: ResNet50_Weights.IMAGENET1K_V1.
        wanted = tag.removeprefix(f"{kind.__name__}.") if tag else kind.DEFAULT.name
        if wanted not in known:
            raise WeightsUnavailable(
                f"torchvision has no weights {tag[:100]!r} of the classifier {self._model}. It has "
                f"{', '.join(known)}; write torchvision:{self._model}/{next(iter(known))}, or leave the weights out."
            )
        self._weights = known[wanted]
        self._kind = kind.__name__

    @property
    def class_count(self) -> int:
        """Classes that the weights decide among."""
        return len(self._weights.meta["categories"])

    def load(self, *, class_count: int, device: str) -> LoadedModel:
        """Load the weights, from torch's cache or from torchvision's server.

        Args:
            class_count: outputs that the model is to have.
            device: to place it on.

        Raises:
            WeightsUnavailable: they cannot be had.
        """
        address = urlsplit(self._weights.url)
        cache = Path(torch.hub.get_dir()) / "checkpoints"
        otherwise = f"fetch {self._weights.url} elsewhere and put it into {cache}"
        if not (cache / Path(address.path).name).is_file():
            # torch would wait for minutes for a server that packets do not reach.
            require_answer(self.name, f"{address.scheme}://{address.netloc}", otherwise)
        try:
            net = torchvision.models.get_model(self._model, weights=self._weights, progress=False)
        except (OSError, RuntimeError, ValueError, EOFError, URLError) as error:
            said = str(error).strip().splitlines()
            sentence = (
                f"the weights of {self.name} could not be loaded: {said[0] if said else type(error).__name__}. Check "
                f"the connection, or {otherwise}."
            )
            raise weights_fault(self.name, error, folder=cache, otherwise=sentence) from error
        return self._model_of(net, class_count, device)

    def without_weights(self, *, device: str) -> LoadedModel:
        """The same model without these weights.

        Args:
            device: to place it on.
        """
        # Two of them warn that drawing them takes long unless somebody says that they are to be drawn.
        drawn = {"init_weights": True} if self._model in ("googlenet", "inception_v3") else {}
        net = torchvision.models.get_model(self._model, weights=None, num_classes=self.class_count, **drawn)
        return replace(self._model_of(net, self.class_count, device), untrained=True)

    def _model_of(self, net: Any, class_count: int, device: str) -> LoadedModel:  # noqa: ANN401 - an untyped library
        # The closing normalisation is found in it, so that attacks act on pixels.
        preparation, _ = preparation_of_transform(self._weights.transforms())
        return LoadedModel.of(
            net.to(device),
            name=self.name,
            preparation=preparation,
            class_count=class_count,
            identity=self._identity(family(net)),
        )

    def _identity(self, architecture: str) -> Identity:
        tag = self._weights.name
        swag = _SWAG in tag
        head = "linear-probe" if _LINEAR in tag else "fine-tuned"
        return Identity(
            model_id=slug(f"torchvision-{self._model}-{tag}"),
            name=f"{self._model} ({tag}, torchvision)",
            architecture=architecture,
            training="semi-supervised" if swag else "supervised",
            head=head if swag else None,
            pretraining_data="large" if swag else "imagenet-1k",
            backbone=self._model,
            source_library="torchvision",
            source_identifier=f"{self._model}/{self._kind}.{tag}",
            note="Grouping was guessed from the name of the weights.",
        )


def _require_known(name: str) -> None:
    known = torchvision.models.list_models(module=torchvision.models)
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=_NEAREST, cutoff=0.5)
    nearest = f" The nearest names are: {', '.join(near)}." if near else ""
    raise UnknownModel(
        f"{name[:100]!r} is not a classifier of torchvision {torchvision.__version__}.{nearest} "
        "torchvision.models.list_models() lists its names."
    )
