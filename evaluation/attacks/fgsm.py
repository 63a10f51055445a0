"""FGSM: one step of full length along the sign of the gradient."""

from torch import Tensor

from evaluation.attacks.attack import EPSILON, Attack, Target
from quba.dimension import Pass


def fgsm(target: Target) -> Tensor:
    """The attacked inputs; the gradient is that of the clean forward run, so none is computed here."""
    # A single step ends at exactly epsilon, so that there is nothing to project but into [0, 1].
    return (target.inputs + EPSILON * target.clean_gradient.sign()).clamp(0.0, 1.0)


ATTACK = Attack(
    key=Pass.FGSM,
    perturb=fgsm,
    settings={"epsilon": EPSILON},
    cost=2.0,
    origin="Goodfellow, Shlens and Szegedy 2015, Explaining and harnessing adversarial examples (arXiv 1412.6572)",
)
