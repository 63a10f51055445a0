"""Making the generated sets of a benchmark of one's own beside decoding its photographs alone, on one core.

A set is made once and kept; so both figures are given: how many images a second are made, against decoding the
photographs that they are made of, and how many a second are read from what was kept, against the same photographs.
Goal: at least as many images a second as decoding alone, or kept on disk once; masks by GrabCut are told beside.
Run: `python -m benchmarks.own_data_generated [IMAGES]`; 120 photographs of 500 x 375 pixels by default.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from evaluation.datasets.dataset import DataSet, Images
from evaluation.datasets.decisions import any_class
from evaluation.datasets.reading import Exif, read_picture
from evaluation.own_data.generated import Source, data_sets
from evaluation.own_data.masks import approximate_mask
from quba.dimension import Pass

CLASSES = ("oak", "ash", "elm", "fir")
SIZE = (500, 375)
ROUNDS = 3


def write(folder: Path, images: int) -> None:
    """Photo-sized JPEG files of smooth colours with an ellipse as object, and its mask."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    for number in range(images):
        name = f"{CLASSES[number % len(CLASSES)]}/{number:05d}"
        for kind in ("val", "masks"):
            (folder / kind / name).parent.mkdir(parents=True, exist_ok=True)
        ground, surface = (
            np.asarray(Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize(SIZE, 3))
            for _ in range(2)
        )
        middle, radius = rng.uniform(0.4, 0.6, 2) * SIZE, rng.uniform(60, 120, 2)
        mask = ((columns - middle[0]) / radius[0]) ** 2 + ((rows - middle[1]) / radius[1]) ** 2 <= 1
        pixels = np.where(mask[..., np.newaxis], surface, ground)
        Image.fromarray(pixels).save(folder / "val" / f"{name}.jpg", quality=90)
        Image.fromarray(mask.astype(np.uint8) * 255).save(folder / "masks" / f"{name}.png")


def source_of(folder: Path) -> Source:
    """What is generated from."""

    def read(_root: Path, _variant: str) -> Images:
        paths = tuple(sorted((folder / "val").glob("*/*.jpg")))
        return Images(paths=paths, labels=np.array([CLASSES.index(path.parent.name) for path in paths]))

    clean = DataSet(
        key="clean", benchmark="trees", label="Trees", source=Pass.CLEAN, variants=("",), folder="", image_count=0,
        label_count=len(CLASSES), licence="", how_to_get="", archives=(), read=read, decide=any_class, own=True,
    )  # fmt: skip
    return Source(
        clean=clean,
        images_root=folder / "val",
        classes=CLASSES,
        digest="sha256:" + 64 * "0",
        masks=folder / "masks",
        renditions=("edge", "sketch"),
    )


def decoded(paths: tuple[Path, ...]) -> None:
    """Read pictures as the engine does."""
    for path in paths:
        read_picture(path, exif=Exif.APPLY)


def rate(count: int, work: Callable[[], object]) -> float:
    """Images a second."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=int, nargs="?", default=120)
    images = parser.parse_args().images
    # One core for everything, so that what is compared is work and not the number of threads.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        write(root / "trees", images)
        source = source_of(root / "trees")
        clean = source.clean.read(root, "").paths
        plain = max(rate(images, lambda: decoded(clean)) for _ in range(ROUNDS))
        print(f"decoding {images} photographs of {SIZE[0]} x {SIZE[1]}: {plain:.0f} images/s")
        for data_set in data_sets(source).values():
            for variant in data_set.variants:
                made = rate(images, lambda: data_set.read(root / "data", variant))  # noqa: B023 - called at once
                kept = data_set.read(root / "data", variant).paths
                read = max(rate(images, lambda: decoded(kept)) for _ in range(ROUNDS))  # noqa: B023 - called at once
                name = f"{data_set.source.value} {variant}".strip()
                print(
                    f"{name:20} made once {made:6.0f}/s ({made / plain:.2f}), kept {read:6.0f}/s ({read / plain:.2f})"
                )
        pictures = [np.asarray(read_picture(path, exif=Exif.APPLY)) for path in clean[:10]]
        cut = rate(len(pictures), lambda: [approximate_mask(each) for each in pictures])
        print(f"{'masks by GrabCut':20} made once {cut:6.0f}/s ({cut / plain:.2f})")


if __name__ == "__main__":
    main()
