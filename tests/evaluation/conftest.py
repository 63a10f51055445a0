"""A benchmark of tiny images made for the tests, and models on it whose values are known beforehand.

Every image has 12 x 12 pixels and three signals, each in a channel of its own: the shape of the object is a mask in red
in the middle, its texture a pattern in green there, and the background a pattern in blue around it. A signal names one
of four classes. So a model that sees one signal and is blind to the others is a product with four templates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms import PILToTensor

from evaluation.benchmark import Benchmark
from evaluation.datasets.dataset import DataSet, DataSetMissing, Images
from evaluation.engine.means import Means
from evaluation.engine.run import Run, Watcher
from evaluation.engine.stages import Request
from evaluation.models.identity import Identity
from evaluation.models.loaded_model import LoadedModel, Preparation
from quba.dimension import Pass
from quba.dimensions import MEASURES

CLASSES = 4
SIDE = 12
MIDDLE = slice(3, 9)
# Enough for every dimension under `corrected`.
PER_CLASS = 16
_LOW, _HIGH = 40, 215
_SHAPE, _TEXTURE, _BACKGROUND = 0, 1, 2
# With four classes every image is among the first five; AlexNet's errors are known on the files of ImageNet-C alone.
VALUED = tuple(key for key in MEASURES if key not in {"top5_accuracy", "relative_corruption_error"})
_OOD = (Pass.EDGE, Pass.SILHOUETTE, Pass.SKETCH, Pass.STYLIZED, Pass.RENDITIONS)


def _templates() -> NDArray[np.float32]:
    """Masks in {0, 1}: signals x classes x height x width; those of a signal do not overlap and are equally large."""
    masks = np.zeros((3, CLASSES, SIDE, SIDE), dtype=np.float32)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    middle = np.zeros((SIDE, SIDE), dtype=bool)
    middle[MIDDLE, MIDDLE] = True
    for label in range(CLASSES):
        quadrant = (rows // 6 * 2 + columns // 6) == label
        masks[_SHAPE, label] = middle & quadrant
        masks[_TEXTURE, label] = middle & ((rows % 2) * 2 + columns % 2 == label)
        masks[_BACKGROUND, label] = ~middle & ((rows + columns) % 4 == label)
    return masks


TEMPLATES = _templates()


def picture(shape: int, texture: int, background: int, rng: np.random.Generator) -> Image.Image:
    """An image of three signals, with a little noise so that no two are equal."""
    values = np.zeros((SIDE, SIDE, 3))
    for channel, label in enumerate((shape, texture, background)):
        values[..., channel] = _LOW + (_HIGH - _LOW) * TEMPLATES[channel, label]
    return Image.fromarray(np.clip(values + rng.integers(-5, 6, values.shape), 0, 255).astype(np.uint8))


class Templates(nn.Module):
    """Scores each class by how much one signal looks like it; `sharpness` stretches the logits."""

    def __init__(self, signal: int, sharpness: float = 1.0, rolled: int = 0) -> None:
        super().__init__()
        weights = np.zeros((CLASSES, 3, SIDE, SIDE), dtype=np.float32)
        weights[:, signal] = np.roll(TEMPLATES[signal], rolled, axis=0)
        self.weights = nn.Parameter(torch.from_numpy(sharpness * weights.reshape(CLASSES, -1)))

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1) @ self.weights.T - self.weights.sum(dim=1) / 2


def argmax(logits: NDArray[Any]) -> NDArray[Any]:
    """The decision on every data set of this benchmark."""
    return np.asarray(logits.argmax(axis=1))


@dataclass(frozen=True)
class World:
    """The benchmark, where it lies, and the way to a run on it."""

    benchmark: Benchmark
    root: Path
    folder: Path

    def run(
        self,
        *models: LoadedModel,
        watcher: Watcher | None = None,
        means: Means | None = None,
        **wishes: Any,  # noqa: ANN401 - the fields of a request
    ) -> Run:
        request = Request(benchmark=self.benchmark, **wishes)
        return Run(
            models,
            request,
            root=self.root,
            folder=self.folder,
            means=means or Means(batch_size=16, workers=0),
            watcher=watcher,
        )

    def without(self, *sources: Pass) -> "World":
        data_sets = {key: each for key, each in self.benchmark.data_sets.items() if key not in sources}
        return replace(self, benchmark=replace(self.benchmark, data_sets=data_sets))

    def with_data_set(self, data_set: DataSet) -> "World":
        data_sets = {**self.benchmark.data_sets, data_set.source: data_set}
        return replace(self, benchmark=replace(self.benchmark, data_sets=data_sets))


def _reader(folder: str) -> Callable[[Path, str], Images]:
    def read(root: Path, variant: str) -> Images:
        place = root / folder / variant
        paths = tuple(sorted(place.glob("*.png")))
        if not paths:
            raise DataSetMissing(f"{folder} is not there; make it.")
        cues = np.array([[int(part) for part in path.stem.split("_")[1:3]] for path in paths])
        conflicting = folder == Pass.CUE_CONFLICT
        return Images(paths=paths, labels=cues[:, 0], textures=cues[:, 1] if conflicting else None)

    return read


def data_set_of(source: Pass, variants: Sequence[str] = ("",), images: int = CLASSES * PER_CLASS) -> DataSet:
    """A data set in the folder named after its pass; a file's name tells number, label and texture."""
    return DataSet(
        key=source.value,
        benchmark="signals",
        label=source.value,
        source=source,
        variants=tuple(variants),
        folder=source.value,
        image_count=images,
        label_count=CLASSES,
        licence="ours",
        how_to_get="make it",
        archives=(),
        read=_reader(source.value),
        decide=argmax,
    )


