"""FGSM on a linear model, where the worst change is known in closed form."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from evaluation.attacks.attack import EPSILON, Target
from evaluation.attacks.fgsm import ATTACK, fgsm


def linear_target(weights: Tensor, inputs: Tensor, labels: Tensor) -> Target:
    """A batch whose loss is the cross-entropy of two outputs, 0 and a weighted sum of the inputs."""

    def gradient(point: Tensor) -> Tensor:
        point = point.detach().requires_grad_(True)
        loss = cross_entropy(outputs(point, weights), labels, reduction="sum")
        return torch.autograd.grad(loss, point)[0]

    return Target(
        inputs=inputs, clean_gradient=gradient(inputs), gradient=gradient, uniform=lambda: torch.full_like(inputs, 0.5)
    )


def outputs(point: Tensor, weights: Tensor) -> Tensor:
    scores = (point * weights).sum(dim=(1, 2, 3))
    return torch.stack([torch.zeros_like(scores), scores], dim=1)


@pytest.mark.parametrize("seed", range(3))
def test_no_change_within_epsilon_lowers_the_margin_further(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(3, 4, 4, generator=generator)
    # Far enough from 0 and 1 that no pixel is cut off.
    inputs = 0.2 + 0.6 * torch.rand(5, 3, 4, 4, generator=generator)
    labels = torch.tensor([0, 1, 0, 1, 1])
    moved = fgsm(linear_target(weights, inputs, labels))
    margin = outputs(moved, weights)[:, 1] - outputs(inputs, weights)[:, 1]
    # By Hoelder, the score moves by at most epsilon times the sum of the absolute weights.
    worst = EPSILON * weights.abs().sum() * torch.tensor([1.0, -1.0, 1.0, -1.0, -1.0])
    assert torch.allclose(margin, worst, atol=1e-5)


def test_the_gradient_is_not_computed_again() -> None:
    def forbidden(_: Tensor) -> Tensor:
        raise AssertionError("FGSM knows the gradient at the clean inputs already")

    inputs = torch.full((1, 3, 2, 2), 0.5)
    target = Target(
        inputs=inputs, clean_gradient=torch.ones_like(inputs), gradient=forbidden, uniform=lambda: forbidden(inputs)
    )
    assert torch.allclose(ATTACK.perturb(target), inputs + EPSILON)
