from pathlib import Path

import pytest
import timm
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from evaluation.datasets.dataset import DataSetMissing
from evaluation.toy_training import Training, train

SMALL = "test_resnet"


def test_a_checkpoint_that_timm_loads_and_that_says_how_to_use_it(toy_root: Path, tmp_path: Path) -> None:
    told: list[int] = []
    out = tmp_path / "new" / "toy.safetensors"
    training = Training(architecture=SMALL, epochs=2, batch_size=16)
    share = train(toy_root, out, training, lambda epoch, _: told.append(epoch))
    assert 0 <= share <= 1
    assert told == [1, 2]
    timm.create_model(SMALL, num_classes=16).load_state_dict(load_file(out), strict=True)
    with safe_open(out, "pt") as file:
        metadata = file.metadata()
    assert metadata["architecture"] == SMALL
    assert metadata["class_count"] == "16"
    assert metadata["input_size"] == "[3, 64, 64]"
    assert [each.name for each in out.parent.iterdir()] == ["toy.safetensors"]


def test_the_same_seed_gives_the_same_weights(toy_root: Path, tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for name in ("1", "2"):
            train(toy_root, tmp_path / name, Training(architecture=SMALL, epochs=1, batch_size=16))
    finally:
        torch.set_num_threads(threads)
    one, two = load_file(tmp_path / "1"), load_file(tmp_path / "2")
    assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetMissing, match="make-toy"):
        train(tmp_path, tmp_path / "out", Training())
    with pytest.raises(ValueError, match="timm has no architecture 'resnet_10'"):
        train(tmp_path, tmp_path / "out", Training(architecture="resnet_10"))
    with pytest.raises(ValueError, match="epochs is 0"):
        Training(epochs=0)
    assert list(tmp_path.iterdir()) == []
