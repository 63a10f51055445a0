"""A module and its process come back as they were, whatever was done and however it ended."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from evaluation.models.tensor_float import EXACT, rounding_of_products, set_rounding_of_products
from evaluation.models.untouched import leaving_untouched


class Net(nn.Module):
    """With parts in both modes, frozen and other parameters, gradients, statistics and a buffer that is replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2))
        self.seen: Tensor
        self.register_buffer("seen", torch.zeros(()))
        self.register_buffer("nothing", None)
        self.merged = False

    def train(self, mode: bool = True) -> "Net":
        super().train(mode)
        self.frozen.train(False)
        self.merged = not mode
        return self

    def forward(self, images: Tensor) -> Tensor:
        self.seen = self.seen + 1
        outputs: Tensor = self.head(self.frozen(images))
        return outputs


def state(net: Net) -> dict[str, Any]:
    return {
        "modes": [part.training for part in net.modules()],
        "merged": net.merged,
        "takes gradients": [each.requires_grad for each in net.parameters()],
        "gradients": [None if each.grad is None else (id(each.grad), each.grad.tolist()) for each in net.parameters()],
        "buffers": {name: (id(each), each.tolist()) for name, each in net.named_buffers()},
        "weights": {name: each.tolist() for name, each in net.named_parameters()},
        "devices": [each.device for each in net.parameters()],
        "hooks": [list(part._forward_hooks) for part in net.modules()],
        "python": random.getstate(),
        "numpy": [str(each) for each in np.random.get_state()],
        "torch": torch.get_rng_state().tolist(),
        "gradient mode": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "type": torch.get_default_dtype(),
        "threads": torch.get_num_threads(),
        "cudnn": (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic),
        "rounding": rounding_of_products(),
    }


def disturb(net: Net) -> None:
    net.eval().requires_grad_(False)
    net.head[0].train()
    net(torch.rand(8, 4))
    net.zero_grad()
    random.random()
    np.random.rand()
    torch.set_num_threads(2)
    torch.backends.cudnn.benchmark = True
    set_rounding_of_products(EXACT)
    assert torch.get_default_dtype() is torch.float32
    assert torch.rand(1, requires_grad=True).requires_grad
    assert torch.tensor(1.0).device.type == "cpu"


def fail(net: Net) -> None:
    disturb(net)
    raise KeyboardInterrupt


@pytest.fixture
def net() -> Net:
    torch.manual_seed(0)
    net = Net()
    net.head[2].register_forward_hook(lambda *_: None)
    net(torch.rand(8, 4)).sum().backward()
    return net


@pytest.mark.parametrize("work", [disturb, fail])
@pytest.mark.parametrize("training", [True, False])
def test_everything_is_as_it_was(net: Net, work: Callable[[Net], None], training: bool) -> None:
    net.train(training)
    net.head[1].train(not training)
    torch.set_default_dtype(torch.float64)
    before = state(net)
    try:
        with leaving_untouched(net):
            work(net)
    except KeyboardInterrupt:
        assert work is fail
    after = state(net)
    torch.set_default_dtype(torch.float32)
    assert after == before


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_gradients_are_found_whatever_mode_the_caller_is_in(mode: Callable[[], Any]) -> None:
    linear = nn.Linear(2, 1)
    with mode(), leaving_untouched(linear):
        point = torch.ones(1, 2, requires_grad=True)
        (slope,) = torch.autograd.grad(linear(point).sum(), point)
    assert torch.equal(slope, linear.weight)


def test_new_tensors_are_on_the_cpu_whatever_the_default_is() -> None:
    linear = nn.Linear(2, 1)
    torch.set_default_device("meta")
    try:
        with leaving_untouched(linear):
            assert torch.zeros(1).device.type == "cpu"
        assert torch.zeros(1).device.type == "meta"
    finally:
        torch.set_default_device(None)
