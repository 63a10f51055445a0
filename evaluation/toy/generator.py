"""Writes the toy benchmark to disk, in the layouts of the real data sets."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from evaluation.toy.drawing import Cues, Style, draw
from evaluation.toy.shapes import CLASSES

ROOT = "toy-shapes"
TRAIN_PER_CLASS = 250
VAL_PER_CLASS = 25
FEW_PER_CLASS = 10
# How often a cue beside the shape agrees with the class; otherwise it is drawn at random. A model that learns from such
# images leans on all of them a little, as models do on photographs.
TEXTURE_AGREES = 0.55
BACKGROUND_AGREES = 0.55
_COUNT = len(CLASSES)

Progress = Callable[[int, int], None]


def make_toy(root: Path, *, seed: int = 0, progress: Progress | None = None) -> Path:
    """Draw all data sets below a folder; images that are there already are drawn again, to the same bytes.

    Args:
        root: the data folder; the images go into `toy-shapes` in it.
        seed: of everything; another seed draws another benchmark, which compares with nobody's values.
        progress: told after each image how many are done and how many there are.

    Returns:
        The folder of the benchmark.

    Raises:
        ValueError: for a negative seed.
        OSError: the folder cannot be written.
    """
    if seed < 0:
        raise ValueError(f"seed is {seed}; use 0 or more.")
    place = root / ROOT
    jobs = list(_images())
    for number, (path, cues, style) in enumerate(jobs):
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # Seeded by the name, so that no image depends on which others are drawn.
        rng = np.random.default_rng([seed, *path.as_posix().encode()])
        Image.fromarray(draw(cues(rng), rng, style)).save(target, compress_level=6)
        if progress is not None:
            progress(number + 1, len(jobs))
    return place


Choose = Callable[[np.random.Generator], Cues]


def _images() -> Iterator[tuple[Path, Choose, Style]]:
    # Names and places are those of ImageNet, model-vs-human and ImageNet-9: the same readers take them, and a label is
    # read from where the real sets have it.
    for label, name in enumerate(CLASSES):
        for split, count in (("train", TRAIN_PER_CLASS), ("val", VAL_PER_CLASS)):
            for number in range(count):
                yield Path(split, name, f"{number:04d}.png"), _natural(label), Style.PHOTO
        for number in range(VAL_PER_CLASS):
            yield Path("renditions", name, f"{number:04d}.png"), _natural(label), Style.RENDITION
            for folder, background in (("mixed_same", _same(label)), ("mixed_rand", _other(label))):
                yield Path(folder, "val", f"{label:02d}_{name}", f"{number:04d}.png"), background, Style.PHOTO
            for style in (Style.SKETCH, Style.STYLIZED):
                file = f"{label * VAL_PER_CLASS + number + 1:04d}_toy_dnn_0_{name}_00_{number:04d}.png"
                yield Path(style.value, "dnn", "session-1", file), _any_texture(label), style
        for number in range(FEW_PER_CLASS):
            for style in (Style.EDGE, Style.SILHOUETTE):
                yield Path(style.value, name, f"{name}{number + 1}.png"), _natural(label), style
        for texture, other in enumerate(CLASSES):
            yield (
                Path("cue-conflict", name, f"{name}{texture + 1}-{other}{label + 1}.png"),
                _conflict(label, texture),
                Style.PHOTO,
            )


def _natural(label: int) -> Choose:
    return lambda rng: Cues(
        shape=label,
        texture=_agreeing(label, TEXTURE_AGREES, rng),
        background=_agreeing(label, BACKGROUND_AGREES, rng),
    )


def _same(label: int) -> Choose:
    return lambda rng: Cues(shape=label, texture=_agreeing(label, TEXTURE_AGREES, rng), background=label)


def _other(label: int) -> Choose:
    # Any class but its own: with sixteen classes a random one would too often be the same.
    return lambda rng: Cues(
        shape=label,
        texture=_agreeing(label, TEXTURE_AGREES, rng),
        background=(label + int(rng.integers(1, _COUNT))) % _COUNT,
    )


def _any_texture(label: int) -> Choose:
    return lambda rng: Cues(shape=label, texture=int(rng.integers(_COUNT)), background=int(rng.integers(_COUNT)))


def _conflict(label: int, texture: int) -> Choose:
    return lambda rng: Cues(shape=label, texture=texture, background=int(rng.integers(_COUNT)))


def _agreeing(label: int, share: float, rng: np.random.Generator) -> int:
    return label if rng.random() < share else int(rng.integers(_COUNT))
