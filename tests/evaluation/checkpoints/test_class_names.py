import json
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from evaluation.checkpoints.class_names import Outputs, are_wnids, names_in, outputs_by_name, outputs_of_imagenet
from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.verify import Claim, check, read
from evaluation.datasets.class_maps import WNIDS

THREE = ("daisy", "rose", "tulip")
ARCHITECTURE = "test_resnet"


@pytest.mark.parametrize(
    "held",
    [
        {"class_to_idx": {"rose": 1, "tulip": 2, "daisy": 0}},
        {"classes": list(THREE)},
        {"label_names": THREE},
        {"CLASSES": THREE},
        {"id2label": {"2": "tulip", 0: "daisy", 1: "rose"}},
        {"meta": {"classes": THREE}},
        {"hyper_parameters": {"classes": 3, "class_to_idx": dict(zip(THREE, range(3), strict=True))}},
    ],
    ids=lambda held: next(iter(held)),
)
def test_names_are_found_where_trainers_keep_them(held: dict[str, object]) -> None:
    assert names_in({"state_dict": {}, **held}, {}) == THREE


def test_names_of_a_safetensors_file() -> None:
    assert names_in({}, {"label_names": json.dumps(THREE)}) == THREE
    assert names_in({}, {"id2label": json.dumps(dict(enumerate(THREE)))}) == THREE
    assert names_in({}, {"classes": "daisy, rose", "format": "pt"}) is None


@pytest.mark.parametrize("held", [None, {}, {"classes": 3}, {"classes": []}, {"classes": [True, 2]}, {"id2label": {}}])
def test_what_only_happens_to_be_called_so_says_nothing(held: object) -> None:
    assert names_in(held, {}) is None


def test_numbers_are_names_too() -> None:
    assert names_in({"classes": [0, 1, 2]}, {}) == ("0", "1", "2")


@pytest.mark.parametrize(
    "held",
    [
        {"class_to_idx": {"a": 0, "b": 2}},
        {"class_to_idx": {"a": 0, "b": 0}},
        {"id2label": {"0": "a", "1": None}},
        {"classes": ["a", "a"]},
        {"classes": ["t\u00fclip", "tu\u0308lip"]},
        {"classes": ["a" * 501]},
        {"classes": ["a"] * 100_001},
    ],
    ids=["a gap", "twice", "no name", "alike", "spelt alike", "long", "many"],
)
def test_names_that_contradict_themselves_are_refused(held: dict[str, object]) -> None:
    with pytest.raises(CheckpointRefused) as refused:
        names_in(held, {})
    assert refused.value.reason is Reason.BAD_METADATA


def test_classes_are_found_by_name() -> None:
    assert outputs_by_name(THREE, ("tulip", "daisy", "rose")) == Outputs(count=3, indices=(1, 2, 0), known=True)
    assert outputs_by_name(("tu\u0308lip", "a"), ("a", "t\u00fclip")).indices == (1, 0)


def test_names_that_do_not_fit_are_listed() -> None:
    with pytest.raises(CheckpointRefused) as refused:
        outputs_by_name(("daisy", "lily"), THREE)
    assert refused.value.reason is Reason.CLASS_NAMES_MISMATCH
    assert refused.value.message == (
        "The checkpoint names its 3 outputs, the benchmark has 2 classes, and the checkpoint has no output named lily "
        "and has outputs that the benchmark has no class for: rose, tulip."
    )


def test_identifiers_select_among_imagenets_outputs() -> None:
    some = (WNIDS[5], WNIDS[2])
    assert outputs_of_imagenet(some) == Outputs(count=1000, indices=(5, 2), known=True)
    assert outputs_by_name(some, WNIDS) == outputs_of_imagenet(some)
    assert (are_wnids(some), are_wnids((*some, "tench")), are_wnids(())) == (True, False, False)


# ---- with files ----------------------------------------------------------------------------------------------------


def saved(path: Path, class_count: int, metadata: dict[str, str] | None = None) -> Path:
    torch.manual_seed(0)
    net = timm.create_model(ARCHITECTURE, pretrained=False, num_classes=class_count)
    save_file(dict(net.state_dict()), path, metadata=metadata)
    return path


def test_a_file_that_is_rewritten_keeps_its_names(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.safetensors", 3, {"classes": json.dumps(["rose", "tulip", "daisy"])})
    check(path, tmp_path / "b.safetensors", Claim(architecture=ARCHITECTURE, class_count=3))
    again = read(tmp_path / "b.safetensors", Claim(architecture=ARCHITECTURE, class_count=3, classes=THREE))
    assert again.outputs == Outputs(count=3, indices=(2, 0, 1), known=True)


def test_a_file_without_names_is_read_in_order(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.safetensors", 3)
    assert read(path, Claim(architecture=ARCHITECTURE, class_count=3, classes=THREE)).outputs == Outputs(count=3)


def test_another_number_of_outputs_is_refused_with_both(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.safetensors", 5)
    with pytest.raises(CheckpointRefused, match="has 5 classes and the benchmark 3"):
        read(path, Claim(architecture=ARCHITECTURE, class_count=3, classes=THREE))


def test_identifiers_select_in_a_file(tmp_path: Path) -> None:
    some = (WNIDS[5], WNIDS[2])
    claim = Claim(architecture=ARCHITECTURE, class_count=2, classes=some)
    plain = saved(tmp_path / "a.safetensors", 1000)
    assert read(plain, claim).outputs == Outputs(count=1000, indices=(5, 2), known=True)
    # Names in a language of their own change nothing.
    named = saved(tmp_path / "b.safetensors", 1000, {"classes": json.dumps([f"class {n}" for n in range(1000)])})
    assert read(named, claim).outputs.indices == (5, 2)
    with pytest.raises(CheckpointRefused, match="has 7 classes and the benchmark 1000"):
        read(saved(tmp_path / "c.safetensors", 7), claim)
    assert read(saved(tmp_path / "d.safetensors", 2), claim).outputs == Outputs(count=2)
