"""Preparing ImageNet: the official validation archive has all images in one heap, and the labels lie elsewhere."""

import io
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy.io import loadmat

from evaluation.datasets.dataset import DataSet
from evaluation.datasets.imagenet import VALIDATION
from evaluation.datasets.installation.archive import ArchiveDamaged, entries
from evaluation.datasets.installation.download import digest_of
from evaluation.datasets.installation.lock import sole_use
from evaluation.datasets.installation.status import State, Status, status

IMAGES_NAME = "ILSVRC2012_img_val.tar"
DEVKIT_NAME = "ILSVRC2012_devkit_t12.tar.gz"
_GROUND_TRUTH = "ILSVRC2012_validation_ground_truth.txt"
_SYNSETS = "meta.mat"
_IMAGE = re.compile(r"ILSVRC2012_val_(?P<number>\d{8})\.JPEG")
_LARGEST_TABLE = 64 << 20
_CHUNK = 1 << 20

Progress = Callable[[int, int], None]


class PreparationFailed(Exception):
    """The archives are not there or not the official ones; the message says which and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What tells the official archives from others.

    Attributes:
        images: md5 of the validation images.
        devkit: md5 of the development kit, which has the labels.
    """

    images: str = "29b22e2961454d5413ddabcf34fc5622"
    devkit: str = "fa75699e90414af021442c21a62c3abf"


def prepare_imagenet(
    root: Path,
    *,
    images: Path | None = None,
    devkit: Path | None = None,
    data_set: DataSet = VALIDATION,
    expected: Expected | None = None,
    progress: Progress | None = None,
) -> Status:
    """Sort the validation images into a folder per class. Nothing is left behind by an attempt that fails.

    Args:
        root: the data folder.
        images: the archive of the images; looked for in `imagenet/` below the data folder if absent.
        devkit: the development kit, looked for there as well.
        data_set: what comes of it.
        expected: what the archives must be.
        progress: told how many images are sorted and how many there are.

    Returns:
        What is there afterwards: complete.

    Raises:
        PreparationFailed: an archive lacks or is another one, or there are images already.
        ArchiveDamaged: an archive cannot be read to the end.
        InstallationBusy: another program is installing data sets in this folder.
        OSError: a file cannot be read or written.
    """
    expected = expected or Expected()
    target = root / data_set.folder
    with sole_use(root):
        before = status(data_set, root)
        if before.state is State.COMPLETE:
            return before
        if target.exists() and any(target.iterdir()):
            raise PreparationFailed(f"{target} is not empty and not complete: {before.detail} Move it away first.")
        images = _official(images or target.parent / IMAGES_NAME, expected.images)
        devkit = _official(devkit or target.parent / DEVKIT_NAME, expected.devkit)
        # Before the images are touched: a wrong kit is found at once, sorting 50,000 images takes minutes.
        labels = validation_labels(devkit)
        if len(labels) != data_set.image_count:
            raise PreparationFailed(f"{devkit} labels {len(labels)} images and must label {data_set.image_count}.")
        # Beside the target, so that the move at the end is a rename on one file system and happens at once.
        staging = target.with_name(f".{target.name}-in-preparation")
        _clear(staging)
        try:
            _sort(images, staging, labels, progress)
            _clear(target)
            staging.replace(target)
        finally:
            _clear(staging)
        return status(data_set, root)


def validation_labels(devkit: Path) -> list[str]:
    """The WordNet identifier of each validation image, in the order of their numbers.

    Raises:
        PreparationFailed: the kit lacks one of its tables, or they do not fit.
        ArchiveDamaged: the file is not an archive.
    """
    tables: dict[str, bytes] = {}
    for entry in entries(devkit):
        name = entry.name.rpartition("/")[2]
        # By the name alone, whatever folder the kit was packed in.
        content = entry.open() if entry.is_file and name in (_GROUND_TRUTH, _SYNSETS) else None
        if content is not None:
            tables[name] = content.read(_LARGEST_TABLE)
    lacking = sorted({_GROUND_TRUTH, _SYNSETS} - set(tables))
    if lacking:
        raise PreparationFailed(f"{devkit} lacks {' and '.join(lacking)}. Fetch {DEVKIT_NAME} from image-net.org.")
    try:
        wnids = _wnids_by_number(tables[_SYNSETS])
        return [wnids[int(line)] for line in tables[_GROUND_TRUTH].split()]
    except (ValueError, KeyError, TypeError, IndexError, NotImplementedError) as error:
        raise PreparationFailed(
            f"the tables of {devkit} cannot be read: {error}. Fetch {DEVKIT_NAME} from image-net.org."
        ) from error


def _wnids_by_number(table: bytes) -> dict[int, str]:
    """Identifiers by the kit's own numbers, which are not in their alphabetical order."""
    stream: Any = io.BytesIO(table)
    synsets = loadmat(stream, squeeze_me=True)["synsets"]
    return {
        int(synset["ILSVRC2012_ID"]): str(synset["WNID"])
        for synset in synsets
        # The kit also names the coarser concepts above the classes.
        if int(synset["num_children"]) == 0
    }


def _official(path: Path, md5: str) -> Path:
    if not path.is_file():
        raise PreparationFailed(f"{path} is not there. {VALIDATION.how_to_get}")
    # MD5 because it is what image-net.org published; against chance and mix-ups, not against forgers.
    found = digest_of(path, "md5")
    if found != md5:
        raise PreparationFailed(
            f"{path} is not the official archive, or not whole: its md5 is {found} and must be {md5}. Fetch it again."
        )
    return path


def _sort(images: Path, staging: Path, labels: Sequence[str], progress: Progress | None) -> None:
    done = set()
    for entry in entries(images):
        match = _IMAGE.fullmatch(entry.name.rpartition("/")[2])
        content = entry.open() if entry.is_file and match else None
        if match is None or content is None:
            continue
        number = int(match["number"])
        if not 1 <= number <= len(labels):
            raise PreparationFailed(f"{images} has an image number {number}, for which there is no label.")
        folder = staging / labels[number - 1]
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / match[0]).open("wb") as file:
            shutil.copyfileobj(content, file, _CHUNK)
        # A set and not a counter: an archive that repeats an image must not pass for whole.
        done.add(number)
        if progress is not None:
            progress(len(done), len(labels))
    if len(done) != len(labels):
        raise ArchiveDamaged(f"{images} has {len(done)} images and must have {len(labels)}. Fetch it again.")


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
