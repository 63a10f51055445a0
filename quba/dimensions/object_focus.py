"""Object focus: whether a model looks at the object or at its background."""

import numpy as np
from jaxtyping import Float

from quba.dimension import Dimension, Pass, Theme
from quba.measuring.observations import Measured, Observations, keeping
from quba.measuring.ratios import greatest_ratio, relative_accuracy
from quba.measuring.uncertainty import gap_standard_error
from quba.measuring.validity import require_accuracy
from quba.published_error import PublishedError, above_zero, binomial_errors
from quba.reference import Reference


def greatest_object_focus(clean_accuracy: float) -> float:
    """The most that object focus can be: every object right before a strange background, none before its own.

    Args:
        clean_accuracy: above 0 and up to 1.

    Returns:
        1 + 1 / clean accuracy, 2 or more.

    Raises:
        ValueError: for an accuracy outside [0, 1] or NaN.
        UndefinedResult: with ``ZERO_CLEAN_ACCURACY`` if no clean image is right.

    Source:
        The formula of ``object_focus``, at the ends of its accuracies.

    >>> greatest_object_focus(0.5)
    3.0
    """
    # 1 - (0 - 1) / clean: nothing right before its own background, everything before a strange one.
    return 1 + greatest_ratio(clean_accuracy)


# ImageNet-9 has 450 images of each of 9 classes.
_MIXED_IMAGES = 4_050


def _published_error(
    _value: Float[np.ndarray, " models"],
    accuracy: Float[np.ndarray, " models"],
) -> Float[np.ndarray, " models"]:
    # As if the two accuracies were independent; on the same objects their difference mostly varies less.
    error: Float[np.ndarray, " models"] = np.sqrt(2) * binomial_errors(accuracy, _MIXED_IMAGES) / above_zero(accuracy)
    return error


DIMENSION = Dimension(
    key="object_focus",
    label="Object focus",
    short_label="Obj. focus",
    position=6,
    theme=Theme.BIAS,
    unit="fraction",
    lower_bound=None,
    upper_bound=None,
    plausible=(-0.5, 1.5),
    higher_is_better=True,
    default_weight=1 / 2,
    smallest_meaningful_difference=0.002,
    reference=Reference(0.9286352601551336, 0.017724144886557092),
    published_error=PublishedError("binomial on 4,050 images twice, at the clean accuracy", _published_error),
    description="How little accuracy a model loses when the background of an object is swapped for an unrelated one.",
    procedure=(
        "Objects are pasted onto backgrounds of their own class and onto backgrounds of a random class. The value is "
        "1 minus the accuracy lost by the swap, relative to the clean accuracy: 1 means the background did not "
        "matter."
    ),
    source="Xiao et al. 2021, Noise or Signal (arXiv 2006.09994)",
    passes=(Pass.CLEAN, Pass.MIXED_SAME, Pass.MIXED_RAND),
    greatest=greatest_object_focus,
    remedy="Mark where the objects are: [masks], or `wellbehaved benchmark masks KEY` for approximate ones.",
    empty_at_chance=True,
)


def background_gap(mixed_same_accuracy: float, mixed_rand_accuracy: float) -> float:
    """Accuracy lost when a background of the same class gives way to one of a random class; lower is better.

    Args:
        mixed_same_accuracy: on objects before a background of their own class, in [0, 1].
        mixed_rand_accuracy: on the same objects before a background of any class, in [0, 1].

    Returns:
        A difference in [-1, 1]; 0 means that the background does not matter.

    Raises:
        ValueError: for an accuracy outside [0, 1] or NaN.

    Source:
        Xiao et al. 2021, arXiv 2006.09994.

    >>> round(background_gap(0.9, 0.8), 4)
    0.1
    """
    require_accuracy("mixed-same accuracy", mixed_same_accuracy)
    require_accuracy("mixed-rand accuracy", mixed_rand_accuracy)
    return mixed_same_accuracy - mixed_rand_accuracy


def object_focus(mixed_same_accuracy: float, mixed_rand_accuracy: float, clean_accuracy: float) -> float:
    """One minus the background gap relative to clean accuracy; higher is better.

    Args:
        mixed_same_accuracy: as for ``background_gap``; decided with ``quba.measuring.decision.coarse_decisions``.
        mixed_rand_accuracy: as for ``background_gap``.
        clean_accuracy: in [0, 1].

    Returns:
        Unbounded; 1 means that the background does not matter, more that a strange one even helps.

    Raises:
        ValueError: for an accuracy outside [0, 1] or NaN.
        UndefinedResult: with ``ZERO_CLEAN_ACCURACY`` if no clean image is right.

    Source:
        Xiao et al. 2021, arXiv 2006.09994; relative to clean accuracy as Hesse et al. 2026.

    >>> round(object_focus(0.9, 0.8, 0.5), 4)
    0.8
    """
    # Relative to the clean accuracy as Hesse et al. do, so that a weak model's small gap is not taken for focus.
    with_own_background = relative_accuracy(mixed_same_accuracy, clean_accuracy)
    with_strange_background = relative_accuracy(mixed_rand_accuracy, clean_accuracy)
    return 1 - (with_own_background - with_strange_background)


def measure(observations: Observations) -> Measured:
    """Object focus of one model.

    Args:
        observations: with the clean pass and both mixed sets.

    Returns:
        Parts: ``clean_accuracy``, ``mixed_same_accuracy``, ``mixed_rand_accuracy`` and ``background_gap``. The images
        are those of the mixed sets.

    Raises:
        UndefinedResult: with the reason for which a pass was not run, or ``ZERO_CLEAN_ACCURACY``, and with the parts
            of the passes that were.
    """
    found = observations.outcomes_of(DIMENSION.passes)
    parts = {f"{source.value}_accuracy": outcome.accuracy for source, outcome in found.items()}
    # The gap needs no clean accuracy, so it stands even where the ratio is undefined.
    if Pass.MIXED_SAME in found and Pass.MIXED_RAND in found:
        parts["background_gap"] = background_gap(found[Pass.MIXED_SAME].accuracy, found[Pass.MIXED_RAND].accuracy)
    with keeping(parts):
        outcomes = [observations.outcome(source) for source in (Pass.CLEAN, Pass.MIXED_SAME, Pass.MIXED_RAND)]
        clean, same, rand = outcomes
        value = object_focus(same.accuracy, rand.accuracy, clean.accuracy)
    return Measured(
        value=value,
        parts=parts,
        sample_count=same.image_count + rand.image_count,
        standard_error=gap_standard_error(
            np.array([outcome.accuracy for outcome in outcomes]),
            np.array([outcome.image_count for outcome in outcomes]),
        ),
    )
