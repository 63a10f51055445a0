"""How products of 32-bit numbers are rounded, whichever of torch's switches somebody has used before."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from evaluation.models.tensor_float import rounding_of_products, set_rounding_of_products, tensor_float

CUDNN: Any = torch.backends.cudnn


def by_operation() -> None:
    CUDNN.conv.fp32_precision = "ieee"


def by_library() -> None:
    CUDNN.allow_tf32 = False


def for_matrices() -> None:
    torch.set_float32_matmul_precision("high")


SWITCHES = (lambda: None, by_operation, by_library, for_matrices)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = rounding_of_products()
    yield
    set_rounding_of_products(before)


@pytest.mark.parametrize("switch", SWITCHES, ids=("none", "by_operation", "by_library", "for_matrices"))
@pytest.mark.parametrize("enabled", [True, False])
def test_it_is_on_or_off_inside_and_as_before_behind(switch: Callable[[], None], enabled: bool) -> None:
    switch()
    before = rounding_of_products()
    inside: list[tuple[str, ...]] = []

    def fail() -> None:
        with tensor_float(enabled=enabled):
            inside.append(rounding_of_products())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert inside == [("tf32" if enabled else "ieee",) * 3]
    assert rounding_of_products() == before


def test_the_state_of_somebody_who_set_operations_apart_can_be_read() -> None:
    by_operation()
    # Torch's older switch cannot say it any more.
    with pytest.raises(RuntimeError, match="mix of the legacy and new APIs"):
        _ = CUDNN.allow_tf32
    assert rounding_of_products()[1] == "ieee"