def _write(folder: Path, cues: Sequence[tuple[int, int, int]], seed: int) -> None:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for number, (shape, texture, background) in enumerate(cues):
        picture(shape, texture, background, rng).save(folder / f"{number:03d}_{shape}_{texture}.png")


def write_world(root: Path) -> dict[Pass, DataSet]:
    """Write all images; returns the data sets."""
    labels = [label for label in range(CLASSES) for _ in range(PER_CLASS)]
    agreeing = [(label, label, label) for label in labels]
    _write(root / "clean", agreeing, seed=1)
    for source in (*_OOD, Pass.MIXED_SAME):
        _write(root / source.value, agreeing, seed=2)
    # Every object before every background equally often, its own included.
    strange = [(label, label, number % CLASSES) for number, label in enumerate(labels)]
    _write(root / "mixed_rand", strange, seed=3)
    cues = [(shape, texture, shape) for shape in range(CLASSES) for texture in range(CLASSES) for _ in range(2)]
    _write(root / "cue_conflict", cues, seed=4)
    corruptions = ("fog/1", "fog/2", "snow/1", "snow/2")
    for variant in corruptions:
        _write(root / "corruptions" / variant, agreeing, seed=5)
    plain = (Pass.CLEAN, *_OOD, Pass.MIXED_SAME, Pass.MIXED_RAND)
    return {
        **{source: data_set_of(source) for source in plain},
        Pass.CUE_CONFLICT: data_set_of(Pass.CUE_CONFLICT, images=len(cues)),
        Pass.CORRUPTIONS: data_set_of(Pass.CORRUPTIONS, corruptions),
    }


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[Pass, DataSet]]:
    """The images, written once and only read."""
    root = tmp_path_factory.mktemp("signals")
    return root, write_world(root)


@pytest.fixture
def world(written: tuple[Path, Mapping[Pass, DataSet]], tmp_path: Path) -> World:
    """The benchmark with a folder of its own for finished steps."""
    root, data_sets = written
    benchmark = Benchmark(
        key="signals", label="Signals", class_count=CLASSES, data_sets=data_sets, default_protocol="corrected"
    )
    return World(benchmark, root, tmp_path / "steps")


@pytest.fixture
def own_world(tmp_path: Path) -> World:
    """The benchmark with images of its own, for a test that damages them."""
    root = tmp_path / "data"
    benchmark = Benchmark(
        key="signals", label="Signals", class_count=CLASSES, data_sets=write_world(root), default_protocol="corrected"
    )
    return World(benchmark, root, tmp_path / "steps")


Load = Callable[..., LoadedModel]


@pytest.fixture
def loaded() -> Load:
    """Make any net a model ready to be measured."""

    def load(
        net: nn.Module,
        name: str = "net",
        *,
        mean: tuple[float, float, float] = (0.0, 0.0, 0.0),
        deviation: tuple[float, float, float] = (1.0, 1.0, 1.0),
        key: str = "as stored",
        class_count: int = CLASSES,
    ) -> LoadedModel:
        preparation = Preparation(key=key, transform=PILToTensor(), mean=mean, deviation=deviation)
        identity = Identity(
            model_id=name,
            name=name,
            architecture="cnn",
            training="supervised",
            head=None,
            pretraining_data="imagenet-1k",
            backbone="templates",
            source_library="test",
            source_identifier=None,
        )
        return LoadedModel.of(net, name=name, preparation=preparation, class_count=class_count, identity=identity)

    return load


@pytest.fixture
def sees_shape(loaded: Load) -> LoadedModel:
    """A model that knows every answer from the shape."""
    return loaded(Templates(_SHAPE), "sees-shape")


@pytest.fixture
def sees_texture(loaded: Load) -> LoadedModel:
    """A model that sees nothing but texture."""
    return loaded(Templates(_TEXTURE), "sees-texture")


@pytest.fixture
def sees_background(loaded: Load) -> LoadedModel:
    """A model that sees nothing but background."""
    return loaded(Templates(_BACKGROUND), "sees-background")


@pytest.fixture
def always_wrong(loaded: Load) -> LoadedModel:
    """A model that mistakes each class for the next."""
    return loaded(Templates(_SHAPE, rolled=1), "always-wrong")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Leave the machine's other cores to others; with one thread sums have one order, too."""
    torch.set_num_threads(1)
