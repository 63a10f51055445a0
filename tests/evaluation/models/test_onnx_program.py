"""ONNX graphs by onnxruntime: the module's own logits, the count of its weights, and every graph that does not fit."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from evaluation.errors import ModelRefused, WeightsUnavailable
from evaluation.models.onnx_program import beside_it, open_onnx
from tests.evaluation.models.programs import graph, images, small_net

F, H = TensorProto.FLOAT, TensorProto.FLOAT16


def made(
    path: Path,
    *,
    number: int = F,
    shape: Sequence[int | str | None] | None = ("batch", 3, 12, 12),
    weights: Sequence[onnx.TensorProto] = (),
    nodes: Sequence[onnx.NodeProto] | None = None,
    outputs: Sequence[str] = ("logits",),
    inputs: Sequence[str] = ("images",),
) -> Path:
    """A graph by hand: the means of the channels, unless other nodes are given."""
    taken = [helper.make_tensor_value_info(name, number, shape) for name in inputs]
    given = [helper.make_tensor_value_info(name, number, None) for name in outputs]
    if nodes is None:
        nodes = [helper.make_node("ReduceMean", ["images", "axes"], ["logits"], keepdims=0)]
        weights = [numpy_helper.from_array(np.array([2, 3]), "axes"), *weights]
    body = helper.make_graph(list(nodes), "net", taken, given, list(weights))
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("fixed", [False, True])
def test_a_graph_gives_the_logits_of_the_module(tmp_path: Path, fixed: bool) -> None:
    net = small_net()
    program = open_onnx(graph(net, tmp_path / "a.onnx", fixed=fixed, beside={"mean": "[0, 0, 0]"}), device="cpu")
    torch.testing.assert_close(program(images(5)), net(images(5)))
    facts = program.facts
    assert facts.parameter_count == sum(each.numel() for each in net.parameters())
    assert facts.metadata["mean"] == "[0, 0, 0]"
    assert (facts.batch, facts.shape, facts.number) == (2 if fixed else None, (3, 12, 12), torch.float32)
    assert facts.versions == {"onnxruntime": onnxruntime.__version__}
    assert not program(images().requires_grad_()).requires_grad


def test_batch_norms_that_were_folded_are_missing_in_the_count_and_that_is_said(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.Flatten(), nn.Linear(500, 4)).eval()
    facts = open_onnx(graph(net, tmp_path / "a.onnx"), device="cpu").facts
    assert facts.parameter_count == sum(each.numel() for each in net.parameters()) - 2 * 5
    assert "Exporters fold batch norms" in facts.notes[0]


def test_what_counts_as_a_weight(tmp_path: Path) -> None:
    array = numpy_helper.from_array
    held = [
        array(np.zeros((4, 3), np.float32), "matrix"), array(np.zeros((4, 3), np.float16), "half"),
        array(np.zeros((4, 3), np.int8), "quantised"), array(np.zeros(4, np.int8), "zero points"),
        array(np.zeros((4, 3), np.int64), "indices"), array(np.array(1e-5, np.float32), "epsilon"),
        array(np.zeros(7, np.float32), "running mean"), array(np.ones(7, np.float32), "running variance"),
        array(np.ones(3, np.float32), "scale"), array(np.ones(3, np.float32), "shift"),
        array(np.ones(3, np.float32), "m"), array(np.ones(3, np.float32), "v"), array(np.array([2, 3]), "axes"),
    ]  # fmt: skip
    nodes = [
        helper.make_node("BatchNormalization", ["images", "scale", "shift", "m", "v"], ["normal"]),
        helper.make_node("ReduceMean", ["normal", "axes"], ["logits"], keepdims=0),
    ]
    # Three matrices, two vectors that nobody calls statistics, scale and shift.
    facts = open_onnx(made(tmp_path / "a.onnx", nodes=nodes, weights=held), device="cpu").facts
    assert facts.parameter_count == 3 * 12 + 2 * 7 + 2 * 3


@pytest.mark.parametrize(
    ("kind", "number"), [(H, torch.float16), (TensorProto.DOUBLE, torch.float64), (F, torch.float32)]
)  # fmt: skip
def test_the_kind_of_numbers_is_the_graphs_own(tmp_path: Path, kind: int, number: torch.dtype) -> None:
    program = open_onnx(made(tmp_path / "a.onnx", number=kind), device="cpu")
    assert program.facts.number == number
    torch.testing.assert_close(program(images()), images().mean(dim=(2, 3)), atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"number": TensorProto.UINT8, "outputs": ("images",)}, r"takes uint8 inputs, and normalised images"),
        (
            {"number": TensorProto.BFLOAT16, "outputs": ("images",)},
            r"takes tensor\(bfloat16\) inputs; export it for 32",
        ),
        ({"shape": (1, 12, 12, 3)}, r"takes images of 12 channels.* Its channels come last"),
        ({"shape": ("batch", 10), "outputs": ("images",)}, r"takes inputs of 2 dimensions"),
        ({"outputs": ("logits", "images")}, r"has 1 inputs and 2 outputs \(logits, images\)"),
        ({"inputs": ("images", "other")}, r"has 2 inputs and 1 outputs"),
    ],
)
def test_graphs_of_something_else(tmp_path: Path, said: dict[str, Any], message: str) -> None:
    # Where the node by hand cannot be had for a kind of number, the graph hands its inputs on.
    if said.get("outputs") == ("images",):
        said = {**said, "outputs": ("logits",), "nodes": [helper.make_node("Identity", ["images"], ["logits"])]}
    with pytest.raises(ModelRefused, match=message):
        open_onnx(made(tmp_path / "a.onnx", **said), device="cpu")


def test_a_graph_whose_inputs_have_no_shape_takes_any(tmp_path: Path) -> None:
    program = open_onnx(made(tmp_path / "a.onnx", shape=None), device="cpu")
    assert (program.facts.batch, program.facts.shape) == (None, (None, None, None))
    torch.testing.assert_close(program(images()), images().mean(dim=(2, 3)))


def test_an_operator_that_is_not_known(tmp_path: Path) -> None:
    nodes = [helper.make_node("Mine", ["images"], ["logits"], domain="mine")]
    with pytest.raises(ModelRefused, match=r"a\.onnx should be an ONNX graph and cannot be read \(.*[Mm]ine"):
        open_onnx(made(tmp_path / "a.onnx", nodes=nodes), device="cpu")


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_file_that_was_cut_off(tmp_path: Path, share: float) -> None:
    data = graph(small_net(), tmp_path / "a.onnx").read_bytes()
    (tmp_path / "a.onnx").write_bytes(data[: int(share * len(data))])
    with pytest.raises(ModelRefused, match="should be an ONNX graph and cannot be read"):
        open_onnx(tmp_path / "a.onnx", device="cpu")


# ---- weights beside the graph --------------------------------------------------------------------------------------


def test_weights_beside_a_graph_are_read_and_counted(tmp_path: Path) -> None:
    net = small_net()
    path = graph(net, tmp_path / "a.onnx", external=True)
    torch.testing.assert_close(open_onnx(path, device="cpu")(images()), net(images()))
    assert open_onnx(path, device="cpu").facts.parameter_count == sum(each.numel() for each in net.parameters())
    assert beside_it(path) == (tmp_path / "a.onnx.data",)
    (tmp_path / "a.onnx.data").unlink()
    with pytest.raises(ModelRefused, match=r"keeps weights in 'a\.onnx\.data', which is not beside it\. Copy both"):
        open_onnx(path, device="cpu")


@pytest.mark.parametrize("place", ["../secret", "/etc/passwd"])
def test_weights_elsewhere_on_the_machine_are_not_read(tmp_path: Path, place: str) -> None:
    path = graph(small_net(), tmp_path / "a.onnx", external=True)
    model = onnx.load(str(path), load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = place
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelRefused, match="names weights outside of its folder"):
        open_onnx(path, device="cpu")


# ---- what is installed ---------------------------------------------------------------------------------------------


def test_without_the_extra_the_command_that_brings_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "a.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(WeightsUnavailable, match=r"not installed\. Run `.*pip install .*wellbehaved\[onnx\]"):
        open_onnx(path, device="cpu")


def test_an_onnxruntime_without_a_gpu_says_so(tmp_path: Path) -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime computes on GPUs")
    with pytest.raises(ModelRefused, match=r"computes on the CPU alone, and device is 'cuda'\. Use --device cpu"):
        open_onnx(made(tmp_path / "a.onnx"), device="cuda")
