"""Whether an error says that memory ran out, which halves a batch or ends a measurement; any other is the model's."""

import torch

# The allocator of the CPU, ONNX Runtime, CUDA's libraries and the system have no error class of their own for it.
_SAID = (
    "can't allocate memory",
    "cannot allocate memory",
    "failed to allocate memory",
    "not enough memory",
    "out of memory",
    "status_alloc_failed",
    "bad_alloc",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, by the class of an error or by what allocators say.

    Args:
        error: of whatever computes: torch, a program, a library.

    >>> is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"))
    True
    >>> is_out_of_memory(RuntimeError("unsupported memory format option Preserve"))
    False
    """
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    said = str(error).lower()
    return any(words in said for words in _SAID)
