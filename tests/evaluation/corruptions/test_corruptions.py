import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.corruptions import CORRUPTIONS
from evaluation.corruptions.elastic_transform import _affine
from evaluation.corruptions.kernels import disk, plasma, zoom
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES

# Later severities differ in kind (another mix of parameters), so that their strength is not ordered.
_NOT_ORDERED = {"snow", "frost", "fog", "elastic_transform", "glass_blur"}


def picture(side: int) -> NDArray[np.uint8]:
    """Smooth colours, a hard-edged disk and fine stripes."""
    rows, columns = np.mgrid[0:side, 0:side] / side
    image = np.stack([columns, rows, 0.5 + 0.3 * np.sin(40 * columns)], axis=2)
    image[(columns - 0.5) ** 2 + (rows - 0.5) ** 2 < 0.06] = [0.9, 0.2, 0.1]
    return (image * 255).astype(np.uint8)


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def test_the_fifteen_corruptions_of_imagenet_c() -> None:
    assert list(CORRUPTIONS)[:15] == list(PUBLISHED_CORRUPTIONS) == [
        "gaussian_noise", "shot_noise", "impulse_noise",
        "defocus_blur", "glass_blur", "motion_blur", "zoom_blur",
        "snow", "frost", "fog", "brightness",
        "contrast", "elastic_transform", "pixelate", "jpeg_compression",
    ]  # fmt: skip
    assert SEVERITIES == (1, 2, 3, 4, 5)


@pytest.mark.parametrize("side", [12, 64, 224])
@pytest.mark.parametrize("key", CORRUPTIONS)
def test_every_corruption_changes_an_image_of_any_size(key: str, side: int) -> None:
    image = picture(side)
    untouched = image.copy()
    for severity in SEVERITIES:
        changed = CORRUPTIONS[key].corrupt(image, severity, seed=0, number=1)
        assert changed.dtype == np.uint8
        assert changed.shape == image.shape
        assert 0.2 < difference(changed, image) < 110
        assert changed.std() > 1
    assert (image == untouched).all()


@pytest.mark.parametrize("key", sorted(set(CORRUPTIONS) - _NOT_ORDERED))
def test_higher_severities_change_more(key: str) -> None:
    image = picture(64)
    strengths = [difference(CORRUPTIONS[key].corrupt(image, each, seed=0, number=1), image) for each in SEVERITIES]
    assert strengths == sorted(strengths)


@pytest.mark.parametrize("key", CORRUPTIONS)
def test_a_corruption_is_the_same_for_the_same_image_number(key: str) -> None:
    image = picture(40)
    digests = [
        hashlib.sha256(CORRUPTIONS[key].corrupt(image, 3, seed=seed, number=number).tobytes()).hexdigest()
        for seed, number in [(0, 1), (0, 1), (0, 2), (1, 1)]
    ]
    assert digests[0] == digests[1]
    without_chance = {"defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate", "jpeg_compression"}
    # Whether another one draws at random is its own affair.
    allowed = {1 if key in without_chance else 3} if key in PUBLISHED_CORRUPTIONS else {1, 3}
    assert len(set(digests)) in allowed


@pytest.mark.parametrize("key", CORRUPTIONS)
def test_images_need_not_be_square(key: str) -> None:
    image = np.ascontiguousarray(picture(64)[:40])
    assert CORRUPTIONS[key].corrupt(image, 5, seed=0, number=0).shape == (40, 64, 3)


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("key", CORRUPTIONS)
def test_black_and_white_stay_within_eight_bits(key: str, value: int) -> None:
    flat = np.full((32, 32, 3), value, dtype=np.uint8)
    changed = CORRUPTIONS[key].corrupt(flat, 5, seed=0, number=0)
    assert changed.shape == flat.shape


def test_the_strengths_of_noise_are_those_published() -> None:
    grey = np.full((224, 224, 3), 128, dtype=np.uint8)
    for severity, deviation in zip((1, 2), (0.08, 0.12), strict=True):
        noisy = CORRUPTIONS["gaussian_noise"].corrupt(grey, severity, seed=0, number=0)
        assert noisy.std() / 255 == pytest.approx(deviation, rel=0.02)
    impulses = CORRUPTIONS["impulse_noise"].corrupt(grey, 5, seed=0, number=0)
    assert (impulses != 128).mean() == pytest.approx(0.27, rel=0.02)
    shots = CORRUPTIONS["shot_noise"].corrupt(grey, 1, seed=0, number=0)
    assert shots.std() / 255 == pytest.approx(np.sqrt(128 / 255 / 60), rel=0.03)


def test_contrast_and_brightness_are_those_published() -> None:
    image = picture(64)
    faded = CORRUPTIONS["contrast"].corrupt(image, 4, seed=0, number=0)
    assert faded[..., 0].std() == pytest.approx(0.1 * image[..., 0].std(), rel=0.1)
    dark = np.full((8, 8, 3), 51, dtype=np.uint8)
    assert CORRUPTIONS["brightness"].corrupt(dark, 2, seed=0, number=0).mean() == pytest.approx(0.4 * 255, abs=1.5)


@pytest.mark.parametrize("severity", [0, 6, -1])
def test_another_severity_is_refused(severity: int) -> None:
    with pytest.raises(ValueError, match=f"severity is {severity}; use one of 1, 2, 3, 4, 5"):
        CORRUPTIONS["fog"].corrupt(picture(16), severity, seed=0, number=0)


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3))])
def test_what_is_no_colour_image_is_refused(image: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="pass 8-bit height x width x 3"):
        CORRUPTIONS["fog"].corrupt(image, 1, seed=0, number=0)


def test_three_corners_are_moved_each_its_own_way_by_at_most_the_shift() -> None:
    moves = []
    for seed in range(400):
        back = np.vstack([_affine(30, (60, 60), 3.0, np.random.default_rng(seed)), [0.0, 0.0, 1.0]])
        # Where the inverse of the map takes the corners of the central square of 60 x 60, at 20 and 40.
        square = np.array([[40.0, 40.0, 1.0], [20.0, 40.0, 1.0], [20.0, 20.0, 1.0]])
        moves.append((np.linalg.solve(back, square.T).T - square)[:, :2].ravel())
    table = np.array(moves)
    assert np.abs(table).max() <= 3 + 1e-9
    # Uniform in -3 to 3: mean 0, standard deviation 3 / sqrt(3); no coordinate tells of another.
    assert table.mean(axis=0) == pytest.approx(np.zeros(6), abs=0.3)
    assert table.std(axis=0) == pytest.approx(np.full(6, np.sqrt(3)), rel=0.1)
    assert np.abs(np.corrcoef(table.T) - np.eye(6)).max() < 0.2


def test_kernels() -> None:
    assert disk(3.0, 0.0).sum() == pytest.approx(1)
    assert disk(2.5, 0.5)[0, 0] == pytest.approx(0, abs=1e-4)
    image = picture(32).astype(np.float32) / 255
    assert zoom(image, 1.0) == pytest.approx(image)
    cloud = plasma(20, 33, 2.0, np.random.default_rng(0))
    assert cloud.shape == (20, 33)
    assert cloud.min() >= 0
    assert cloud.max() <= 1
