"""TensorFloat-32: on GPUs since 2020, products of 32-bit numbers that are rounded to 10 bits of mantissa beforehand."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

import torch

_CUDNN: Final[Any] = torch.backends.cudnn
_MKLDNN: Final[Any] = torch.backends.mkldnn
# In torch's order: CUDA's products, convolutions and recurrent layers, then those of the CPU.
_OPERATIONS: Final[tuple[Any, ...]] = (
    torch.backends.cuda.matmul, _CUDNN.conv, _CUDNN.rnn, _MKLDNN.matmul, _MKLDNN.conv, _MKLDNN.rnn,
)  # fmt: skip


class Rounding(NamedTuple):
    """How products of 32-bit numbers are rounded, in both ways in which torch says it.

    Attributes:
        by_operation: "ieee", "tf32", "bf16", or "none" where a more general setting decides, for six operations.
        matrices: "highest", "high" or "medium", as `torch.get_float32_matmul_precision` gives it, or None.
        convolutions: whether cuDNN may round, as `torch.backends.cudnn.allow_tf32` gives it, or None. None stands for
            what torch refuses to say, because somebody has set the operations apart.
    """

    by_operation: tuple[str, ...]
    matrices: str | None
    convolutions: bool | None


def rounding_of_products() -> Rounding:
    """How products of 32-bit numbers are rounded now."""
    matrices: str | None = None
    convolutions: bool | None = None
    with suppress(RuntimeError):
        matrices = torch.get_float32_matmul_precision()
    with suppress(RuntimeError):
        convolutions = _CUDNN.allow_tf32
    return Rounding(tuple(each.fp32_precision for each in _OPERATIONS), matrices, convolutions)


def set_rounding_of_products(rounding: Rounding) -> None:
    """Set what `rounding_of_products` gave."""
    # The older switches first, for they change the newer ones too. Both must say the same: torch raises where a model
    # looks at an older one that contradicts a newer one, as exported and compiled ones do.
    if rounding.matrices is not None:
        torch.set_float32_matmul_precision(rounding.matrices)
    if rounding.convolutions is not None:
        _CUDNN.allow_tf32 = rounding.convolutions
    for each, value in zip(_OPERATIONS, rounding.by_operation, strict=True):
        each.fp32_precision = value


EXACT: Final = Rounding(("ieee",) * len(_OPERATIONS), "highest", convolutions=False)
ROUNDED: Final = Rounding(("tf32",) * 4 + ("none",) * 2, "high", convolutions=True)


@contextmanager
def tensor_float(*, enabled: bool) -> Iterator[None]:
    """In here such products are rounded to TensorFloat-32 or not at all, whatever the process has set before.

    Torch rounds convolutions by default: three decimal digits stay, and a value of two devices could not be compared.

    Args:
        enabled: whether they are rounded, where the hardware can.

    >>> with tensor_float(enabled=False):
    ...     rounding_of_products().matrices
    'highest'
    """
    before = rounding_of_products()
    set_rounding_of_products(ROUNDED if enabled else EXACT)
    try:
        yield
    finally:
        set_rounding_of_products(before)
