from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import CenterCrop, PILToTensor, Resize

from evaluation.corruptions import CORRUPTIONS
from evaluation.datasets.dataset import Images
from evaluation.datasets.reading import Exif, Remark, read_with_remarks
from evaluation.engine import images
from evaluation.engine.images import (
    Batch,
    Decoded,
    DecodedToCorrupt,
    Decoder,
    Item,
    balanced_subset,
    collate,
    fingerprint,
    loader,
)


@pytest.fixture
def colourful(tmp_path: Path) -> Path:
    path = tmp_path / "colourful.png"
    values = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    Image.fromarray(values).save(path)
    return path


def decoded(item: Item) -> Decoded:
    read = Decoder(PILToTensor())[item]
    assert isinstance(read, Decoded)
    return read


def test_an_image_is_read_as_eight_bit_rgb(colourful: Path, tmp_path: Path) -> None:
    pixels = decoded(Item(str(colourful), 0)).pixels
    assert (pixels.dtype, pixels.shape) == (torch.uint8, (3, 20, 24))
    grey = tmp_path / "grey.png"
    Image.open(colourful).convert("L").save(grey)
    pixels = decoded(Item(str(grey), 0)).pixels
    assert pixels.shape == (3, 20, 24)


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_becomes_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    told = Decoder(PILToTensor())[Item(str(path), 0)]
    assert isinstance(told, str)
    assert told.startswith("broken.png: ")


def test_half_an_image_and_none_at_all(colourful: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.png"
    half.write_bytes(colourful.read_bytes()[:-200])
    decoder = Decoder(PILToTensor())
    assert isinstance(decoder[Item(str(half), 0)], str)
    assert isinstance(decoder[Item(str(tmp_path / "absent.png"), 0)], str)


def test_a_corruption_depends_on_the_number_and_the_seed_only(colourful: Path) -> None:
    read = [
        decoded(Item(str(colourful), number, "gaussian_noise", severity, seed))
        for number, severity, seed in [(0, 1, 0), (0, 1, 0), (1, 1, 0), (0, 2, 0), (0, 1, 1)]
    ]
    pixels = [each.pixels.numpy().tobytes() for each in read]
    assert len(pixels) == 5
    assert pixels[0] == pixels[1]
    assert len(set(pixels)) == 4


def test_large_images_are_corrupted_at_the_size_of_imagenet_c(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.fromarray(np.zeros((300, 500, 3), dtype=np.uint8)).save(path)
    pixels = decoded(Item(str(path), 0, "brightness", 1)).pixels
    assert pixels.shape == (3, 224, 224)


@pytest.mark.parametrize("size", [(600, 400), (400, 600), (512, 512), (1024, 256)])
def test_a_large_image_is_what_torchvision_makes_of_it_before_it_is_corrupted(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), dtype=np.uint8))
    picture.save(tmp_path / "large.png")
    decoded = Decoder(PILToTensor())[Item(str(tmp_path / "large.png"), 0, "brightness", 1)]
    expected = CORRUPTIONS["brightness"].corrupt(
        np.asarray(CenterCrop(224)(Resize(256)(picture))), 1, seed=0, number=0
    )  # fmt: skip
    assert isinstance(decoded, Decoded)
    np.testing.assert_array_equal(decoded.pixels.numpy().transpose(1, 2, 0), expected)


def test_a_batch_keeps_count_of_what_could_not_be_read() -> None:
    pixels = torch.zeros(3, 2, 2, dtype=torch.uint8)
    batch = collate(["a.png: broken", Decoded(pixels, (Remark.DEEP,)), Decoded(pixels), "b.png: broken"])
    assert batch.remarks == {Remark.DEEP: 1}
    assert batch.pixels is not None
    assert batch.pixels.shape == (2, 3, 2, 2)
    assert batch.readable == (1, 2)
    assert batch.unreadable == ("a.png: broken", "b.png: broken")
    assert collate(["a.png: broken"]) == Batch(None, (), ("a.png: broken",))
    assert Batch(None, (), ("a",)).pin_memory() == Batch(None, (), ("a",))


