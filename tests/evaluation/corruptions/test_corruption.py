"""What all corruptions get: their own chance, lengths for their image, and eight bits at the end."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from evaluation.corruptions.corruption import REFERENCE_SIZE, Corruption, scale_of
from evaluation.corruptions.two_parts import Drawn, Pixels, Size, TwoParts

IMAGE = np.full((4, 6, 3), 100, dtype=np.uint8)


def noted(key: str, **asked: int) -> list[float]:
    """The numbers that a corruption of some name draws."""
    drawn: list[float] = []

    def apply(image: NDArray[Any], _severity: int, rng: np.random.Generator) -> NDArray[Any]:
        drawn.extend(rng.random(3).tolist())
        return image

    Corruption(key=key, position=0, apply=apply).corrupt(
        IMAGE, asked.pop("severity", 1), **{"seed": 0, "number": 0} | asked
    )
    return drawn


def test_chance_is_that_of_seed_image_severity_and_corruption() -> None:
    same = noted("fog")
    assert noted("fog") == same
    others = [noted("snow"), noted("fog", seed=1), noted("fog", number=1), noted("fog", severity=2)]
    assert len({tuple(draws) for draws in [same, *others]}) == 5


@pytest.mark.parametrize(("made", "expected"), [(-0.5, 0), (0.0, 0), (0.999, 254), (1.0, 255), (7.0, 255)])
def test_what_leaves_the_scale_is_clipped_and_the_rest_cut_off(made: float, expected: int) -> None:
    one = Corruption(key="x", position=0, apply=lambda image, *_: np.full_like(image, made))
    changed = one.corrupt(IMAGE, 5, seed=0, number=0)
    assert changed.dtype == np.uint8
    assert set(changed.ravel().tolist()) == {expected}


def test_a_corruption_sees_values_from_0_to_1_in_single_precision() -> None:
    seen: list[NDArray[Any]] = []

    def apply(image: NDArray[Any], _severity: int, _rng: np.random.Generator) -> NDArray[Any]:
        seen.append(image)
        return image

    changed = Corruption(key="x", position=0, apply=apply).corrupt(IMAGE, 1, seed=0, number=0)
    assert seen[0].dtype == np.float32
    assert seen[0] == pytest.approx(np.full((4, 6, 3), 100 / 255))
    # Cut off and not rounded, as the published program does: a value may come back one lower.
    assert np.abs(changed.astype(int) - 100).max() <= 1


@pytest.mark.parametrize(("height", "width", "scale"), [(224, 500, 1.0), (448, 448, 2.0), (56, 32, 1 / 7)])
def test_lengths_go_by_the_shorter_side(height: int, width: int, scale: float) -> None:
    assert REFERENCE_SIZE == 224
    assert scale_of((height, width)) == pytest.approx(scale)


def lift(size: Size, severity: int, rng: np.random.Generator) -> Drawn:
    return (rng.random((*size, 3)).astype(np.float32) / severity,)


def lifted(images: Pixels, severity: int, drawn: tuple[Pixels, ...]) -> Pixels:
    (by,) = drawn
    found: Pixels = images * severity - by
    return found


def test_a_batch_is_corrupted_as_each_of_its_images_is() -> None:
    one = Corruption(key="x", position=0, apply=TwoParts(draw=lift, change=lifted))
    images = np.random.default_rng(0).integers(0, 256, (3, 4, 6, 3), dtype=np.uint8)
    drawn = np.stack([one.draws((4, 6), 2, seed=7, number=number)[0] for number in range(3)])
    found = one.corrupt_batch(torch.from_numpy(images), 2, (torch.from_numpy(drawn),))
    assert found.dtype == torch.uint8
    expected = [one.corrupt(image, 2, seed=7, number=number).tolist() for number, image in enumerate(images)]
    assert found.tolist() == expected
    # Below 0 and above 1 there is something to clip.
    assert {0, 255} <= set(found.ravel().tolist())


def test_what_the_processor_alone_can_do_is_refused_to_a_device() -> None:
    one = Corruption(key="x", position=0, apply=lambda image, *_: image)
    assert one.parts is None
    with pytest.raises(ValueError, match="x is carried out by the processor alone; use corrupt for each image"):
        one.draws((4, 6), 1, seed=0, number=0)
    with pytest.raises(ValueError, match="x is carried out by the processor alone"):
        one.corrupt_batch(torch.zeros(1, 4, 6, 3, dtype=torch.uint8), 1, ())
