"""ONNX graphs, computed by onnxruntime: a closed set of operators and no code. The extra `onnx`."""

from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from evaluation.checkpoints.program_kinds import ProgramKind
from evaluation.errors import LibraryMissing, ModelRefused
from evaluation.extras import way_to_install
from evaluation.models.program import Facts, Program, Shape, unreadable

_NO_GRADIENTS = (
    "onnxruntime computes no gradients, which the attacks follow. Measure the PyTorch module or its torch.export "
    "program (.pt2) for adversarial robustness."
)
_COUNTED = (
    "Parameters are counted in the ONNX graph. Exporters fold batch norms into convolutions, so that the PyTorch "
    "module can have more."
)
_ON_GPU, _ON_CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_ERRORS_ALONE = 3
# Integers of 16 bits and more are shapes and indices.
_QUANTISED = ("INT8", "UINT8", "INT4", "UINT4")
_MATRIX = 2
_INPUT_DIMENSIONS = 4
_NUMBERS = {
    "tensor(float)": torch.float32, "tensor(float16)": torch.float16, "tensor(double)": torch.float64,
    "tensor(uint8)": torch.uint8, "tensor(int8)": torch.int8, "tensor(int32)": torch.int32,
    "tensor(int64)": torch.int64,
}  # fmt: skip


def open_onnx(path: Path, *, device: str) -> Program:
    """Read an ONNX graph.

    Args:
        path: of the file; weights beside it are read from its folder alone.
        device: to compute on.

    Raises:
        ModelRefused: it cannot be read, takes no images, or cannot be computed on the device.
        WeightsUnavailable: the extra is not installed.
    """
    onnx, runtime = _libraries(path)
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:
        raise unreadable(path, ProgramKind.ONNX, error) from error
    beside_it(path)
    provider = _provider(runtime, device)
    options = runtime.SessionOptions()
    options.log_severity_level = _ERRORS_ALONE
    options.intra_op_num_threads = torch.get_num_threads()
    try:
        session = runtime.InferenceSession(str(path), options, providers=[provider])
    except Exception as error:
        raise unreadable(path, ProgramKind.ONNX, error) from error
    taken, given = session.get_inputs(), session.get_outputs()
    if len(taken) != 1 or len(given) != 1:
        raise ModelRefused(
            f"{path.name} has {len(taken)} inputs and {len(given)} outputs ({', '.join(each.name for each in given)}); "
            "a classifier takes images and gives logits. Export a module whose forward method does that alone."
        )
    # Names and None stand for sides of any length, and no sides at all for a graph that does not say how many it takes.
    batch, *shape = (each if isinstance(each, int) else None for each in taken[0].shape or (None,) * _INPUT_DIMENSIONS)
    facts = Facts(
        path=path,
        kind=ProgramKind.ONNX,
        parameter_count=_parameter_count(onnx, model),
        metadata={each.key: each.value for each in model.metadata_props},
        batch=batch,
        shape=_shape(path, taken[0].type, tuple(shape)),
        number=_NUMBERS[taken[0].type],
        no_gradients=_NO_GRADIENTS,
        notes=(_COUNTED,),
        versions={"onnxruntime": runtime.__version__},
    )

    def run(inputs: Tensor) -> Tensor:
        (found,) = session.run(None, {taken[0].name: inputs.detach().cpu().numpy()})
        return torch.from_numpy(found).to(inputs.device)

    return Program(facts, run)


def beside_it(path: Path) -> tuple[Path, ...]:
    """The files with weights that a graph names, which lie in its folder.

    Raises:
        ModelRefused: one of them lies elsewhere or is not there.
    """
    onnx, _ = _libraries(path)
    model = onnx.load(str(path), load_external_data=False)
    helper = onnx.external_data_helper
    tensors = [each for each in helper._get_all_tensors(model) if helper.uses_external_data(each)]
    found = {helper.ExternalDataInfo(each).location for each in tensors}
    folder = path.parent.resolve()
    for name in sorted(found):
        # A graph from elsewhere could name any file of this machine.
        if not (folder / name).resolve().is_relative_to(folder):
            raise ModelRefused(f"{path.name} names weights outside of its folder: {name[:100]!r}. Put them beside it.")
        if not (folder / name).is_file():
            raise ModelRefused(f"{path.name} keeps weights in {name[:100]!r}, which is not beside it. Copy both files.")
    return tuple(folder / name for name in sorted(found))


def _libraries(path: Path) -> tuple[Any, Any]:
    try:
        return import_module("onnx"), import_module("onnxruntime")
    except ImportError as error:
        raise LibraryMissing(
            f"{path.name} is an ONNX graph and needs onnx and onnxruntime, which are not installed. "
            f"{way_to_install('onnx')}."
        ) from error


def _provider(runtime: Any, device: str) -> str:  # noqa: ANN401 - untyped library
    if not device.startswith("cuda"):
        return _ON_CPU
    if _ON_GPU not in runtime.get_available_providers():
        raise ModelRefused(
            f"this onnxruntime computes on the CPU alone, and device is {device!r}. Use --device cpu, or "
            "install onnxruntime-gpu in its place."
        )
    return _ON_GPU


def _shape(path: Path, number: str, shape: Shape) -> Shape:
    if number not in _NUMBERS:
        raise ModelRefused(f"{path.name} takes {number} inputs; export it for 32-bit images.")
    return shape


def _parameter_count(onnx: Any, model: Any) -> int:  # noqa: ANN401 - untyped library
    """The elements of a graph's weights: all of its initialisers but constants and batch norms' statistics."""
    statistics = {name for node in model.graph.node if node.op_type == "BatchNormalization" for name in node.input[3:]}
    return sum(_elements(onnx, each) for each in model.graph.initializer if each.name not in statistics)


def _elements(onnx: Any, tensor: Any) -> int:  # noqa: ANN401 - untyped library
    kind = onnx.TensorProto.DataType.Name(tensor.data_type)
    shape = tuple(tensor.dims)
    # A number alone is a constant of the arithmetic, such as an epsilon, and so is one in a shape of ones.
    is_weight = "FLOAT" in kind or kind == "DOUBLE" or (kind in _QUANTISED and len(shape) >= _MATRIX)
    count = 1
    for side in shape:
        count *= side
    return count if is_weight and shape else 0
