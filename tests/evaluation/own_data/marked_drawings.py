"""A benchmark of one's own with marked objects, drawn by the toy benchmark's pen: shapes, textures and backgrounds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from evaluation.datasets.dataset import DataSet, Images
from evaluation.datasets.decisions import any_class
from evaluation.own_data.generated import Source
from evaluation.toy.drawing import Cues, draw, object_mask
from evaluation.toy.shapes import CLASSES
from quba.dimension import Pass

Draw = Callable[[int, int], tuple[NDArray[np.uint8], NDArray[np.bool_]]]


def toy_drawing(label: int, number: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A drawing of the toy benchmark whose three cues agree, and where its object is."""
    cues = Cues(shape=label, texture=label, background=label)
    picture = draw(cues, np.random.default_rng([label, number]))
    return picture, object_mask(label, np.random.default_rng([label, number])) >= 0.5


@dataclass(frozen=True)
class Drawings:
    """The folder and the way to what is generated from it."""

    folder: Path
    classes: tuple[str, ...]

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder.parent / "data"

    def read(self, _root: Path, _variant: str) -> Images:
        """List the clean images."""
        paths = tuple(sorted((self.folder / "val").glob("*/*.png")))
        labels = [self.classes.index(path.parent.name) for path in paths]
        return Images(paths=paths, labels=np.array(labels, dtype=np.int64))

    def source(self, *, read: Callable[[Path, str], Images] | None = None, renditions: Sequence[str] = ()) -> Source:
        """What is generated from."""
        clean = DataSet(
            key="drawings-clean",
            benchmark="drawings",
            label="Clean images",
            source=Pass.CLEAN,
            variants=("",),
            folder="",
            image_count=len(self.read(self.folder, "").paths),
            label_count=len(self.classes),
            licence="one's own",
            how_to_get="draw them",
            archives=(),
            read=read or self.read,
            decide=any_class,
            unreadable_most=3,
            own=True,
        )
        return Source(
            clean=clean,
            images_root=self.folder / "val",
            classes=self.classes,
            digest="sha256:" + "0123456789abcdef" * 4,
            masks=self.folder / "masks",
            renditions=tuple(renditions),
        )


def drawings(
    folder: Path, *, classes: Sequence[str] = CLASSES[:4], per_class: int = 10, pen: Draw = toy_drawing
) -> Drawings:
    """Draw images and masks into a folder; labels count in the order of the classes."""
    for label, name in enumerate(classes):
        for number in range(per_class):
            picture, mask = pen(label, number)
            for kind, pixels in (("val", picture), ("masks", mask.astype(np.uint8) * 255)):
                target = folder / kind / name / f"{number:02d}.png"
                target.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(target)
    return Drawings(folder, tuple(classes))
