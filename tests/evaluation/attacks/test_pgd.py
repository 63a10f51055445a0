"""PGD against a plain loop with NumPy, and on a linear model, where the worst change is known."""

import numpy as np
import pytest
import torch
from torch import Tensor

from evaluation.attacks.attack import EPSILON, Target
from evaluation.attacks.pgd import NUM_STEPS, STEP_SIZE, pgd


@pytest.mark.parametrize("seed", range(3))
def test_ten_steps_as_written_down_in_numpy(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.rand(4, 3, 5, 5, generator=generator, dtype=torch.float64)
    noise = torch.rand(inputs.shape, generator=generator, dtype=torch.float64)

    def gradient(point: Tensor) -> Tensor:
        return torch.cos(53 * point) - 0.2

    target = Target(inputs=inputs, clean_gradient=gradient(inputs), gradient=gradient, uniform=lambda: noise)
    clean = inputs.numpy()
    moved = np.clip(clean + 8 / 255 * (2 * noise.numpy() - 1), 0, 1)
    for _ in range(10):
        moved = moved + 2 / 255 * np.sign(np.cos(53 * moved) - 0.2)
        moved = np.clip(np.minimum(np.maximum(moved, clean - 8 / 255), clean + 8 / 255), 0, 1)
    assert np.abs(pgd(target).numpy() - moved).max() < 1e-9


def test_the_corner_of_the_ball_is_reached_from_the_far_side() -> None:
    weights = torch.randn(3, 4, 4, generator=torch.Generator().manual_seed(0))
    inputs = torch.full((2, 3, 4, 4), 0.5)
    # The start is as far from the goal as a start can be, and ten steps of a quarter of epsilon reach across.
    start = (weights < 0).float().expand_as(inputs)
    target = Target(
        inputs=inputs, clean_gradient=weights.expand_as(inputs), gradient=lambda _: weights.expand_as(inputs),
        uniform=lambda: start,
    )  # fmt: skip
    assert NUM_STEPS * STEP_SIZE > 2 * EPSILON
    assert torch.allclose(pgd(target), inputs + EPSILON * weights.sign(), atol=1e-6)


def test_the_gradient_is_asked_for_once_a_step_and_first_at_the_random_start() -> None:
    asked: list[Tensor] = []

    def gradient(point: Tensor) -> Tensor:
        asked.append(point.clone())
        return torch.ones_like(point)

    inputs = torch.full((1, 3, 2, 2), 0.5)
    pgd(Target(inputs=inputs, clean_gradient=inputs, gradient=gradient, uniform=lambda: torch.zeros_like(inputs)))
    assert len(asked) == NUM_STEPS
    assert torch.allclose(asked[0], inputs - EPSILON)
