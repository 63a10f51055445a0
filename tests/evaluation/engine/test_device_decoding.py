"""Files are decoded where the model computes, to the values that the processor makes of them."""

import io
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from torch import Tensor
from torchvision import transforms

from evaluation.datasets.reading import Exif, Unreadable, read_picture
from evaluation.engine import device_decoding
from evaluation.engine.device_decoding import DeviceDecoding, decoding_obstacle
from evaluation.engine.images import Batch, Item, loader
from evaluation.models.loaded_model import Transform
from evaluation.models.tensor_transform import TensorTransform, tensor_transform
from tests.evaluation.devices import DEVICES

STEPS = (transforms.Resize(20), transforms.CenterCrop(16))
TO_BYTES = transforms.Compose([*STEPS, transforms.PILToTensor()])
TO_FRACTIONS = transforms.Compose([*STEPS, transforms.ToTensor()])
SIZES = ((60, 40), (24, 48), (60, 40), (33, 35), (24, 48))


@pytest.fixture(autouse=True)
def _tried_anew() -> Iterator[None]:
    device_decoding._decodes_alike.cache_clear()
    yield
    device_decoding._decodes_alike.cache_clear()


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Photographs of three sizes, of which a device decodes all but the second, and behind them a file that is none."""
    rng = np.random.default_rng(0)
    found = []
    for number, size in enumerate(SIZES):
        found.append(tmp_path / f"{number}.jpg")
        coarse = rng.integers(0, 256, (5, 5, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
        picture.save(found[-1], quality=90, subsampling=2 if number == 1 else 0)
    found.append(tmp_path / "none.jpg")
    found[-1].write_bytes(b"text")
    return found


def read(paths: Sequence[Path], transform: Transform = TO_BYTES, *, leaves_jpeg: bool = True) -> Batch:
    items = [Item(str(path), number) for number, path in enumerate(paths)]
    (batch,) = loader(iter([items]), transform, workers=0, pinned=False, leaves_jpeg=leaves_jpeg)
    return batch


def on_tensors() -> TensorTransform:
    found = tensor_transform(TO_BYTES)
    assert found is not None
    return found


def decoded(batches: Sequence[Batch], transform: Transform = TO_BYTES, *, device: str = "cpu") -> list[Batch]:
    return list(DeviceDecoding(transform, on_tensors(), device=device).with_pixels(batches))


def assert_as_read(found: Batch, paths: Sequence[Path], transform: Transform = TO_BYTES) -> None:
    expected = read(paths, transform, leaves_jpeg=False)
    assert found.pixels is not None
    assert expected.pixels is not None
    # Not near to them: a model would see other inputs.
    assert found.pixels.dtype == expected.pixels.dtype
    assert torch.equal(found.pixels.cpu(), expected.pixels)
    assert (found.readable, found.unreadable) == (expected.readable, expected.unreadable)
    assert found.undecoded is None


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("transform", [TO_BYTES, TO_FRACTIONS], ids=["bytes", "fractions"])
def test_pixels_are_those_that_readers_would_have_made(paths: list[Path], transform: Transform, device: str) -> None:
    batch = read(paths, transform)
    assert batch.undecoded is not None
    assert batch.undecoded.positions == (0, 2, 3, 4)
    (found,) = decoded([batch], transform, device=device)
    assert_as_read(found, paths, transform)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("transform", [TO_BYTES, TO_FRACTIONS], ids=["bytes", "fractions"])
def test_files_alone_give_the_same_batch(paths: list[Path], transform: Transform, device: str) -> None:
    (found,) = decoded([read(paths[2:5], transform)], transform, device=device)
    assert_as_read(found, paths[2:5], transform)


def test_batches_come_in_their_order_and_others_pass_as_they_are(paths: list[Path]) -> None:
    clean = Batch(torch.zeros(1, 3, 4, 4, dtype=torch.uint8), (0,), ())
    found = decoded([clean, read(paths[:3]), clean, read(paths[3:])])
    assert found[0] is clean
    assert found[2] is clean
    assert_as_read(found[1], paths[:3])
    assert_as_read(found[3], paths[3:])
    assert decoded([]) == []


def test_the_next_batch_is_decoded_while_the_caller_works_on_the_one_before(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    kept = DeviceDecoding._decoded_batch

    def noted(self: DeviceDecoding, batch: Batch) -> Batch:
        begun.append(len(batch.readable))
        return kept(self, batch)

    monkeypatch.setattr(DeviceDecoding, "_decoded_batch", noted)
    stream = DeviceDecoding(TO_BYTES, on_tensors(), device="cpu").with_pixels(
        read(paths[:count]) for count in (1, 2, 3, 4)
    )
    next(stream)
    # Whoever leaves in the middle waits for what was begun, and for nothing else.
    stream.close()  # type: ignore[attr-defined]
    assert begun == [1, 2]


class Streams:
    """A device's streams, which note in which order they are used."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def Stream(self, _device: str) -> str:  # noqa: N802 - as torch has it
        return "side"

    def Event(self) -> Mock:  # noqa: N802 - as torch has it
        event = Mock()
        event.synchronize.side_effect = lambda: self.noted.append(f"wait for {event.record.call_args.args[0]}")
        return event

    def stream(self, _side: str) -> AbstractContextManager[None]:
        return nullcontext()

    def current_stream(self, _device: str) -> Mock:
        return Mock(wait_stream=lambda side: self.noted.append(f"caller behind {side}"))

    def synchronize(self, _device: str) -> None:
        self.noted.append("wait for all")


