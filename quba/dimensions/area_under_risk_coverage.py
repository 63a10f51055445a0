"""Area under the risk-coverage curve: whether a model's confidence puts its errors last."""

import numpy as np
from jaxtyping import Bool, Float

from quba.dimension import Dimension, Pass, Theme
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error, values_without
from quba.measuring.observations import Measured, Observations
from quba.measuring.risk_coverage import errors_by_confidence
from quba.measuring.validity import single_precision_probabilities

DIMENSION = Dimension(
    key="area_under_risk_coverage",
    label="Area under risk-coverage",
    short_label="AURC",
    position=13,
    theme=Theme.CALIBRATION,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    plausible=(0.0, 1.0),
    higher_is_better=False,
    default_weight=0.0,
    smallest_meaningful_difference=0.003,
    reference=None,
    published_error=None,
    description="How often a model errs, averaged over every limit of confidence above which it is let decide.",
    procedure=(
        "The clean images are ordered by the probability of their most probable class. The value is the mean, over 1, "
        "2, 3, ... up to all images, of the share of errors among that many most confident ones."
    ),
    source="Geifman, Uziel and El-Yaniv 2019, Bias-Reduced Uncertainty Estimation (arXiv 1805.08206)",
    passes=(Pass.CLEAN,),
    needs_probabilities=True,
)


def area_under_risk_coverage(confidence: Float[np.ndarray, " images"], right: Bool[np.ndarray, " images"]) -> float:
    """AURC: mean share of errors among the k most confident images, over all k; lower is better.

    Args:
        confidence: 32-bit, the probability of the most probable class of each image, in [0, 1].
        right: whether each image is decided right.

    Returns:
        A fraction in [0, 1]: 0 if every image is right, the error rate if confidence says nothing of it.

    Raises:
        ValueError: if there is no image.

    Source:
        Geifman, Uziel and El-Yaniv 2019, arXiv 1805.08206.

    >>> area_under_risk_coverage(np.array([0.9, 0.8], dtype=np.float32), np.array([True, False]))  # 0 and 1/2
    0.25
    """
    errors = errors_by_confidence(confidence, right)
    return float((errors / np.arange(1, errors.size + 1)).mean())


def measure(observations: Observations) -> Measured:
    """AURC of one model, with its jackknife standard error.

    Args:
        observations: with the probabilities and labels of the clean pass.

    Returns:
        Parts: ``least_possible``, the AURC of the same errors if all of them came last. The images are those of the
        clean pass; one image has no standard error.

    Raises:
        ValueError: if a probability is NaN or outside [0, 1].
        UndefinedResult: with the reason for which the clean pass was not run.
    """
    probabilities, labels = observations.clean_probabilities()
    single = single_precision_probabilities(probabilities, labels)
    confidence, right = single.max(axis=1), single.argmax(axis=1) == labels
    replicates = None
    if len(labels) > 1:
        replicates = values_without(
            lambda left: area_under_risk_coverage(confidence[left], right[left]), balanced_groups(labels)
        )
    return Measured(
        value=area_under_risk_coverage(confidence, right),
        parts={"least_possible": area_under_risk_coverage(right.astype(np.float32), right)},
        sample_count=len(labels),
        standard_error=None if replicates is None else jackknife_standard_error(replicates),
        replicates=None if replicates is None else tuple(replicates.tolist()),
    )
