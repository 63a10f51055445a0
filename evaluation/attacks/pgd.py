"""PGD: ten small steps along the sign of the gradient from a random start, never further than epsilon."""

from torch import Tensor

from evaluation.attacks.attack import EPSILON, Attack, Target, project
from quba.dimension import Pass

# Ten steps of a quarter of epsilon: any point of the ball can be reached from any start.
STEP_SIZE = 2 / 255
NUM_STEPS = 10


def pgd(target: Target) -> Tensor:
    """The attacked inputs after the last step; no step is kept for being the best, and none ends the attack early."""
    # uniform() is in [0, 1); the start is anywhere within epsilon.
    start = EPSILON * (2 * target.uniform() - 1)
    moved = (target.inputs + start).clamp(0.0, 1.0)
    for _ in range(NUM_STEPS):
        # Projected after every step: steps beyond the ball would take later ones to come back.
        moved = project(target.inputs, moved + STEP_SIZE * target.gradient(moved).sign(), EPSILON)
    return moved


ATTACK = Attack(
    key=Pass.PGD,
    perturb=pgd,
    settings={"epsilon": EPSILON, "step_size": STEP_SIZE, "num_steps": NUM_STEPS},
    cost=2.0 * NUM_STEPS + 1.0,
    origin="Madry et al. 2018, Towards deep learning models resistant to adversarial attacks (arXiv 1706.06083)",
)
