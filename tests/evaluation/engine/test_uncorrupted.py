"""What travels to the device: images and what was drawn for them, in few bytes, and nothing mixed up."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from evaluation.corruptions import CORRUPTIONS
from evaluation.engine.uncorrupted import Uncorrupted, before_corruption, in_groups


def image(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def single(height: int, width: int, number: int, corruption: str = "gaussian_noise") -> Uncorrupted:
    return before_corruption(image(height, width, number), corruption, 2, seed=5, number=number)


@pytest.mark.parametrize(
    "key", ["gaussian_noise", "motion_blur", "elastic_transform", "frost", "glass_blur", "contrast"]
)
def test_an_image_travels_with_the_numbers_that_the_processor_draws(key: str) -> None:
    found = single(20, 30, 7, key)
    drawn = CORRUPTIONS[key].draws((20, 30), 2, seed=5, number=7)
    assert (found.corruption, found.severity, found.positions) == (key, 2, (0,))
    assert found.pixels.tolist() == [image(20, 30, 7).tolist()]
    for there, here in zip(found.drawn, drawn, strict=True):
        assert there[0].numpy() == pytest.approx(here, rel=1e-6)
        # In 64 bits a field would take twice as long on its way; an affine map of 32 would shift pixels.
        assert there.element_size() <= (8 if here.size <= 16 else 4)
        assert here.size > 16 or there[0].numpy().tolist() == here.tolist()


def test_a_batch_is_put_together_by_size_and_each_image_keeps_its_place() -> None:
    sizes = [(8, 8), (9, 8), (8, 8), (8, 9), (9, 8)]
    singles = [single(*size, number) for number, size in enumerate(sizes)]
    groups = in_groups(singles)
    assert [group.positions for group in groups] == [(0, 2), (1, 4), (3,)]
    for group in groups:
        for place, position in enumerate(group.positions):
            assert torch.equal(group.pixels[place], singles[position].pixels[0])
            assert torch.equal(group.drawn[0][place], singles[position].drawn[0][0])
    assert in_groups([]) == ()


def test_a_part_has_what_belongs_to_its_images() -> None:
    (group,) = in_groups([single(8, 8, number) for number in range(4)])
    part = group.part(1, 3)
    assert part.positions == (1, 2)
    assert torch.equal(part.pixels, group.pixels[1:3])
    assert torch.equal(part.drawn[0], group.drawn[0][1:3])


def test_every_tensor_is_moved() -> None:
    moved = single(8, 8, 0).with_tensors(lambda each: each.to("meta"))
    assert {each.device.type for each in (moved.pixels, *moved.drawn)} == {"meta"}
