"""The header of a safetensors file: files of the library pass, every damage of the map is refused."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.safetensors_header import check_header

GOOD: dict[str, Any] = {
    "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
    "b": {"dtype": "U8", "shape": [], "data_offsets": [24, 25]},
}


def written(path: Path, text: str, body: int) -> int:
    header = text.encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(body))
    return len(header)


def reason(path: Path, length: int) -> Reason:
    with pytest.raises(CheckpointRefused) as refusal:
        check_header(path, length)
    return refusal.value.reason


def test_what_the_library_writes_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    kinds = (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64, torch.bool)
    save_file({str(kind): torch.ones(3, 2, dtype=kind) for kind in kinds}, path, metadata={"mean": "0.5"})
    check_header(path, struct.unpack("<Q", path.read_bytes()[:8])[0])


def test_the_order_of_the_names_is_not_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x"
    turned = {"b": {**GOOD["b"], "data_offsets": [0, 1]}, "a": {**GOOD["a"], "data_offsets": [1, 25]}}
    for entries in (GOOD, turned):
        check_header(path, written(path, json.dumps(entries), 25))


def changed(**change: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {**GOOD, "a": {**GOOD["a"], **change}}


@pytest.mark.parametrize(
    ("entries", "body"),
    [
        (GOOD, 24), (GOOD, 26), ({}, 0), ({"__metadata__": {}}, 0), ([], 0), ("text", 0),
        (changed(data_offsets=[1, 25]), 26), (changed(data_offsets=[0, 20]), 25), (changed(data_offsets=[24, 0]), 25),
        (changed(data_offsets=[0]), 25), (changed(data_offsets=[0, 24.0]), 25), (changed(data_offsets=None), 25),
        (changed(shape=[-2, -3]), 25), (changed(shape=[True, 6]), 25), (changed(shape=[2, 4]), 25),
        (changed(shape=[2, 3] + [1] * 15), 25), (changed(extra=1), 25), ({**GOOD, "a": 1}, 25),
        ({**GOOD, "b": {**GOOD["b"], "data_offsets": [23, 24]}}, 24),
    ],
)  # fmt: skip
def test_a_map_that_does_not_fit_its_file_is_refused(tmp_path: Path, entries: object, body: int) -> None:
    path = tmp_path / "x"
    assert reason(path, written(path, json.dumps(entries), body)) == Reason.SAFETENSORS_HEADER


def test_a_header_that_is_nested_too_deeply_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with pytest.raises(CheckpointRefused, match="nested too deeply"):
        check_header(path, written(path, '{"__metadata__":' + '{"a":' * 20_000 + "1" + "}" * 20_001, 0))


@pytest.mark.parametrize("text", ["{", "nonsense", '{"a": 1, "a": 2}', "[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x"
    assert reason(path, written(path, text, 0)) == Reason.SAFETENSORS_HEADER


@pytest.mark.parametrize("dtype", ["F8_E4M3", "C64", "f32", "", 4, None, ["F32"]])
def test_a_type_that_no_weight_has_is_told_apart(tmp_path: Path, dtype: object) -> None:
    path = tmp_path / "x"
    assert reason(path, written(path, json.dumps(changed(dtype=dtype)), 25)) == Reason.UNSUPPORTED_TENSOR


@pytest.mark.parametrize("beyond", [1, 2**40])
def test_a_length_beyond_the_file_is_refused(tmp_path: Path, beyond: int) -> None:
    path = tmp_path / "x"
    written(path, json.dumps(GOOD), 25)
    assert reason(path, path.stat().st_size - 8 + beyond) == Reason.SAFETENSORS_HEADER
