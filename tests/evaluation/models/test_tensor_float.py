"""How products of 32-bit numbers are rounded, whichever of torch's switches somebody has used before."""

import subprocess
import sys

import pytest

# Each in a process of its own: torch keeps more of what was set than can be read and put back.
PROGRAM = """
import torch
from torch.backends import cuda, cudnn, mkldnn
from evaluation.models.tensor_float import EXACT, ROUNDED, rounding_of_products, tensor_float

{switch}
before = rounding_of_products()
for enabled in (False, True):
    try:
        with tensor_float(enabled=enabled):
            inside = rounding_of_products()
            # As exported and compiled models do; torch raises where its switches contradict each other.
            older = cudnn.allow_tf32, cuda.matmul.allow_tf32
            raise KeyError
    except KeyError:
        pass
    assert inside == (ROUNDED if enabled else EXACT), (enabled, inside)
    assert older == (enabled, enabled), (enabled, older)
    assert rounding_of_products() == before, (enabled, before, rounding_of_products())
"""
SWITCHES = {
    "none": "",
    "convolutions": "cudnn.allow_tf32 = False",
    "matrices": "torch.set_float32_matmul_precision('medium')",
    "matrices_of_cuda": "cuda.matmul.allow_tf32 = True",
    "all_by_operation": "cudnn.conv.fp32_precision = cudnn.rnn.fp32_precision = 'tf32'",
}


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES.keys())
def test_it_is_on_or_off_inside_and_as_before_behind(switch: str) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM.format(switch=switch)], check=True)


APART = """
import torch
from torch.backends import cudnn
from evaluation.models.tensor_float import EXACT, rounding_of_products, tensor_float

{switch}
before = rounding_of_products()
assert before.convolutions is None
with tensor_float(enabled=False):
    assert rounding_of_products() == EXACT
after = rounding_of_products()
assert after.by_operation == before.by_operation, (before, after)
"""


@pytest.mark.parametrize(
    "switch", ["cudnn.conv.fp32_precision = 'ieee'", "torch.backends.fp32_precision = 'ieee'"], ids=("one", "all")
)
def test_operations_that_somebody_set_apart_are_so_again_behind(switch: str) -> None:
    subprocess.run([sys.executable, "-c", APART.format(switch=switch)], check=True)
