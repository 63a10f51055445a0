import lzma
from pathlib import Path

import pytest
import timm

from evaluation.checkpoints import tensor_index
from evaluation.checkpoints.tensor_index import CLASSES, known_tensors, packed_index, tensors_of, write_index

MOST_BYTES = 500_000
# One of each way in which names, shapes and what a model makes by itself can be written.
SOME = (
    "test_resnet",
    "test_vit",
    "resnetblur18",
    "swin_tiny_patch4_window7_224",
    "efficientnet_b0",
    "mobilenetv5_300m",
)


@pytest.fixture(scope="module")
def blocks() -> dict[str, str]:
    found = [block.partition("\n") for block in lzma.decompress(packed_index()).decode("ascii").split("\n\n")]
    return {name: tensors for names, _, tensors in found for name in names.split()}


def test_it_holds_the_architectures_of_the_library_and_is_small(blocks: dict[str, str]) -> None:
    """Where timm has changed: run `python -m evaluation.checkpoints.tensor_index`."""
    assert set(blocks) == set(timm.list_models())
    assert len(packed_index()) < MOST_BYTES


@pytest.mark.parametrize("name", SOME)
def test_what_it_says_is_what_the_library_builds(blocks: dict[str, str], name: str) -> None:
    assert blocks[name] == tensors_of(name)


def test_the_axis_of_the_classes_is_left_open_and_counters_are_left_out() -> None:
    (found,) = [each for each in known_tensors() if "test_resnet" in each.architectures]
    assert [(name, shape) for name, shape in found.shapes.items() if CLASSES in shape] == [
        ("fc.weight", "?x96"), ("fc.bias", "?"),
    ]  # fmt: skip
    assert not any(name.endswith("num_batches_tracked") for name in found.shapes)
    (made,) = [each for each in known_tensors() if "swin_tiny_patch4_window7_224" in each.architectures]
    assert any(name.endswith("relative_position_index") for name in made.recomputed)
    assert not made.recomputed & made.shapes.keys()


def test_it_is_written_from_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timm, "list_models", lambda: ["test_resnet", "deit_tiny_patch16_224", "vit_tiny_patch16_224"])
    write_index(tmp_path / "index.xz")
    monkeypatch.setattr(tensor_index, "packed_index", (tmp_path / "index.xz").read_bytes)
    assert [each.architectures for each in known_tensors()] == [
        ("test_resnet",), ("deit_tiny_patch16_224", "vit_tiny_patch16_224"),
    ]  # fmt: skip
