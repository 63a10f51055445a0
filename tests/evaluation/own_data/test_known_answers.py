"""Known samples on a benchmark of one's own: from a folder with masks through every step to values known on paper."""

from collections.abc import Mapping
from functools import cache
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from evaluation.benchmark import Benchmark
from evaluation.engine.means import Means
from evaluation.engine.run import Absent, Run
from evaluation.engine.stages import Request
from evaluation.own_data.registration import benchmark_of, inspect
from evaluation.toy.drawing import SIDE, object_mask
from evaluation.toy.shapes import CLASSES
from quba.deciding.paired_differences import flips, paired_differences
from quba.dimension import Missing
from quba.measuring.observations import Measured
from tests.evaluation.own_data.marked_drawings import Drawings, drawings

if TYPE_CHECKING:
    from tests.evaluation.conftest import Load

NAMES = ("arrow", "circle", "cross", "diamond")
# Far apart, so that the nearest one is never in doubt; none is white.
GROUNDS = np.array([(20, 20, 20), (20, 20, 200), (20, 120, 20), (20, 120, 200)], dtype=np.uint8)
SURFACES = np.array([(220, 20, 20), (220, 20, 200), (220, 160, 20), (160, 200, 120)], dtype=np.uint8)
DIMENSIONS = ("accuracy", "ood_robustness", "calibration_error", "class_balance", "object_focus", "shape_bias")


PLACES = 4


