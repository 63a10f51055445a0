"""What a file is, by its content."""

import gzip
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.scan import Format, scan
from tests.evaluation.models.programs import exported, graph, scripted, small_net

WEIGHTS = {"weight": torch.ones(2)}


def test_both_formats_are_known_whatever_the_name(tmp_path: Path) -> None:
    misnamed = tmp_path / "weights.pt"
    misnamed.write_bytes(save(WEIGHTS))
    assert scan(misnamed) is Format.SAFETENSORS
    other = tmp_path / "weights.safetensors"
    torch.save(WEIGHTS, other)
    assert scan(other) is Format.TORCH


@pytest.mark.parametrize(
    ("content", "reason", "word"),
    [
        (b"", Reason.EMPTY_FILE, "empty"),
        (pickle.dumps({"a": 1}), Reason.UNKNOWN_FORMAT, "pickle"),
        (gzip.compress(b"x", mtime=0), Reason.UNKNOWN_FORMAT, "gzip"),
        (b"<!doctype html>", Reason.UNKNOWN_FORMAT, "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", Reason.UNKNOWN_FORMAT, "Git LFS"),
        (b"random text", Reason.UNKNOWN_FORMAT, "no format"),
        (b"\x02", Reason.UNKNOWN_FORMAT, "no format"),
        (b"\x08\x0a\x12\x07pytorch", Reason.PROGRAM, "an ONNX graph"),
        (b"PK\x03\x04 and no more", Reason.CORRUPT_ZIP, ""),
        (b"\xff" * 8 + b"{}", Reason.SAFETENSORS_HEADER, "bytes long"),
    ],
)
def test_anything_else_is_refused_with_what_it_looks_like(
    tmp_path: Path, content: bytes, reason: Reason, word: str
) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(CheckpointRefused) as refusal:
        scan(path)
    assert refusal.value.reason is reason
    assert word in refusal.value.message


@pytest.mark.parametrize("write", [scripted, exported, graph])
def test_programs_are_never_opened_and_what_to_do_is_said(tmp_path: Path, write: Callable[..., Path]) -> None:
    with pytest.raises(
        CheckpointRefused, match=r"no service or worker takes one\. .* wellbehaved evaluate FILE"
    ) as refusal:
        scan(write(small_net(), tmp_path / "weights.safetensors"))
    assert refusal.value.reason is Reason.PROGRAM


def test_a_pickle_that_would_run_something_is_refused_and_does_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    path = tmp_path / "x.pt"
    torch.save({"weight": Evil()}, path)
    with pytest.raises(CheckpointRefused) as refusal:
        scan(path)
    assert refusal.value.reason is Reason.UNSAFE_PICKLE
    assert not (tmp_path / "ran").exists()