def test_the_loader_keeps_the_order(colourful: Path) -> None:
    asked = [[Item(str(colourful), 0)], [Item("absent.png", 1), Item(str(colourful), 2)]]
    batches = list(loader(iter(asked), PILToTensor(), workers=0, pinned=False))
    assert [batch.readable for batch in batches] == [(0,), (1,)]


def test_an_image_is_decoded_once_for_all_corruptions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, side in zip(paths, (300, 40, 40), strict=True):
        Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(path)
    items = [Item(str(path), 7, key, 3) for key in ("fog", "contrast") for path in paths]
    read = Mock(side_effect=read_with_remarks)
    monkeypatch.setattr(images, "read_with_remarks", read)
    found = []
    # What is kept: nothing; the large image, cut to 224 pixels, and one of the small ones; all three.
    room = 4 * (224 * 224 + 40 * 40)
    for kept, reads in ((0, 6), (room, 4), (room + 4 * 40 * 40, 3)):
        decoder = Decoder(PILToTensor(), kept_bytes=kept)
        read.reset_mock()
        found.append([decoded_by(decoder, item).tolist() for item in items])
        assert read.call_count == reads
    assert found[0] == found[1] == found[2]


def decoded_by(decoder: Decoder, item: Item) -> torch.Tensor:
    answer = decoder[item]
    assert isinstance(answer, Decoded)
    return answer.pixels


def opencv_threads(_picture: Image.Image) -> torch.Tensor:
    return torch.tensor(cv2.getNumThreads())


def test_a_reader_computes_with_one_thread_of_opencv(colourful: Path) -> None:
    """There are as many readers as cores, and a pool of threads does not survive the fork."""
    asked = [[Item(str(colourful), 0)]]
    batch = next(loader(iter(asked), opencv_threads, workers=1, pinned=False))
    assert batch.pixels is not None
    assert batch.pixels.tolist() == [1]


@pytest.mark.parametrize(("left", "ahead"), [(frozenset(), 3), (frozenset({"fog"}), 2)])
def test_fewer_batches_wait_in_shared_memory_where_what_was_drawn_travels_too(
    colourful: Path, left: frozenset[str], ahead: int
) -> None:
    asked: list[int] = []

    def ask() -> Iterator[list[Item]]:
        for number in range(9):
            asked.append(number)
            yield [Item(str(colourful), number)]

    next(loader(ask(), PILToTensor(), workers=1, pinned=False, left_to_device=left))
    # The one that came, and those that were asked for meanwhile.
    assert len(asked) == ahead


def test_what_is_left_to_the_device_is_handed_over_as_it_was_read(colourful: Path) -> None:
    decoder = Decoder(PILToTensor(), left_to_device=frozenset({"fog"}))
    found = decoder[Item(str(colourful), 3, "fog", 2, 1)]
    assert isinstance(found, DecodedToCorrupt)
    assert found.image.pixels[0].numpy().tolist() == np.asarray(Image.open(colourful)).tolist()
    batch = collate([found, "a.png: broken", found])
    assert (batch.pixels, batch.readable, batch.unreadable) == (None, (0, 2), ("a.png: broken",))
    assert [group.positions for group in batch.uncorrupted] == [(0, 1)]
    # Other corruptions, and clean images, are as ever.
    assert isinstance(decoder[Item(str(colourful), 3, "snow", 2, 1)], Decoded)
    assert isinstance(decoder[Item(str(colourful), 3)], Decoded)


def test_photographs_are_left_to_the_device_where_it_decodes_them_alike(tmp_path: Path) -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8))
    exact, coarse = tmp_path / "exact.jpg", tmp_path / "coarse.jpg"
    picture.save(exact, subsampling=0)
    picture.save(coarse, subsampling=2)
    items = [Item(str(path), number) for number, path in enumerate((coarse, exact, tmp_path / "none.jpg", exact))]
    decoder = Decoder(PILToTensor(), leaves_jpeg=True)
    batch = collate([decoder[item] for item in items])
    assert batch.pixels is not None
    assert (len(batch.pixels), batch.readable, len(batch.unreadable)) == (1, (0, 1, 3), 1)
    assert batch.undecoded is not None
    assert (batch.undecoded.names, batch.undecoded.positions) == (("exact.jpg", "exact.jpg"), (1, 2))
    # It stays where it is until it is decoded.
    assert batch.with_tensors(lambda _: torch.zeros(1)).undecoded is batch.undecoded
    # What is corrupted is decoded once for all corruptions, and without the option everything is.
    assert isinstance(decoder[Item(str(exact), 1, "fog", 1)], Decoded)
    assert isinstance(Decoder(PILToTensor())[items[1]], Decoded)


