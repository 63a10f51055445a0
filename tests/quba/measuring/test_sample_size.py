import numpy as np
import pytest

from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.measuring.sample_size import shortage, too_few_images

BALANCE = DIMENSIONS["class_balance"]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((10, 12, 10), ""),
        ((10, 9, 30), "1 of 3 classes has fewer, class 1 the fewest with 9."),
        ((4, 9, 30), "2 of 3 classes have fewer, class 0 the fewest with 4."),
        ((10, 10), "1 of 3 classes has fewer, class 2 the fewest with 0."),
    ],
)
def test_the_classes_that_are_short_are_counted(counts: tuple[int, ...], told: str) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    assert shortage(BALANCE, labels, 3) == (told and f"Class balance needs 10 images of every class; {told}")


def test_the_classes_that_are_short_are_named_the_poorest_first() -> None:
    labels = np.repeat(np.arange(6), [4, 30, 9, 2, 3, 8])
    told = shortage(BALANCE, labels, 6, dict(enumerate(["oak", "ash", "elm", "fir", "yew", "box"])))
    assert told.endswith("5 of 6 classes have fewer: fir 2, yew 3, oak 4 and 2 more.")


def test_the_refusal_keeps_the_parts_and_says_what_to_do() -> None:
    undefined = too_few_images("Too few.", {"ece": 0.5})
    assert (undefined.reason, undefined.parts) == (Missing.TOO_FEW_IMAGES, {"ece": 0.5})
    assert str(undefined).startswith("Too few. Measure more images of each class;")