def test_memory_is_not_written_before_it_was_read(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    streams, kept = Streams(), device_decoding._pictures_of
    monkeypatch.setattr(torch, "get_device_module", lambda _: streams)

    def decode(files: Sequence[Tensor], device: str) -> list[Tensor]:
        streams.noted.append(f"decode {len(files)}")
        if len(files) == 2:
            raise RuntimeError("broken")
        return kept(files, device)

    monkeypatch.setattr(device_decoding, "_pictures_of", decode)
    decoded([read(paths[:1]), read(paths[:3])])
    assert streams.noted == [
        "wait for side", "decode 1", "caller behind side",
        "wait for side", "decode 2", "wait for all", "wait for side", "decode 1", "wait for side", "decode 1",
        "caller behind side",
    ]  # fmt: skip


Decode = Callable[[Sequence[Tensor], str], list[Tensor]]


def refusing(monkeypatch: pytest.MonkeyPatch, fault: Callable[[Sequence[Tensor]], RuntimeError | None]) -> list[int]:
    """Has the decoder raise what `fault` gives for some files; how many it was given at each call."""
    tried: list[int] = []
    kept: Decode = device_decoding._pictures_of

    def decode(files: Sequence[Tensor], device: str) -> list[Tensor]:
        tried.append(len(files))
        error = fault(files)
        if error is not None:
            raise error
        return kept(files, device)

    monkeypatch.setattr(device_decoding, "_pictures_of", decode)
    return tried


def test_a_file_that_the_device_refuses_is_decoded_by_the_processor(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    batch = read(paths)
    odd = len(paths[3].read_bytes())
    tried = refusing(
        monkeypatch, lambda files: RuntimeError("no such kind\nmore") if odd in map(len, files) else None
    )  # fmt: skip
    with caplog.at_level(logging.WARNING):
        found = decoded([batch, batch])
    for each in found:
        assert_as_read(each, paths)
    # In halves, until it is alone.
    assert tried == [4, 2, 2, 1, 1] * 2
    assert caplog.messages == ["the processor decodes files that cpu does not: no such kind"]


def test_where_memory_runs_out_fewer_are_decoded_at_once_from_then_on(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    batch = read(paths)
    # A fourth of it holds the first two, and then the others.
    monkeypatch.setattr(device_decoding, "_MOST_PIXELS", 4 * 2 * 60 * 40)
    tried = refusing(
        monkeypatch, lambda files: torch.OutOfMemoryError("CUDA out of memory") if len(files) > 2 else None
    )  # fmt: skip
    with caplog.at_level(logging.WARNING):
        found = decoded([batch, batch])
    for each in found:
        assert_as_read(each, paths)
    assert tried == [4, 2, 2, 2, 2]
    assert not caplog.messages


@pytest.mark.parametrize("transform", [TO_BYTES, TO_FRACTIONS], ids=["bytes", "fractions"])
def test_where_that_is_not_enough_the_processor_goes_on(
    paths: list[Path], transform: Transform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    batch = read(paths, transform)
    tried = refusing(monkeypatch, lambda _: torch.OutOfMemoryError("CUDA out of memory"))
    with caplog.at_level(logging.WARNING):
        found = decoded([batch, batch], transform)
    for each in found:
        assert_as_read(each, paths, transform)
    assert tried == [4, 4]
    assert caplog.messages == [
        "memory ran out on cpu: from here on the processor decodes the images, more slowly than without "
        "--decode-on-device."
    ]


def test_a_device_that_refuses_all_files_is_asked_no_more(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(device_decoding, "_TELLING", 4)
    batch = read(paths)
    tried = refusing(monkeypatch, lambda _: RuntimeError("broken"))
    with caplog.at_level(logging.WARNING):
        found = decoded([batch, batch])
    for each in found:
        assert_as_read(each, paths)
    assert tried == [4, 2, 1, 1, 2, 1, 1]
    assert caplog.messages == [
        "the processor decodes files that cpu does not: broken",
        "no file could be decoded on cpu: from here on the processor decodes the images, more slowly than without "
        "--decode-on-device.",
    ]


def test_a_fault_beyond_decoding_is_not_taken_for_one_of_a_file(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: TensorTransform, _images: Tensor) -> Tensor:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(TensorTransform, "__call__", broken)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        decoded([read(paths)])


def test_what_nobody_can_decode_is_counted_where_it_was_asked_for(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths[0], paths[5] = paths[5], paths[0]
    paths.append(paths[0])
    batch = read(paths)
    assert batch.undecoded is not None
    assert batch.undecoded.positions == (1, 2, 3, 4)
    refusing(monkeypatch, lambda _: RuntimeError("broken"))
    broken = paths[2].read_bytes()

    def read_others(data: io.BytesIO, *, exif: Exif) -> Image.Image:
        if data.getvalue() == broken:
            raise Unreadable("breaks off")
        return read_picture(data, exif=exif)

    monkeypatch.setattr(device_decoding, "read_picture", read_others)
    (found,) = decoded([batch])
    # In the order of the images that were asked for.
    assert (found.readable, found.unreadable) == (
        (1, 3, 4, 5),
        (batch.unreadable[0], "2.jpg: breaks off", batch.unreadable[1]),
    )
    rest = read([paths[place] for place in found.readable], leaves_jpeg=False)
    assert found.pixels is not None
    assert rest.pixels is not None
    assert torch.equal(found.pixels, rest.pixels)
    # A batch of which nothing is left is no error yet.
    (none,) = decoded([read(paths[2:3])])
    assert (none.pixels, none.readable, none.unreadable) == (None, (), ("2.jpg: breaks off",))


def test_many_pixels_are_decoded_in_parts(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    tried = refusing(monkeypatch, lambda _: None)
    monkeypatch.setattr(device_decoding, "_MOST_PIXELS", 60 * 40 * 2)
    (found,) = decoded([read(paths)])
    assert_as_read(found, paths)
    assert tried == [2, 2]


@pytest.mark.parametrize("device", DEVICES)
def test_a_decoder_that_gives_the_values_of_the_processor_is_used(device: str) -> None:
    assert decoding_obstacle(TO_BYTES, device) is None


def darker(files: Sequence[Tensor], _device: str) -> list[Tensor]:
    found = [torch.tensor(np.array(Image.open(io.BytesIO(each.numpy().tobytes())).convert("RGB"))) for each in files]
    found[-1][3, 3, 1] ^= 1
    return [each.movedim(-1, 0) for each in found]


def not_there(_files: Sequence[Tensor], _device: str) -> list[Tensor]:
    raise RuntimeError("decode_jpegs_cuda: torchvision not compiled with nvJPEG\nException raised from")


@pytest.mark.parametrize(("decode", "told"), [
    (darker, "the JPEG decoder of cpu gives other values than that of the processor."),
    (not_there, "torchvision decodes no JPEG there: decode_jpegs_cuda: torchvision not compiled with nvJPEG"),
])  # fmt: skip
def test_one_that_gives_others_or_none_is_not(monkeypatch: pytest.MonkeyPatch, decode: Decode, told: str) -> None:
    monkeypatch.setattr(device_decoding, "_pictures_of", decode)
    assert decoding_obstacle(TO_BYTES, "cpu") == told


def test_a_torchvision_without_its_decoder_leaves_it_to_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torchvision.io, "decode_jpeg")
    assert str(decoding_obstacle(TO_BYTES, "cpu")).startswith(
        "torchvision decodes no JPEG there: cannot import name 'decode_jpeg'"
    )


def test_other_devices_and_transforms_of_pictures_leave_it_to_the_processor() -> None:
    assert "mps" in str(decoding_obstacle(TO_BYTES, "mps"))
    grey = transforms.Compose([transforms.Grayscale(3), transforms.PILToTensor()])
    assert str(decoding_obstacle(grey, "cpu")).startswith("the model has a transform with other steps")
