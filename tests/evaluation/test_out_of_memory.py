import pytest
import torch

from evaluation.out_of_memory import is_out_of_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError(),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried to ..."
        ),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        Exception("[ONNXRuntimeError] : 6 : Failed to allocate memory for requested buffer of size 8"),
        Exception("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : std::bad_alloc"),
        OSError(12, "Cannot allocate memory"),
    ],
)
def test_a_lack_of_memory_is_known_by_its_class_or_by_the_words_of_allocators(error: Exception) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize(
    "words",
    [
        "unsupported memory format option Preserve",
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
        "location",
        "CUDA error: an illegal memory access was encountered",
        "",
    ],
)
def test_other_words_about_memory_are_faults_of_the_model(words: str) -> None:
    assert not is_out_of_memory(RuntimeError(words))


def test_an_allocator_of_this_machine_is_understood() -> None:
    with pytest.raises(RuntimeError) as refused:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(refused.value)
