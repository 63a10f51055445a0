"""Training on a few images: what is written, that it is the same again, and what is refused."""

from pathlib import Path

import pytest
import timm
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
from torchvision.transforms.functional import pil_to_tensor

from evaluation.datasets.dataset import DataSetMissing
from evaluation.models.loading import load
from evaluation.toy.shapes import CLASSES
from evaluation.toy_training import ARCHITECTURE, Training, train

# The smallest that timm has, so that the tests need not wait.
SMALL = "test_resnet"


def trained(root: Path, out: Path, seed: int = 0, epochs: int = 1) -> float:
    return train(root, out, Training(architecture=SMALL, epochs=epochs, batch_size=16, seed=seed))


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """With one thread sums have one order."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def checkpoint(toy_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "deep" / "toy.safetensors"
    trained(toy_root, out)
    return out


def test_the_weights_fit_the_architecture_exactly(checkpoint: Path) -> None:
    net = timm.create_model(SMALL, num_classes=len(CLASSES))
    net.load_state_dict(load_file(checkpoint), strict=True)
    assert [path.name for path in checkpoint.parent.iterdir()] == ["toy.safetensors"]


def test_the_file_says_what_it_holds(checkpoint: Path) -> None:
    with safe_open(checkpoint, framework="pt") as file:
        metadata = file.metadata()
    assert metadata["architecture"] == SMALL
    assert metadata["class_count"] == "16"


def test_the_model_sees_the_toy_images_as_they_are(checkpoint: Path, toy_root: Path) -> None:
    """Its own eval transform must not cut or stretch what is 64 pixels wide already."""
    model = load(SMALL, class_count=len(CLASSES), weights=checkpoint)
    with Image.open(toy_root / "toy-shapes/val/star/0000.png") as file:
        picture = file.convert("RGB")
    pixels = model.preparation.transform(picture)
    assert torch.equal(pixels, pil_to_tensor(picture))
    assert not model.net.training
    assert model.net(pixels[None].float() / 255).shape == (1, 16)


def test_the_same_seed_trains_the_same_weights_and_another_trains_others(toy_root: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        trained(toy_root, tmp_path / name, seed)
    one, again, other = (load_file(tmp_path / name) for name in "abc")
    assert all(torch.equal(one[key], again[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


def test_progress_tells_each_epoch_and_the_last_share_is_the_answer(toy_root: Path, tmp_path: Path) -> None:
    told: list[tuple[int, float]] = []
    wishes = Training(architecture=SMALL, epochs=3, batch_size=16)
    share = train(toy_root, tmp_path / "out", wishes, lambda epoch, right: told.append((epoch, right)))
    assert [epoch for epoch, _ in told] == [1, 2, 3]
    assert told[-1][1] == share
    assert all(0 <= right <= 1 for _, right in told)


def test_training_decides_ever_more_images_right(toy_root: Path, tmp_path: Path) -> None:
    few, many = (trained(toy_root, tmp_path / "out", epochs=epochs) for epochs in (1, 25))
    assert many > few


def test_the_usual_architecture_is_one_of_timm() -> None:
    assert ARCHITECTURE in timm.list_models()
    assert Training().architecture == ARCHITECTURE


def test_images_that_are_not_there_are_missed(tmp_path: Path) -> None:
    with pytest.raises(DataSetMissing, match="run `wellbehaved datasets make-toy`"):
        trained(tmp_path, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_architecture_is_refused(toy_root: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="timm has no architecture 'nothing'"):
        train(toy_root, tmp_path / "out", Training(architecture="nothing"))


def test_nothing_at_a_time_is_refused() -> None:
    with pytest.raises(ValueError, match="epochs is 0; use 1 or more"):
        Training(epochs=0)
    with pytest.raises(ValueError, match="batch_size is 0; use 1 or more"):
        Training(batch_size=0)
