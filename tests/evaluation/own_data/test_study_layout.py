"""The study's folders with two images of each class, against values that NumPy computes from the pixels alone."""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from evaluation.datasets.class_maps import CATEGORIES, IMAGENET_9, IMAGENET_9_FOLDERS, IMAGENET_R, WNIDS
from evaluation.engine.means import Means
from evaluation.engine.run import Result, Run
from evaluation.engine.stages import Protocol, Request
from evaluation.own_data.registration import benchmark_of, inspect
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES
from quba.measuring.observations import Measured
from tests.evaluation.conftest import Load

Values = NDArray[np.float64]
# Each class is four colours, one in each quarter of an image of 8 x 8 pixels.
CODES = np.random.default_rng(0).uniform(0.2, 0.8, (len(WNIDS), 12))
# So steep that confidences lie between 0 and 1, and so flat that none is 0 in 32 bits.
STEEPNESS = 50.0
EACH = 2
# Attacks and parameters are left out: they are no matter of the folders.
DIMENSIONS = (
    "accuracy", "corruption_robustness", "ood_robustness", "calibration_error", "class_balance", "object_focus",
    "shape_bias",
)  # fmt: skip
RNG = np.random.default_rng(1)


class Quarters(nn.Module):
    """Chooses the class whose colours are nearest to those of the four quarters."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(12, len(WNIDS))
        with torch.no_grad():
            self.head.weight.copy_(torch.from_numpy(2 * STEEPNESS * CODES))
            self.head.bias.copy_(torch.from_numpy(-STEEPNESS * (CODES**2).sum(axis=1)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        quarters: torch.Tensor = self.head(nn.functional.adaptive_avg_pool2d(images, 2).flatten(1))
        return quarters


def draw(place: Path, label: int, noise: float, texture: int | None = None) -> None:
    """An image of a class; with a texture, the colours lie between those of both."""
    colours = CODES[label] if texture is None else (CODES[label] + CODES[texture]) / 2
    colours = np.clip(colours + RNG.normal(0, noise, 12), 0, 1).reshape(3, 2, 2)
    pixels = (255 * colours.transpose(1, 2, 0)).round().astype(np.uint8)
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.repeat(4, axis=0).repeat(4, axis=1)).save(place)


def fill(root: Path) -> None:
    """Two images of each class of each set, named and sorted into folders as their authors do."""
    for number in range(EACH):
        fill_thousand_classes(root, number)
        fill_categories(root / "modelvshuman", number)
        for place, name in enumerate(IMAGENET_9_FOLDERS):
            label = int(np.flatnonzero(place == IMAGENET_9)[number])
            draw(root / f"bg_challenge/mixed_same/val/{name}/{number}.png", label, 0.1)
            draw(root / f"bg_challenge/mixed_rand/val/{name}/{number}.png", label, 0.25)


def fill_thousand_classes(root: Path, number: int) -> None:
    for label, wnid in enumerate(WNIDS):
        draw(root / f"imagenet/val/{wnid}/{number}.png", label, 0.1)
    for label in IMAGENET_R.tolist():
        draw(root / f"imagenet-r/{WNIDS[label]}/{number}.png", label, 0.2)
    for corruption, severity, label in product(PUBLISHED_CORRUPTIONS, SEVERITIES, (0, 7, 999)):
        draw(root / f"imagenet-c/{corruption}/{severity}/{WNIDS[label]}/{number}.png", label, 0.05 * severity)


def fill_categories(folder: Path, number: int) -> None:
    names = list(CATEGORIES)
    for place, name in enumerate(names):
        label, other = int(CATEGORIES[name][-1]), names[place - 1 - number]
        for shown in ("edge", "silhouette"):
            draw(folder / shown / name / f"{number}.png", label, 0.2)
        for shown in ("sketch", "stylized"):
            draw(folder / shown / "dnn/session-1" / f"{place:04d}_a_dnn_0_{name}_{number}.png", label, 0.2)
        conflict = folder / "cue-conflict" / name / f"{name}1-{other}{number}.png"
        draw(conflict, label, 0.1, texture=int(CATEGORIES[other][0]))


def outputs(paths: Sequence[Path]) -> Values:
    """The outputs for images, in double precision and without the program."""
    found = []
    for path in paths:
        with Image.open(path) as image:
            pixels = np.asarray(image, dtype=np.float64) / 255
        quarters = pixels.reshape(2, 4, 2, 4, 3).mean(axis=(1, 3)).transpose(2, 0, 1).ravel()
        found.append(-STEEPNESS * ((quarters - CODES) ** 2).sum(axis=1) + STEEPNESS * (quarters**2).sum())
    return np.array(found)


def probabilities(logits: Values) -> Values:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Values = raised / raised.sum(axis=1, keepdims=True)
    return shares


def sorted_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.png"))


def accuracy_among_all(folder: Path) -> float:
    paths = sorted_files(folder)
    return float(np.mean([WNIDS[top] == path.parent.name for top, path in zip(tops(paths), paths, strict=True)]))


def tops(paths: Sequence[Path]) -> list[int]:
    return [int(each) for each in outputs(paths).argmax(axis=1)]


def accuracy_on_renditions(folder: Path) -> float:
    """The winner among the 200 classes that the set has."""
    paths = sorted_files(folder)
    winners = IMAGENET_R[outputs(paths)[:, IMAGENET_R].argmax(axis=1)]
    return float(np.mean([WNIDS[top] == path.parent.name for top, path in zip(winners, paths, strict=True)]))


def categories_of(paths: Sequence[Path]) -> list[str]:
    """The category with the largest mean probability of its classes."""
    shares = probabilities(outputs(paths))
    means = np.array([shares[:, members].mean(axis=1) for members in CATEGORIES.values()])
    return [list(CATEGORIES)[top] for top in means.argmax(axis=0)]


def accuracy_by_category(folder: Path) -> float:
    paths = sorted_files(folder)
    said = [path.name.split("_")[4] if "session-1" in path.parts else path.parent.name for path in paths]
    return float(np.mean([a == b for a, b in zip(categories_of(paths), said, strict=True)]))


def accuracy_of_nine(folder: Path) -> float:
    paths = sorted_files(folder)
    nine = [int(IMAGENET_9[top]) for top in tops(paths)]
    return float(np.mean([place == int(path.parent.name[:2]) for place, path in zip(nine, paths, strict=True)]))


def cue_counts(folder: Path) -> tuple[int, int]:
    """How often the category of the shape and that of the texture were chosen."""
    paths = sorted_files(folder)
    textures = [path.stem.partition("-")[2].rstrip("0123456789") for path in paths]
    chosen = categories_of(paths)
    shape = sum(a == path.parent.name for a, path in zip(chosen, paths, strict=True))
    return shape, sum(a == b for a, b in zip(chosen, textures, strict=True))


def both_calibration_errors(shares: Values, labels: NDArray[np.int64]) -> tuple[float, float]:
    """ECE over 15 bins of equal width, and ACE over 15 bins of equal filling for each class."""
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * 15).astype(int), 14)
    expected = sum(abs(float((right - confidence)[bin_of == place].sum())) for place in range(15)) / len(labels)
    gaps = []
    for label in range(shares.shape[1]):
        of_class = shares[:, label]
        count, ordered = len(of_class), np.sort(of_class)
        bounds = [ordered[min(round(place * count / 15), count - 1)] for place in range(1, 15)]
        bin_of = np.searchsorted(bounds, of_class, side="right")
        difference = (labels == label) - of_class
        gaps.append(sum(abs(float(difference[bin_of == place].sum())) for place in range(15)) / count)
    return expected, float(np.mean(gaps))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("study") / "part"
    fill(made)
    return made


@pytest.fixture
def results(root: Path, loaded: Load, tmp_path: Path) -> Mapping[str, Result]:
    """As the program measures them, of a benchmark that was added with `--layout imagenet-1k`."""
    found = inspect(root, layout="imagenet-1k", cache=tmp_path / "cache")
    own = benchmark_of(root, found.definition, found.classes, found.digest)
    asked = Request(benchmark=own, dimensions=DIMENSIONS, protocol=Protocol.AS_PUBLISHED)
    model = loaded(Quarters(), "quarters", class_count=len(WNIDS))
    run = Run([model], asked, root=tmp_path, folder=tmp_path / "steps", means=Means(workers=0))
    return run.execute()["quarters"]


def test_two_images_of_each_class_give_the_values_that_numpy_gives(results: Mapping[str, Result], root: Path) -> None:
    paths = sorted_files(root / "imagenet/val")
    shares = probabilities(outputs(paths))
    labels = np.array([WNIDS.index(path.parent.name) for path in paths])
    clean = accuracy_among_all(root / "imagenet/val")
    corrupted = [
        accuracy_among_all(root / f"imagenet-c/{corruption}/{severity}")
        for corruption in PUBLISHED_CORRUPTIONS
        for severity in SEVERITIES
    ]
    shifted = [accuracy_on_renditions(root / "imagenet-r")] + [
        accuracy_by_category(root / f"modelvshuman/{name}") for name in ("edge", "silhouette", "sketch", "stylized")
    ]
    same, rand = (accuracy_of_nine(root / f"bg_challenge/mixed_{name}") for name in ("same", "rand"))
    shape, texture = cue_counts(root / "modelvshuman/cue-conflict")
    expected, adaptive = both_calibration_errors(shares, labels)
    of_right = shares[np.arange(len(labels)), labels]
    recalls = np.array([np.mean(shares[labels == label].argmax(axis=1) == label) for label in range(len(WNIDS))])
    spread = np.mean([of_right[labels == label].std() for label in range(len(WNIDS))])
    wanted = {
        "accuracy": clean,
        "corruption_robustness": np.mean(corrupted) / clean,
        "ood_robustness": np.prod(np.array(shifted) / clean) ** (1 / 5),
        "calibration_error": (expected * adaptive) ** 0.5,
        "class_balance": ((1 - recalls.std(ddof=1)) * (1 - spread)) ** 0.5,
        "object_focus": 1 - (same - rand) / clean,
        "shape_bias": shape / (shape + texture),
    }
    # None of them is at an end of its range, where a wrong formula would give the same.
    assert 0.2 < clean < 0.9
    assert rand < same
    assert min(shape, texture) > 2
    for key, value in wanted.items():
        found = results[key]
        assert isinstance(found, Measured), (key, found)
        # The engine has outputs of some hundreds in 32 bits: an error of 1e-4 in them, and so in a probability.
        assert found.value == pytest.approx(float(value), rel=2e-4), key


def test_few_images_are_flagged_and_not_refused_under_the_studys_protocol(results: Mapping[str, Result]) -> None:
    flags = {key: result.flags for key, result in results.items() if isinstance(result, Measured)}
    assert {key for key, found in flags.items() if "few-images" in found} == {"calibration_error", "class_balance"}
    accuracy = results["accuracy"]
    assert isinstance(accuracy, Measured)
    assert accuracy.sample_count == EACH * len(WNIDS)
