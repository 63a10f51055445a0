"""Drawing first and changing then, with one library or the other."""

import numpy as np
import pytest
import torch

from evaluation.corruptions.two_parts import Drawn, Pixels, Size, TwoParts, arrays_of, nothing, quotient, size_of


def lift(size: Size, severity: int, rng: np.random.Generator) -> Drawn:
    return (rng.random((*size, 1)).astype(np.float32) + severity,)


def lifted(images: Pixels, severity: int, drawn: tuple[Pixels, ...]) -> Pixels:
    (by,) = drawn
    found: Pixels = images * severity + by
    return found


def test_one_image_is_drawn_for_and_changed() -> None:
    image = np.random.default_rng(1).random((3, 5, 3)).astype(np.float32)
    expected = image * 4 + np.random.default_rng(0).random((3, 5, 1)).astype(np.float32) + 4
    found = TwoParts(draw=lift, change=lifted)(image, 4, np.random.default_rng(0))
    assert found == pytest.approx(expected)


def test_where_nothing_is_drawn_no_chance_is_used_up() -> None:
    rng = np.random.default_rng(0)
    assert nothing((2, 2), 1, rng) == ()
    assert rng.random() == np.random.default_rng(0).random()


def test_each_array_has_its_library_and_its_size() -> None:
    assert arrays_of(np.zeros(1)) is np
    assert arrays_of(torch.zeros(1)) is torch
    assert size_of(np.zeros((4, 6, 3))) == size_of(torch.zeros(2, 4, 6, 3)) == (4, 6)


@pytest.mark.parametrize("divisor", [3, 7, 255])
def test_a_quotient_is_rounded_as_the_processor_divides(divisor: float) -> None:
    values = np.arange(256, dtype=np.float32)
    expected = (values / np.float32(divisor)).tolist()
    assert quotient(values, divisor).tolist() == quotient(torch.from_numpy(values), divisor).tolist() == expected


def test_a_quotient_is_no_product_with_a_reciprocal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On CUDA torch makes one of it where the divisor is a plain number, which no processor shows."""
    divisors: list[object] = []
    kept = torch.Tensor.__truediv__

    def noted(values: torch.Tensor, divisor: torch.Tensor) -> torch.Tensor:
        divisors.append(divisor)
        return kept(values, divisor)

    monkeypatch.setattr(torch.Tensor, "__truediv__", noted)
    quotient(torch.ones(2), 255)
    assert [isinstance(each, torch.Tensor) for each in divisors] == [True]
