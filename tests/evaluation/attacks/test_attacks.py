from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from evaluation.attacks import ATTACKS
from evaluation.attacks.attack import EPSILON, Target
from evaluation.attacks.fgsm import fgsm
from evaluation.attacks.pgd import NUM_STEPS, STEP_SIZE, pgd
from quba.dimension import Pass

INPUTS = torch.rand(6, 3, 5, 5, generator=torch.Generator().manual_seed(0))
NORMALISED = INPUTS * 4 - 2


def target(inputs: Tensor, gradient: Callable[[Tensor], Tensor], start: float | None = None) -> Target:
    def uniform() -> Tensor:
        generator = torch.Generator().manual_seed(1)
        return torch.rand(inputs.shape, generator=generator) if start is None else torch.full_like(inputs, start)

    return Target(inputs=inputs, clean_gradient=gradient(inputs), gradient=gradient, uniform=uniform)


def wavy(point: Tensor) -> Tensor:
    return torch.sin(37 * point)


def test_the_attacks_and_their_parameters_as_published() -> None:
    assert list(ATTACKS)[:2] == [Pass.FGSM, Pass.PGD]
    assert ATTACKS[Pass.FGSM].settings == {"epsilon": EPSILON}
    assert ATTACKS[Pass.PGD].settings == {"epsilon": EPSILON, "step_size": STEP_SIZE, "num_steps": NUM_STEPS}
    assert (EPSILON, STEP_SIZE, NUM_STEPS) == (8 / 255, 2 / 255, 10)
    assert all(each.origin and each.cost > 0 for each in ATTACKS.values())


@pytest.mark.parametrize("source", ATTACKS)
def test_pixels_stay_within_epsilon_and_the_unit_interval(source: str) -> None:
    moved = ATTACKS[source].perturb(target(INPUTS, wavy))
    assert (moved - INPUTS).abs().max() <= EPSILON + 1e-7
    assert moved.min() >= 0
    assert moved.max() <= 1
    assert (moved - INPUTS).abs().max() > EPSILON / 2


@pytest.mark.parametrize("source", ATTACKS)
def test_as_published_normalised_values_are_clamped_to_the_unit_interval_too(source: str) -> None:
    moved = ATTACKS[source].perturb(target(NORMALISED, wavy))
    assert moved.min() >= 0
    assert moved.max() <= 1
    # Values that lie outside are moved much further than epsilon; that is what was published.
    assert (moved - NORMALISED).abs().max() > 0.9
    inside = (NORMALISED > EPSILON) & (NORMALISED < 1 - EPSILON)
    assert (moved - NORMALISED)[inside].abs().max() <= EPSILON + 1e-7


def test_fgsm_goes_the_whole_way_at_once() -> None:
    middle = torch.full((1, 1, 1, 3), 0.5)
    slope = torch.tensor([2.0, -0.001, 0.0]).reshape(1, 1, 1, 3)
    assert torch.allclose(fgsm(target(middle, lambda _: slope)), middle + EPSILON * torch.tensor([1.0, -1.0, 0.0]))


@pytest.mark.parametrize("start", [0.0, 0.5, 1.0])
def test_pgd_reaches_the_corner_of_a_constant_slope_from_any_start(start: float) -> None:
    middle = torch.full((2, 1, 2, 2), 0.5)
    moved = pgd(target(middle, torch.ones_like, start))
    assert torch.allclose(moved, middle + EPSILON)


def test_pgd_without_slope_stays_at_its_start() -> None:
    middle = torch.full((2, 1, 2, 2), 0.5)
    assert torch.allclose(pgd(target(middle, torch.zeros_like, 1.0)), middle + EPSILON)
    assert torch.allclose(pgd(target(middle, torch.zeros_like, 0.5)), middle)
