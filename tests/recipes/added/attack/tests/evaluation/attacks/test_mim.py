"""MIM."""

import torch

from evaluation.attacks import ATTACKS
from evaluation.attacks.attack import EPSILON, Target


def test_it_reaches_the_corner_of_a_constant_slope() -> None:
    middle = torch.full((2, 1, 2, 2), 0.5)
    slope = torch.ones_like(middle)
    target = Target(inputs=middle, clean_gradient=slope, gradient=lambda _: slope, uniform=lambda: slope)
    assert torch.allclose(ATTACKS["mim"].perturb(target), middle + EPSILON)