def test_all_of_a_batch_is_moved_together(colourful: Path) -> None:
    left = Decoder(PILToTensor(), left_to_device=frozenset({"fog"}))[Item(str(colourful), 0, "fog", 2)]
    plain = decoded(Item(str(colourful), 0))
    for batch in (collate([left]), collate([plain])):
        moved = batch.with_tensors(lambda each: each.to("meta"))
        tensors = [each for group in moved.uncorrupted for each in (group.pixels, *group.drawn)]
        tensors += [] if moved.pixels is None else [moved.pixels]
        assert {each.device.type for each in tensors} == {"meta"}
        assert (moved.readable, moved.unreadable, moved.remarks) == (batch.readable, batch.unreadable, batch.remarks)


def test_a_balanced_subset_is_even_and_repeatable() -> None:
    labels = np.repeat([0, 1, 7], [10, 3, 20])
    chosen = balanced_subset(labels, 4, seed=0)
    assert np.bincount(labels[chosen]).tolist() == [4, 3, 0, 0, 0, 0, 0, 4]
    assert chosen.tolist() == sorted(set(chosen.tolist()))
    assert balanced_subset(labels, 4, seed=0).tolist() == chosen.tolist()
    assert balanced_subset(labels, 4, seed=1).tolist() != chosen.tolist()


@pytest.mark.parametrize(("seed", "chosen"), [(0, [2, 4, 6, 11, 13, 19]), (1, [4, 7, 8, 12, 14, 17])])
def test_a_seed_stands_for_the_same_images_for_good(seed: int, chosen: list[int]) -> None:
    # Stored results name the seed they were measured with; another choice under the same seed would not repeat them.
    assert balanced_subset(np.repeat([0, 1], 10), 3, seed=seed).tolist() == chosen


def test_sets_of_the_same_images_are_cut_down_alike() -> None:
    # Another data set may hold further labels; what is chosen of a shared one stays.
    one = balanced_subset(np.repeat([3, 4], 10), 2, seed=0)
    other = balanced_subset(np.repeat([3, 9], 10), 2, seed=0)
    assert one[:2].tolist() == other[:2].tolist()


def test_the_fingerprint_tells_changed_images(colourful: Path) -> None:
    paths = (colourful, colourful.with_name("absent.png"))
    images = Images(paths=paths, labels=np.array([0, 1]))
    numbers = np.arange(2)
    before = fingerprint(images, numbers)
    assert fingerprint(images, numbers) == before
    assert fingerprint(images, numbers[:1]) != before
    assert fingerprint(Images(paths=paths, labels=np.array([0, 2])), numbers) != before
    assert fingerprint(Images(paths=paths, labels=np.array([0, 1]), textures=np.array([1, 1])), numbers) != before
    colourful.write_bytes(b"other")
    assert fingerprint(images, numbers) != before


def test_every_corruption_can_be_asked_for(colourful: Path) -> None:
    for key in CORRUPTIONS:
        assert decoded(Item(str(colourful), 0, key, 5)).pixels.shape[0] == 3


def test_a_data_set_says_whether_photographs_are_turned(tmp_path: Path) -> None:
    path = tmp_path / "turned.png"
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(np.zeros((20, 24, 3), dtype=np.uint8)).save(path, exif=turned)
    read = [decoded(Item(str(path), 0, exif=exif)) for exif in (Exif.APPLY, Exif.IGNORE)]
    assert [each.pixels.shape for each in read] == [(3, 24, 20), (3, 20, 24)]
    # Counted either way: whoever compares values with others' must know of it.
    assert [each.remarks for each in read] == [(Remark.EXIF_ROTATED,)] * 2
