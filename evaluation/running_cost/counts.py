"""The arithmetic of a net on one image, counted while it runs: multiply-accumulates, and what they put out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

_PRODUCTS = frozenset(
    {
        torch.ops.aten.convolution.default, torch.ops.aten.mm.default, torch.ops.aten.addmm.default,
        torch.ops.aten.bmm.default, torch.ops.aten.baddbmm.default,
        # What programs call that were traced.
        torch.ops.aten._convolution.default, torch.ops.aten._convolution.deprecated,
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What was counted.

    Attributes:
        macs: multiply-accumulates of convolutions and matrix products, those of attention among them.
        activations: elements that these put out.
    """

    macs: int
    activations: int


class _Activations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts what convolutions and matrix products put out."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        found = func(*args, **(kwargs or {}))
        if func in _PRODUCTS:
            self.count += found.numel()
        return found


def counts_of(net: nn.Module, inputs: Tensor) -> Counts:
    """What a net computes on a batch.

    Args:
        net: on the device of the inputs, which may be "meta", in eval mode.
        inputs: images x channels x height x width; counts are of all images together.

    >>> counts_of(nn.Linear(3, 2), torch.zeros(1, 3))
    Counts(macs=6, activations=2)
    """
    activations = _Activations()
    with torch.no_grad(), FlopCounterMode(display=False) as operations, activations:
        net(inputs)
    # The counter takes a multiplication and an addition for two.
    return Counts(macs=operations.get_total_flops() // 2, activations=activations.count)


@contextmanager
def single_products() -> Iterator[None]:
    """Attention in single products: fused into one operation, what they put out could not be counted."""
    fast_path = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(value=False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(value=fast_path)
