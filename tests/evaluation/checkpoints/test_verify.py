"""Reading, judging and rewriting a checkpoint, in this process; confined and by the worker it is in test_checker.py."""

from pathlib import Path

import pytest
import timm
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.scan import Format
from evaluation.checkpoints.verify import Claim, check, empty_net, read

ARCHITECTURE = "test_resnet"
CLAIM = Claim(architecture=ARCHITECTURE, class_count=4)
Tensors = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def state() -> Tensors:
    torch.manual_seed(0)
    return dict(timm.create_model(ARCHITECTURE, num_classes=4).state_dict())


def reason(path: Path, claim: Claim = CLAIM) -> Reason:
    with pytest.raises(CheckpointRefused) as caught:
        read(path, claim)
    return caught.value.reason


def test_both_formats_give_the_same_weights(tmp_path: Path, state: Tensors) -> None:
    torch.save(state, tmp_path / "a")
    save_file(state, tmp_path / "b", metadata={"mean": "[0.5, 0.5, 0.5]", "author": "me"})
    one, two = read(tmp_path / "a", CLAIM), read(tmp_path / "b", CLAIM)
    assert (one.form, two.form) == (Format.TORCH, Format.SAFETENSORS)
    assert (one.entries, two.preparation) == ({}, {"mean": [0.5, 0.5, 0.5]})
    for found in (one, two):
        assert (found.weights_key, found.other_keys) == (None, ())
        assert all(torch.equal(found.tensors[name], tensor) for name, tensor in state.items())


def test_a_rewritten_file_says_which_set_was_taken_and_is_read_as_that(tmp_path: Path, state: Tensors) -> None:
    averaged = {name: tensor + 1 for name, tensor in state.items()}
    torch.save({"state_dict": state, "state_dict_ema": averaged}, tmp_path / "a.pt")
    claim = Claim(architecture=ARCHITECTURE, class_count=4, weights_key="state_dict")
    written = tmp_path / "w.safetensors"
    found = check(tmp_path / "a.pt", written, claim)
    assert (found.weights_key, found.other_keys) == ("state_dict", ("state_dict_ema",))
    assert torch.equal(load_file(written)["fc.weight"], state["fc.weight"])
    with safe_open(written, "pt") as file:
        assert file.metadata() == {
            "architecture": ARCHITECTURE, "class_count": "4", "format": "pt", "weights_key": "state_dict",
        }  # fmt: skip
    assert torch.equal(read(written, claim).tensors["fc.weight"], state["fc.weight"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pt", "w.safetensors"]


def test_one_of_several_models_is_chosen_by_its_prefix(tmp_path: Path, state: Tensors) -> None:
    held = {f"{one}.{name}": tensor for one in ("student", "teacher") for name, tensor in state.items()}
    torch.save({"state_dict": held}, tmp_path / "a.pt")
    assert reason(tmp_path / "a.pt") is Reason.SEVERAL_MODELS
    chosen = Claim(architecture=ARCHITECTURE, class_count=4, weights_key="teacher")
    found = read(tmp_path / "a.pt", chosen)
    assert (found.weights_key, found.other_keys) == ("teacher", ("student",))


def test_what_is_refused_leaves_nothing_written(tmp_path: Path, state: Tensors) -> None:
    path, written = tmp_path / "a.pt", tmp_path / "w.safetensors"
    torch.save(state | {"fc.bias": torch.full((4,), torch.nan)}, path)
    with pytest.raises(CheckpointRefused) as caught:
        check(path, written, CLAIM)
    assert caught.value.reason is Reason.NON_FINITE
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_read_has_a_reason(tmp_path: Path, state: Tensors) -> None:
    assert reason(tmp_path / "absent.pt") is Reason.NO_SUCH_FILE
    torch.save(state, tmp_path / "a.pt")
    for name in ("resnet_50", "hf-hub:someone/model", "test_resnet.r160_in1k"):
        unknown = Claim(architecture=name, class_count=4)
        assert reason(tmp_path / "a.pt", unknown) is Reason.UNKNOWN_ARCHITECTURE
    torch.save({"state_dict": torch.nn.ReLU}, tmp_path / "b.pt")
    assert reason(tmp_path / "b.pt") is Reason.UNSAFE_PICKLE


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (KeyError("x"), CheckpointRefused),
        # A name of torch's own, of which damaged files have any.
        (RuntimeError("unsupported memory_format"), CheckpointRefused),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), MemoryError),
        (OSError(12, "Cannot allocate memory"), MemoryError),
    ],
)
def test_a_reader_that_fails_is_a_refusal_unless_memory_ran_out(
    tmp_path: Path, state: Tensors, monkeypatch: pytest.MonkeyPatch, error: Exception, raised: type[Exception]
) -> None:
    torch.save(state, tmp_path / "a.pt")

    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(torch, "load", fails)
    with pytest.raises(raised):
        read(tmp_path / "a.pt", CLAIM)


def test_an_empty_net_has_no_data_and_the_size_that_was_stated() -> None:
    vit = Claim(architecture="test_vit", class_count=7)
    net = empty_net(vit, {"input_size": (3, 64, 64)})
    tensors = net.state_dict()
    assert {each.device.type for each in tensors.values()} == {"meta"}
    assert tensors["head.weight"].shape[0] == 7
    own = timm.create_model("test_vit", num_classes=7, img_size=64).state_dict()
    assert tensors["pos_embed"].shape == own["pos_embed"].shape
