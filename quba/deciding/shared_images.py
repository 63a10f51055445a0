"""Which images two models of one benchmark share, and what a few of them could change unseen."""

import math
from collections.abc import Mapping

import numpy as np

from quba.dimension import Dimension, Pass
from quba.measuring.evidence import Evidence

_UNSEEN = 2
"""Images that may turn beyond what was seen. Where none of n turned, up to 3/n may (the rule of three), which takes 1.7
with the t distribution; 2 also keep the errors of 6 to 60 flips near their nominal rate."""


def pass_of(name: str) -> Pass:
    """The pass of an entry of ``Evidence.right``.

    Args:
        name: such as "clean" or "corruptions:fog/3".

    Raises:
        ValueError: for a pass that does not exist.

    >>> pass_of("corruptions:fog/3")
    <Pass.CORRUPTIONS: 'corruptions'>
    """
    return Pass(name.partition(":")[0])


def shared_sizes(dimension: Dimension, a: Evidence, b: Evidence) -> dict[str, int]:
    """How many images the passes have that a dimension is made of, for those that both models were run on.

    Args:
        dimension: for which.
        a: of one model.
        b: of the other, which has as many images in each pass.

    Returns:
        Image counts, by pass and where a pass has variants by pass and variant; empty for a counted dimension.

    >>> from quba.dimensions import DIMENSIONS
    >>> from quba.measuring.evidence import Conditions
    >>> one = Evidence(
    ...     conditions=Conditions(benchmark="toy", digest=None, protocol="corrected", seed=0, samples_per_class=None),
    ...     values={}, standard_errors={}, replicates={}, right={"clean": np.ones(4, bool), "pgd": np.ones(4, bool)},
    ... )
    >>> shared_sizes(DIMENSIONS["accuracy"], one, one)
    {'clean': 4}
    """
    shared = [name for name in a.right if name in b.right]
    needed = dimension.passes_on({pass_of(name) for name in shared})
    return {name: a.right[name].size for name in shared if pass_of(name) in needed}


def image_count(sizes: Mapping[str, int]) -> int | None:
    """How many images that are, each counted once however often it was changed.

    Args:
        sizes: from ``shared_sizes``.

    Returns:
        1 or more; None where there are none.

    >>> image_count({"clean": 4, "pgd": 4, "shifted:night": 3}), image_count({})
    (7, None)
    """
    # Changes of the clean images are no further images; every other set is.
    of_clean = max((size for name, size in sizes.items() if pass_of(name).of_clean_images), default=0)
    return of_clean + sum(size for name, size in sizes.items() if not pass_of(name).of_clean_images) or None


def unseen_error(sizes: Mapping[str, int]) -> float:
    """Standard error of a difference by flips that are too rare to have been seen, as if each set counted the same.

    Args:
        sizes: from ``shared_sizes``.

    Returns:
        0 or more: what two images more that turn would change in the mean of the sets; 0 without any image.

    Source:
        Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all right?", JAMA 249 (the rule of three).

    >>> unseen_error({"clean": 400}), unseen_error({})
    (0.005, 0.0)
    """
    # Each set counts 1/m in the mean of m sets, and the sets err independently.
    return math.hypot(*(_UNSEEN / (len(sizes) * size) for size in sizes.values()))


def nothing_differs(a: Evidence, b: Evidence) -> bool:
    """Whether two models agree in all that is kept of both, down to the confidences: a model against itself.

    Args:
        a: of one model.
        b: of the other.

    Returns:
        False also where the confidence of either was not kept: right and wrong alone can agree by chance.

    >>> from quba.measuring.evidence import Conditions
    >>> one = Evidence(
    ...     conditions=Conditions(benchmark="toy", digest=None, protocol="corrected", seed=0, samples_per_class=None),
    ...     values={}, standard_errors={}, replicates={}, confidence=np.array([7], dtype=np.uint8),
    ... )
    >>> nothing_differs(one, one)
    True
    """
    if a.confidence is None or b.confidence is None or not np.array_equal(a.confidence, b.confidence):
        return False
    keys = a.values.keys() & b.values.keys()
    return (
        all(a.values[key] == b.values[key] for key in keys)
        and _agree(a.right, b.right)
        and _agree(a.replicates, b.replicates)
    )


def _agree(a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray]) -> bool:
    return all(np.array_equal(a[name], b[name]) for name in a.keys() & b.keys())
