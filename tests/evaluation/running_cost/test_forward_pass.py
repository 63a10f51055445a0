import pytest
import torch
from torch import nn
from torchvision import transforms

from evaluation.errors import ModelRefused, OutputsRefused, WrongClassCount
from evaluation.models.loaded_model import Preparation
from evaluation.out_of_memory import is_out_of_memory
from evaluation.running_cost.forward_pass import forward, input_shape, noise
from tests.evaluation.running_cost.nets import Flat, Greedy, Half, Listing, Pooled


def test_the_shape_of_an_image_is_what_its_transform_makes() -> None:
    transform = transforms.Compose([transforms.Resize((20, 24)), transforms.PILToTensor()])
    assert input_shape(Preparation(key="", transform=transform)) == (3, 20, 24)


def test_noise_has_the_shape_and_no_value_beyond_pixels() -> None:
    found = noise(2, (3, 4, 5), "cpu")
    assert found.shape == (2, 3, 4, 5)
    assert 0 <= float(found.min()) <= float(found.max()) < 1


def test_a_pass_runs_without_what_gradients_need() -> None:
    seen = []

    class Seeing(Pooled):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            seen.append((torch.is_inference_mode_enabled(), torch.is_grad_enabled()))
            return super().forward(images)

    forward(Seeing(), noise(1, (3, 2, 2), "cpu"), half=False)
    assert seen == [(True, False)]


def test_the_precision_is_the_asked_one() -> None:
    inputs = noise(2, (3, 2, 2), "cpu")
    forward(Half(), inputs, half=True)
    with pytest.raises(ModelRefused, match=r"failed on a batch of 2: RuntimeError: .*float32"):
        forward(Half(), inputs, half=False)


def test_a_lack_of_memory_is_left_to_who_asks() -> None:
    with pytest.raises(RuntimeError) as refused:
        forward(Greedy(), noise(2, (3, 2, 2), "cpu"), half=False)
    assert is_out_of_memory(refused.value)


@pytest.mark.parametrize(
    ("net", "error", "words"),
    [(Listing(), OutputsRefused, "returns list"), (Flat(), WrongClassCount, r"shape \(2,\) for 2 images")],
)
def test_what_is_no_table_of_logits_is_refused(net: nn.Module, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        forward(net, noise(2, (3, 2, 2), "cpu"), half=False)
