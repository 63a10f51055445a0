"""Leaves a module that somebody holds, and the process it lives in, as they were before it was measured."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from evaluation.models.tensor_float import rounding_of_products, set_rounding_of_products

_FLAGS = ("benchmark", "deterministic", "enabled")


@contextmanager
def leaving_untouched(net: nn.Module) -> Iterator[None]:
    """What is done to a module in here is undone at the end, also where an error ends it.

    Modes of all parts, whether parameters take gradients, their gradients, buffers; the random states of torch, NumPy
    and Python; gradient mode, threads, default type and cuDNN's flags of torch. In here gradients can be computed, and
    new tensors are 32-bit and on the CPU, whatever the caller has set.

    Args:
        net: the module.
    """
    with ExitStack() as stack:
        for restore in (_process(), _random_states(), _module(net)):
            stack.callback(restore)
        torch.set_default_dtype(torch.float32)
        # In inference mode no attack would find a gradient, and would say nothing of it.
        stack.enter_context(torch.inference_mode(mode=False))
        stack.enter_context(torch.set_grad_enabled(True))
        # Only where it is needed: the context costs a little at every call.
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        yield


def _module(net: nn.Module) -> Callable[[], None]:
    trained = net.training
    modes = [(part, part.training) for part in net.modules()]
    parameters = [(each, each.requires_grad, each.grad) for each in net.parameters()]
    buffers = [
        (part, name, buffer, buffer.detach().clone())
        for part in net.modules()
        for name, buffer in part.named_buffers(recurse=False)
    ]

    def restore() -> None:
        # By its own method first: some parts, such as adapters that are merged for evaluation, do more than a flag.
        if trained:
            net.train()
        for part, mode in modes:
            part.training = mode
        for each, takes_gradient, gradient in parameters:
            if each.requires_grad != takes_gradient:
                each.requires_grad_(takes_gradient)
            each.grad = gradient
        with torch.no_grad():
            for part, name, buffer, value in buffers:
                part._buffers[name] = _reset_buffer(buffer, value)

    return restore


def _reset_buffer(buffer: Tensor, value: Tensor) -> Tensor:
    # Only where it changed: a buffer may share its memory with another.
    if not torch.equal(buffer, value):
        buffer.copy_(value)
    return buffer


def _random_states() -> Callable[[], None]:
    python, numpy, on_cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    on_gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]

    def restore() -> None:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(on_cpu)
        if on_gpus:
            torch.cuda.set_rng_state_all(on_gpus)

    return restore


def _process() -> Callable[[], None]:
    threads, kind = torch.get_num_threads(), torch.get_default_dtype()
    cudnn: Any = torch.backends.cudnn
    flags = {name: getattr(cudnn, name) for name in _FLAGS}
    rounding = rounding_of_products()

    def restore() -> None:
        torch.set_num_threads(threads)
        torch.set_default_dtype(kind)
        set_rounding_of_products(rounding)
        for name, value in flags.items():
            setattr(cudnn, name, value)

    return restore
