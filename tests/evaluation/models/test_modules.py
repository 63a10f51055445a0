"""Modules that somebody holds: how they become measurable, and every one that does not."""

from collections.abc import Callable
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn
from torchvision import transforms

from evaluation.checkpoints.refusal import CheckpointRefused
from evaluation.datasets.class_maps import WNIDS
from evaluation.errors import ModelFault, ModelRefused, OutputsRefused, WrongClassCount
from evaluation.models.loaded_model import NoAttacks
from evaluation.models.modules import NO_GRADIENTS, Held, Holding, hold, inner
from evaluation.models.own_transform import NO_ATTACK_SPACE
from quba.dimension import Missing

CROP = transforms.Compose(
    [transforms.Resize(36), transforms.CenterCrop(32), transforms.ToTensor(), transforms.Normalize(0.5, 0.25)]
)


class Means(nn.Module):
    """As many outputs as asked for, each a weighted mean of a channel."""

    def __init__(self, outputs: int = 4, answer: Callable[[Tensor], Any] = lambda logits: logits) -> None:
        super().__init__()
        self.head = nn.Linear(3, outputs)
        self.answer = answer

    def forward(self, images: Tensor) -> Any:  # noqa: ANN401 - also what no classifier returns
        return self.answer(self.head(images.mean(dim=(2, 3))))


def held(net: nn.Module, labels: tuple[str, ...] = (), class_count: int = 4, **said: Any) -> Held:  # noqa: ANN401
    return hold(net, Holding(**{"transform": CROP} | said), class_count=class_count, classes=labels)


def test_a_module_with_a_transform() -> None:
    net = Means()
    found = held(net)
    assert found.model.net is net
    assert found.model.name == f"Means-{found.model.digest[:8]}"
    assert found.model.identity.model_id == found.model.name.lower()
    assert found.model.identity.source_identifier == f"sha256:{found.model.digest}"
    assert (found.model.identity.training, found.model.identity.backbone) == ("unknown", "Means")
    assert (found.model.class_count, found.model.output_indices, found.model.order_known) == (4, None, False)
    assert (found.model.preparation.mean, found.device, found.model.no_attacks) == ((0.5,), "cpu", None)
    assert held(net, name="mine").model.name == "mine"


def test_other_weights_have_another_name() -> None:
    net = Means()
    first = held(net).model.name
    with torch.no_grad():
        net.head.bias.add_(1)
    assert held(net).model.name != first


def test_the_mode_it_was_in_is_said() -> None:
    assert held(Means().eval()).model.notes == ()
    assert held(Means().train()).model.notes == (
        "The model was in training mode; it was measured in eval mode and then put back.",
    )
    net = nn.Sequential(Means(), nn.Dropout()).eval()
    net[1].train()
    assert held(net).model.notes[0].startswith("1 parts of the model were in training mode")


def test_the_transform_of_a_timm_module_is_found() -> None:
    net = timm.create_model("test_resnet", num_classes=4)
    found = held(net, transform=None)
    config: Any = net.pretrained_cfg
    assert found.model.preparation.mean == pytest.approx(config["mean"])
    assert f"input_size={config['input_size']}" in found.model.preparation.key
    smaller = held(net, transform=None, input_size=64, mean=(0, 0, 0), deviation=(1, 1, 1)).model.preparation
    assert "input_size=(3, 64, 64)" in smaller.key
    assert (smaller.mean, smaller.deviation) == ((0, 0, 0), (1, 1, 1))
    net.default_cfg, net.pretrained_cfg = config, None  # type: ignore[assignment]
    assert held(net, transform=None).model.preparation.key == found.model.preparation.key


def test_a_resize_and_a_centre_crop_can_be_said_instead() -> None:
    found = held(Means(), transform=None, input_size=(48, 32), mean=0.5, deviation=0.2)
    assert found.model.preparation.mean == (0.5, 0.5, 0.5)
    assert "input_size=(3, 48, 32)" in found.model.preparation.key
    assert found.model.no_attacks is None


def test_a_transform_that_cannot_be_looked_into_leaves_nothing_to_attack() -> None:
    assert held(Means(), transform=lambda picture: CROP(picture)).model.no_attacks == NoAttacks(
        reason=Missing.NOT_APPLICABLE, detail=NO_ATTACK_SPACE
    )


def test_names_say_which_output_is_which_class() -> None:
    assert not held(Means(), labels=tuple("abcd")).model.order_known
    named = held(Means(), labels=tuple("abcd"), classes=list("dcba")).model
    assert (named.output_indices, named.order_known) == ((3, 2, 1, 0), True)


def test_a_model_of_imagenet_answers_for_some_of_its_classes() -> None:
    found = held(Means(1000), labels=(WNIDS[7], WNIDS[3]), class_count=2).model
    assert (found.class_count, found.output_indices, found.order_known) == (1000, (7, 3), True)


def test_wrapped_modules_are_looked_into() -> None:
    net = Means()
    parallel = nn.DataParallel(net)
    # As torch.compile gives it back, without the seconds that its compiler takes to import.
    compiled: Any = nn.Module()
    compiled._orig_mod = parallel
    assert inner(compiled) is net
    assert held(parallel).model.name.startswith("Means-")


