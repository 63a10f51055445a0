"""Holds the order of a model's outputs against the classes, on few images whose results the run goes on to use."""

import numpy as np
from jaxtyping import Int
from numpy.typing import NDArray

from evaluation.benchmark import Benchmark
from evaluation.datasets.class_orders import in_code_point_order, in_natural_order
from evaluation.errors import ClassOrderDoubtful
from evaluation.models.loaded_model import LoadedModel
from quba.measuring.class_order import BEST, OrderFinding, order_finding
from quba.wording import percent

MOST_IMAGES = 500
"""So many images are drawn for the check; it costs no more forward runs, and the run uses their results."""

_NAMED = 20


def order_draw(labels: Int[np.ndarray, " images"], *, seed: int) -> Int[np.ndarray, " drawn"]:
    """Positions of at most 500 images in ascending order: as many of each class as of any other that has them.

    Two of each class at least, one to find an order by and one to judge it, and so only some classes where there are
    many.
    """
    # Drawn and not the first of each class, which are often of one series or one camera.
    rng = np.random.default_rng([seed, len(labels)])
    classes = rng.permutation(np.unique(labels))
    each = max(2, MOST_IMAGES // len(classes))
    drawn = [
        rng.permutation(np.flatnonzero(labels == label))[:each] for label in classes[: MOST_IMAGES // each].tolist()
    ]
    positions: Int[np.ndarray, " drawn"] = np.sort(np.concatenate(drawn))
    return positions


def require_order(
    model: LoadedModel,
    first: tuple[NDArray[np.float32], NDArray[np.int64]] | None,
    benchmark: Benchmark,
) -> None:
    """Refuse a model whose outputs clearly stand for the classes in another order.

    Args:
        model: whose names, where it has them, leave nothing to doubt.
        first: probabilities and labels of the images that were drawn; None where none could be read.
        benchmark: with the names of its classes in the order of the labels.

    Raises:
        ClassOrderDoubtful: with both accuracies and the setting that takes the other order.
    """
    # A model that names its outputs is believed: a statistic would only add a chance of error.
    if model.order_known or first is None:
        return
    probabilities, labels = first
    finding = order_finding(probabilities, labels, named_orders(benchmark.classes))
    if finding.winner is not None:
        raise ClassOrderDoubtful(_sentence(finding, benchmark.classes))


def named_orders(classes: tuple[str, ...]) -> dict[str, Int[np.ndarray, " classes"]]:
    """The customary orders of class folders that are other than the given one: for each class its place in them."""
    orders = {"names": in_code_point_order(classes), "natural": in_natural_order(classes)}
    places = {key: {name: place for place, name in enumerate(names)} for key, names in orders.items()}
    found = {key: np.array([place[name] for name in classes], dtype=np.int64) for key, place in places.items()}
    # An order equal to the given one would be a test against itself, for which all others pay.
    return {key: order for key, order in found.items() if (order != np.arange(len(classes))).any()}


def _sentence(finding: OrderFinding, classes: tuple[str, ...]) -> str:
    said = (
        f"on {finding.image_count} images the model decides {percent(finding.accuracy, 1)} right as its outputs are "
        f"read now, and {percent(finding.winner_accuracy, 1)}"
    )
    chance = f"(p = {finding.p_value:.1g}, one-sided)"
    anyway = "If the outputs are in order all the same, say so with --class-order-checked."
    if finding.winner != BEST:
        return (
            f'{said} in the order {finding.winner!r} {chance}: its outputs seem to be in that order. Write order = "'
            f'{finding.winner}" in [classes] of benchmark.toml and add the folder again. {anyway}'
        )
    by_output = sorted(range(len(classes)), key=lambda label: finding.outputs[label])
    listed = ", ".join(classes[label] for label in by_output[:_NAMED])
    more = f" and {len(classes) - _NAMED} more" if len(classes) > _NAMED else ""
    return (
        f"{said} in the order that fits it best {chance}: its outputs seem to be shuffled. List the classes in the "
        'order of the outputs in a file, and write file = "classes.txt" in [classes] of benchmark.toml. The order that '
        f"fits best is {listed}{more}. {anyway}"
    )
