"""MIM: small steps along the sign of a gradient that remembers those before."""

import torch
from torch import Tensor

from evaluation.attacks.attack import EPSILON, Attack, Target, project

STEP_SIZE = 2 / 255
NUM_STEPS = 5
DECAY = 1.0


def mim(target: Target) -> Tensor:
    """The attacked inputs after the last step."""
    moved, memory = target.inputs, torch.zeros_like(target.inputs)
    for _ in range(NUM_STEPS):
        gradient = target.gradient(moved)
        size = gradient.abs().mean(dim=(1, 2, 3), keepdim=True).clamp_min(1e-12)
        memory = DECAY * memory + gradient / size
        moved = project(target.inputs, moved + STEP_SIZE * memory.sign(), EPSILON)
    return moved


ATTACK = Attack(
    key="mim",
    perturb=mim,
    settings={"epsilon": EPSILON, "step_size": STEP_SIZE, "num_steps": NUM_STEPS, "decay": DECAY},
    cost=2.0 * NUM_STEPS + 1.0,
    origin="Dong et al. 2018, Boosting adversarial attacks with momentum (arXiv 1710.06081)",
)
