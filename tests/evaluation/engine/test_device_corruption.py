"""Images are corrupted where the model computes, and it goes on where memory runs out."""

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision import transforms

from evaluation.corruptions import CORRUPTIONS
from evaluation.engine.device_corruption import (
    ON_DEVICE,
    DeviceCorruption,
    corruption_note,
    left_to_device,
    obstacle,
)
from evaluation.engine.images import Batch
from evaluation.engine.means import Means
from evaluation.engine.stages import Request, plan
from evaluation.engine.uncorrupted import Uncorrupted, before_corruption, in_groups
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.tensor_transform import TensorTransform, tensor_transform
from quba.dimension import Pass
from quba.dimensions import DIMENSIONS
from quba.measuring.observations import Measured
from tests.evaluation.conftest import World

SHRUNK = transforms.Compose([transforms.Resize(20), transforms.CenterCrop(16), transforms.PILToTensor()])


def images(*sizes: tuple[int, int]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


def asked(pictures: list[np.ndarray], key: str = "fog", severity: int = 3) -> Batch:
    """A batch as readers hand it over, of which the second image could not be read."""
    singles = [before_corruption(each, key, severity, seed=1, number=number) for number, each in enumerate(pictures)]
    readable = tuple(position for position in range(len(pictures) + 1) if position != 1)
    return Batch(None, readable, ("one is broken",), uncorrupted=in_groups(singles))


def by_processor(pictures: list[np.ndarray], key: str = "fog", severity: int = 3) -> Tensor:
    made = [CORRUPTIONS[key].corrupt(each, severity, seed=1, number=number) for number, each in enumerate(pictures)]
    return torch.stack([SHRUNK(Image.fromarray(each)) for each in made])


def shrunk() -> TensorTransform:
    found = tensor_transform(SHRUNK)
    assert found is not None
    return found


def pixels_of(batch: Batch) -> Tensor:
    assert batch.pixels is not None
    return batch.pixels


@pytest.mark.parametrize("key", ["fog", "glass_blur", "motion_blur"])
def test_pixels_are_those_that_readers_would_have_made(key: str) -> None:
    pictures = images((32, 40), (24, 24), (32, 40), (24, 30), (24, 24))
    (found,) = DeviceCorruption(shrunk(), device="cpu").with_pixels([asked(pictures, key)])
    assert torch.equal(pixels_of(found), by_processor(pictures, key))
    assert (found.readable, found.unreadable, found.uncorrupted) == ((0, 2, 3, 4, 5), ("one is broken",), ())


def test_other_batches_pass_as_they_are() -> None:
    clean = Batch(torch.zeros(1, 3, 4, 4, dtype=torch.uint8), (0,), ())
    empty = Batch(None, (), ("broken",))
    found = list(DeviceCorruption(shrunk(), device="cpu").with_pixels([clean, empty]))
    assert found[0] is clean
    assert found[1] is empty


@pytest.mark.parametrize("key", sorted(ON_DEVICE))
def test_everything_lies_on_the_device_before_it_is_computed_with(key: str) -> None:
    """The other device that torch has everywhere keeps shapes and no numbers; what stays behind would be an error."""
    (found,) = DeviceCorruption(shrunk(), device="meta").with_pixels([asked(images((32, 40), (32, 40)), key)])
    assert (pixels_of(found).device.type, pixels_of(found).shape) == ("meta", (2, 3, 16, 16))


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """Lets memory run out above so many images on any device but the processor; gives the sizes that were tried."""

    def limited(most: int) -> list[int]:
        tried: list[int] = []
        kept = DeviceCorruption._pixels_of_part

        def made(self: DeviceCorruption, group: Uncorrupted) -> Tensor:
            tried.append(len(group.positions))
            if self._device != "cpu" and tried[-1] > most:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
            return kept(self, group)

        monkeypatch.setattr(DeviceCorruption, "_pixels_of_part", made)
        return tried

    return limited


def test_where_memory_runs_out_batches_are_halved_once_for_all(room: Callable[[int], list[int]]) -> None:
    tried = room(3)
    pictures = images(*[(24, 24)] * 5)
    # Another spelling of the processor, which the fixture takes for a device.
    found = list(DeviceCorruption(shrunk(), device="cpu:0").with_pixels([asked(pictures)] * 2))
    assert all(torch.equal(pixels_of(each), by_processor(pictures)) for each in found)
    assert tried == [5, 3, 2, 3, 2]


def test_where_halves_do_not_fit_the_processor_goes_on(
    room: Callable[[int], list[int]], caplog: pytest.LogCaptureFixture
) -> None:
    tried = room(2)
    pictures = images(*[(24, 24)] * 5)
    with caplog.at_level(logging.WARNING):
        found = list(DeviceCorruption(shrunk(), device="cpu:0").with_pixels([asked(pictures)] * 2))
    assert all(torch.equal(pixels_of(each), by_processor(pictures)) for each in found)
    assert tried == [5, 3, 5, 3, 2]
    assert caplog.messages == [
        "memory ran out on cpu:0: from here on the processor corrupts the images, more slowly than without "
        "--corrupt-on-device."
    ]


def test_all_sizes_of_a_batch_end_on_one_device_where_memory_runs_out_between_them(
    room: Callable[[int], list[int]],
) -> None:
    """Of a device whose tensors cannot be put together with those of the processor."""
    tried = room(1)
    pictures = images((24, 30), (24, 24), (24, 24), (24, 24), (24, 24))
    (found,) = DeviceCorruption(shrunk(), device="meta").with_pixels([asked(pictures)])
    assert torch.equal(pixels_of(found), by_processor(pictures))
    assert tried == [1, 4, 2, 4, 1, 2, 2]


def test_another_fault_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(_self: object, _group: object) -> Tensor:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(DeviceCorruption, "_pixels_of_part", made)
    with pytest.raises(RuntimeError, match="illegal memory access"):
        list(DeviceCorruption(shrunk(), device="cpu").with_pixels([asked(images((24, 24)))]))


def test_products_are_not_rounded_whatever_the_process_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    kept = TensorTransform.__call__

    def noted(self: TensorTransform, batch: Tensor) -> Tensor:
        seen.append((torch.get_float32_matmul_precision(), torch.is_grad_enabled()))
        return kept(self, batch)

    monkeypatch.setattr(TensorTransform, "__call__", noted)
    torch.set_float32_matmul_precision("high")
    try:
        list(DeviceCorruption(shrunk(), device="cpu").with_pixels([asked(images((24, 24)))]))
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert seen == [("highest", False)]


def test_what_the_processor_keeps_to_itself() -> None:
    assert set(CORRUPTIONS) - ON_DEVICE == {"shot_noise", "jpeg_compression"}


def test_corruptions_are_left_to_the_device_where_that_is_asked_for_and_possible() -> None:
    on = Means(corrupt_on_device=True)
    assert left_to_device(SHRUNK, on) == ON_DEVICE
    assert left_to_device(SHRUNK, Means()) == frozenset()
    assert left_to_device(lambda picture: torch.tensor(picture.size), on) == frozenset()
    assert obstacle(SHRUNK, "cuda:1") is None
    assert obstacle(SHRUNK, "mps") == "mps is none of the devices that can do it, which are cpu and cuda."


def test_the_note_is_there_where_a_stage_is_corrupted_on_the_device(world: World) -> None:
    generated = world.without(Pass.CORRUPTIONS).benchmark
    whole = plan(Request(benchmark=generated))
    clean = plan(Request(benchmark=generated, dimensions=("accuracy",)))
    on = Means(device="cuda:1", corrupt_on_device=True)
    assert corruption_note(whole, SHRUNK, on) == (
        "Images were corrupted on cuda: some values of their pixels differ by a step of 255 from those that the "
        "processor makes."
    )
    assert corruption_note(whole, SHRUNK, Means(device="cuda")) == ""
    assert corruption_note(clean, SHRUNK, on) == ""
    # This one has them on disk.
    assert corruption_note(plan(Request(benchmark=world.benchmark)), SHRUNK, on) == ""


def test_a_run_has_the_same_values_a_note_and_steps_of_its_own(world: World, sees_shape: LoadedModel) -> None:
    generated = replace(world.without(Pass.CORRUPTIONS), folder=world.folder / "generated")
    found, folders = [], []
    # The first run again: the steps of the second must not be taken for its own.
    for there in (False, True, False):
        means = Means(batch_size=16, workers=0, corrupt_on_device=there)
        run = generated.run(sees_shape, means=means, dimensions=("accuracy", "corruption_robustness"))
        folders.append(run.step_store(sees_shape.name).folder)
        found.append(run.execute()[sees_shape.name])
    assert folders[0] == folders[2] != folders[1]
    assert found[0] == found[2]
    for key, other in found[1].items():
        here = found[0][key]
        assert isinstance(here, Measured)
        assert isinstance(other, Measured)
        assert other.value == pytest.approx(here.value, abs=0.002), key
        said = other.note.removeprefix(here.note).strip()
        assert said.startswith("Images were corrupted on cpu:") == (Pass.CORRUPTIONS in DIMENSIONS[key].passes), key