class Closed(Means):
    """No gradient leaves it."""

    @torch.no_grad()
    def forward(self, images: Tensor) -> Any:  # noqa: ANN401
        return super().forward(images)


def test_what_no_gradient_flows_through_is_not_attacked() -> None:
    lacking = NoAttacks(reason=Missing.NO_GRADIENTS, detail=NO_GRADIENTS)
    assert held(Closed()).model.no_attacks == lacking
    # Where both stand in the way, the transform is not what to change.
    assert held(Closed(), transform=lambda picture: CROP(picture)).model.no_attacks == lacking
    assert held(Means().requires_grad_(False)).model.no_attacks is None


def made_for_inference() -> nn.Module:
    with torch.inference_mode():
        return Means()


def lazy() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(4))


def random() -> nn.Module:
    return Means(answer=lambda logits: nn.functional.dropout(logits + 1, training=True))


def scattered() -> nn.Module:
    net = nn.Sequential(Means(), nn.Linear(4, 4))
    net[1].to("meta")
    return net


def half_precision() -> nn.Module:
    return Means().half()


def not_finite() -> nn.Module:
    net = Means()
    net.head.bias.data[0] = float("nan")
    return net


@pytest.mark.parametrize(
    ("net", "said", "fault", "message"),
    [
        (Means(), {"transform": None}, ModelRefused, r"no timm configuration\. Pass transform=.* input_size"),
        (Means(), {"transform": None, "input_size": 32}, ModelRefused, r"or input_size, mean and std"),
        (Means(), {"mean": (0.5,)}, ModelRefused, r"only one was passed; pass both"),
        (Means(), {"input_size": 64}, ModelRefused, r"\(3, 64, 64\) and the transform makes images of \(3, 32, 32\)"),
        (Means(), {"input_size": (3, 32)}, ModelRefused, r"\(3, 3, 32\) and the transform"),
        (Means(), {"input_size": (0, 32)}, ModelRefused, r"input_size is \(0, 32\); pass one side such as 224"),
        (Means(), {"input_size": (1, 3, 32, 32)}, ModelRefused, r"pass one side such as 224"),
        (Means(), {"device": "cuda"}, ModelRefused, r"is on cpu and device is 'cuda'; move it with"),
        (Means().to("meta"), {}, ModelRefused, r"has no weights; load them first"),
        (scattered(), {}, ModelRefused, r"parameters are on cpu and meta; move it to one"),
        (made_for_inference(), {}, ModelRefused, r"made or loaded in torch\.inference_mode\(\)"),
        (lazy(), {}, ModelRefused, r"without a size yet \(lazy modules\); run one batch"),
        (half_precision(), {}, ModelRefused, r"failed on images of 3 x 32 x 32 in 32 bits: Runtime.* model\.float"),
        (nn.Conv2d(8, 4, 3), {}, ModelRefused, r"Pass the input_size or the transform that it was trained with"),
        (not_finite(), {}, ModelRefused, r"hold NaN or infinity in head\.bias"),
        (Means(answer=lambda logits: (logits, logits)), {}, OutputsRefused, r"returns tuple and not a tensor"),
        (Means(answer=lambda logits: {"logits": logits}), {}, OutputsRefused, r"returns dict and not a.*\.logits`"),
        (Means(answer=lambda logits: logits[:, :, None]), {}, WrongClassCount, r"shape \(2, 4, 1\) for 2 images"),
        (Means(answer=lambda logits: logits[:1]), {}, WrongClassCount, r"shape \(1, 4\) for 2 images"),
        (Means(5), {}, WrongClassCount, r"has 5 outputs and the benchmark 4 classes"),
        (Means(), {"classes": ["a", "b"]}, WrongClassCount, r"classes has 2 names and the model 4 outputs"),
        (Means(), {"classes": list("abcd")}, ModelRefused, r"classes have no names to find the outputs by"),
        (random(), {}, OutputsRefused, r"other outputs for the same images when it is run again"),
    ],
)  # fmt: skip
def test_a_module_that_cannot_be_measured(
    net: nn.Module, said: dict[str, Any], fault: type[ModelFault], message: str
) -> None:
    with pytest.raises(fault, match=message):
        held(net, **said)


def test_names_that_do_not_fit() -> None:
    with pytest.raises(CheckpointRefused, match=r"The model names its 4 outputs, .* has no output named rose"):
        held(Means(), labels=("a", "b", "c", "rose"), classes=list("abcd"))


def test_a_module_without_parameters_is_where_it_is_asked_to_be() -> None:
    net = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert held(net, class_count=3).device == "cpu"


def test_what_else_a_module_keeps_in_its_state_belongs_to_its_name() -> None:
    class Keeping(Means):
        word = "a"

        def get_extra_state(self) -> str:
            return self.word

        def set_extra_state(self, state: str) -> None:
            self.word = state

    net = Keeping()
    first = held(net).model.digest
    net.word = "b"
    assert held(net).model.digest != first
