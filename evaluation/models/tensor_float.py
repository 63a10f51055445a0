"""TensorFloat-32: on GPUs since 2020, products of 32-bit numbers that are rounded to 10 bits of mantissa beforehand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import torch

_CUDNN: Final[Any] = torch.backends.cudnn
# By operation and not by library: torch's older switch, one for all of cuDNN, can no longer be read where somebody has
# set these apart.
_OPERATIONS: Final[tuple[Any, ...]] = (torch.backends.cuda.matmul, _CUDNN.conv, _CUDNN.rnn)


def rounding_of_products() -> tuple[str, ...]:
    """How matrix products, convolutions and recurrent layers of 32-bit numbers are rounded on a GPU.

    Returns:
        "ieee", "tf32", or "none" where a more general setting of torch decides, for each of the three.
    """
    return tuple(each.fp32_precision for each in _OPERATIONS)


def set_rounding_of_products(rounding: tuple[str, ...]) -> None:
    """Set what `rounding_of_products` gave."""
    for each, value in zip(_OPERATIONS, rounding, strict=True):
        each.fp32_precision = value


@contextmanager
def tensor_float(*, enabled: bool) -> Iterator[None]:
    """In here such products are rounded to TensorFloat-32 or not at all, whatever the process has set before.

    Torch rounds convolutions by default: three decimal digits stay, and a value of two devices could not be compared.

    Args:
        enabled: whether they are rounded.

    >>> with tensor_float(enabled=False):
    ...     rounding_of_products()
    ('ieee', 'ieee', 'ieee')
    """
    before = rounding_of_products()
    set_rounding_of_products(("tf32" if enabled else "ieee",) * len(_OPERATIONS))
    try:
        yield
    finally:
        set_rounding_of_products(before)