@cache
def outlines(label: int) -> tuple[NDArray[np.bool_], ...]:
    """A shape of the toy benchmark as its pen places it, each time with the middle of the picture well on it."""
    shape, middle = CLASSES.index(NAMES[label]), slice(SIDE // 2 - 3, SIDE // 2 + 4)
    drawn = (object_mask(shape, np.random.default_rng([label, seed])) >= 0.5 for seed in count())
    return tuple(islice((mask for mask in drawn if mask[middle, middle].all()), PLACES))


def flat(label: int, number: int, *, ground: int | None = None) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A drawing in two plain colours: that of the object and that of the background stand for the class as well."""
    mask = outlines(label)[number % PLACES]
    picture = np.empty((SIDE, SIDE, 3), dtype=np.uint8)
    picture[:] = GROUNDS[label if ground is None else ground]
    picture[mask] = SURFACES[label]
    return picture, mask


class Nearest(nn.Module):
    """Decides by the colour of one pixel."""

    def __init__(self, colours: NDArray[np.uint8], row: int, column: int) -> None:
        super().__init__()
        self.colours = nn.Parameter(torch.from_numpy(colours.astype(np.float32) / 255))
        self.row, self.column = row, column

    def forward(self, images: Tensor) -> Tensor:
        seen = images[:, :, self.row, self.column]
        return -20 * (seen[:, None, :] - self.colours[None]).square().sum(dim=2) + 3


class Outlines(nn.Module):
    """Decides by what stands out from the colour of the corner: the best of all outlines, whatever their colour."""

    def __init__(self) -> None:
        super().__init__()
        templates = np.stack([outlines(label) for label in range(len(NAMES))])
        self.templates = nn.Parameter(torch.from_numpy(templates.astype(np.float32)).flatten(2))

    def forward(self, images: Tensor) -> Tensor:
        apart = (images - images[:, :, :1, :1]).abs().sum(dim=1).flatten(1)
        seen = (apart > 0.25).float()
        unlike = (seen[:, None, None, :] - self.templates[None]).abs().mean(dim=3).amin(dim=2)
        return 1 - 400 * unlike


class Constant(nn.Module):
    """Always the first class."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.tensor([2.0, -1.0, 0.0, 0.5]).expand(len(images), -1)


MODELS = {
    "oracle": Outlines(),
    "texture-only": Nearest(SURFACES, SIDE // 2, SIDE // 2),
    "background-only": Nearest(GROUNDS, 0, 0),
    "constant": Constant(),
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[Drawings, Benchmark]:
    folder = tmp_path_factory.mktemp("known") / "drawings"
    drawn = drawings(folder, classes=NAMES, per_class=16, pen=flat)
    for label, name in enumerate(NAMES):
        (folder / "moved" / name).mkdir(parents=True)
        for number in range(5):
            # Before the background of the next class.
            picture, _ = flat(label, number, ground=(label + 1) % len(NAMES))
            Image.fromarray(picture).save(folder / "moved" / name / f"{number}.png")
    text = '[clean]\nfolder = "val"\n[masks]\nfolder = "masks"\n[shifted.moved]\nfolder = "moved"\n'
    (folder / "benchmark.toml").write_text(text, encoding="utf-8")
    found = inspect(folder, cache=drawn.data / "cache")
    return drawn, benchmark_of(folder, found.definition, found.classes, found.digest)


@pytest.fixture
def finished(own: tuple[Drawings, Benchmark], loaded: "Load", tmp_path: Path) -> Run:
    """All models measured."""
    drawn, benchmark = own
    models = [loaded(net, name) for name, net in MODELS.items()]
    request = Request(benchmark=benchmark, dimensions=DIMENSIONS)
    run = Run(models, request, root=drawn.data, folder=tmp_path / "steps", means=Means(batch_size=16, workers=0))
    run.execute()
    return run


@pytest.fixture
def measured(finished: Run) -> Mapping[str, Mapping[str, Measured]]:
    results = finished.results
    found: dict[str, dict[str, Measured]] = {}
    for name, of_model in results.items():
        for key, each in of_model.items():
            assert isinstance(each, Measured), (name, key, each)
            found.setdefault(name, {})[key] = each
    return found


def test_models_that_see_one_cue_have_the_values_that_follow(
    measured: Mapping[str, Mapping[str, Measured]],
) -> None:
    def values(key: str) -> dict[str, float]:
        return {name: of_model[key].value for name, of_model in measured.items()}

    assert values("accuracy") == {"oracle": 1, "texture-only": 1, "background-only": 1, "constant": 0.25}
    # Before its own background everybody is right; before another class's the one who looks at nothing else is not.
    assert values("object_focus") == {"oracle": 1, "texture-only": 1, "background-only": 0, "constant": 1}
    bias = values("shape_bias")
    assert (bias["oracle"], bias["texture-only"]) == (1, 0)
    # Who sees neither names one class, which is as often the shape's as the texture's.
    assert bias["constant"] == pytest.approx(0.5, abs=0.1)
    assert bias["background-only"] == pytest.approx(0.5, abs=0.1)
    assert values("ood_robustness") == {"oracle": 1, "texture-only": 1, "background-only": 0, "constant": 1}
    assert values("class_balance")["constant"] == pytest.approx(np.sqrt(0.5))


def test_the_parts_name_the_sets_and_the_images(measured: Mapping[str, Mapping[str, Measured]]) -> None:
    oracle = measured["oracle"]
    assert set(oracle["ood_robustness"].parts) == {"clean_accuracy", "shifted"}
    assert oracle["ood_robustness"].parts["shifted"]["moved"]["image_count"] == 20
    assert oracle["object_focus"].sample_count == 128
    assert oracle["shape_bias"].sample_count == 64
    assert oracle["shape_bias"].parts == {"shape": 64, "texture": 0, "other": 0}
    assert oracle["class_balance"].parts["recall_deviation_by_chance"] == 0


def test_the_evidence_of_two_models_shows_where_they_part(finished: Run) -> None:
    oracle, other = (finished.evidence(name) for name in ("oracle", "background-only"))
    assert oracle.conditions.digest == finished.request.benchmark.digest
    assert oracle.right.keys() == {"clean", "shifted:moved", "mixed_same", "mixed_rand", "cue_conflict"}
    found = {each.dimension: each for each in paired_differences(oracle, other)}
    assert all(each.paired for each in found.values() if each.difference is not None)
    assert (found["accuracy"].difference, found["object_focus"].difference) == (0, -1)
    flipped = flips(oracle, other)
    assert (flipped["clean"].now_wrong.size, flipped["mixed_rand"].now_wrong.size) == (0, 64)
    # Who goes by the background is right before another class's by chance alone, and never by design.
    assert flipped["shifted:moved"].now_wrong.size == oracle.right["shifted:moved"].size


def test_what_the_folder_does_not_bring_has_a_reason_with_the_way_to_it(
    own: tuple[Drawings, Benchmark], loaded: "Load", tmp_path: Path
) -> None:
    drawn, _ = own
    bare = {"key": "bare", "label": "Bare", "clean": {"folder": "moved"}}
    benchmark = benchmark_of(drawn.folder, bare, NAMES, "sha256:" + 64 * "1")
    request = Request(benchmark=benchmark, dimensions=("ood_robustness", "object_focus", "shape_bias"))
    run = Run([loaded(Constant())], request, root=drawn.data, folder=tmp_path, means=Means(workers=0))
    for key, result in run.execute()["net"].items():
        assert isinstance(result, Absent), key
        assert result.reason is Missing.NOT_APPLICABLE
        assert result.detail.startswith("Bare has no images for ")
        assert "[shifted.NAME]" in result.detail or "benchmark masks KEY" in result.detail
    few = Request(benchmark=benchmark, dimensions=("class_balance", "calibration_error"))
    run = Run([loaded(Constant())], few, root=drawn.data, folder=tmp_path, means=Means(workers=0))
    for result in run.execute()["net"].values():
        assert isinstance(result, Absent)
        assert result.reason is Missing.TOO_FEW_IMAGES
        assert "4 of 4 classes have fewer: arrow 5, circle 5, cross 5 and 1 more. Measure" in result.detail
