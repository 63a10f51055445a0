"""Reading the folders of a data set: which images there are, and which label their place or name gives them."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evaluation.datasets.dataset import DataSetDamaged, DataSetMissing, Images

IMAGE_ENDINGS = (
    ".jpeg", ".jpg", ".jpe", ".jfif", ".png", ".apng", ".bmp", ".dib", ".gif", ".webp", ".avif", ".avifs", ".tif",
    ".tiff", ".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".tga", ".qoi",
    ".mpo",
)  # fmt: skip
"""Names that are taken for images: what Pillow reads by itself and people keep pictures in."""

_NAMED = 3
_TEXTURE = re.compile(r"-(?P<name>[a-z ]+)\d*$")
# Of "NNNN_experiment_subject_condition_CATEGORY_...".
_CATEGORY_TOKEN = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassFolders:
    """One folder per label: `folder/<variant>/<name>/<image>`.

    Attributes:
        folder: below the data folder.
        names: of the folders, in the order of the labels.
        image_count: in one variant.
        how_to_get: the next step for somebody who lacks the images.
        balanced: whether each label has as many images as any other.
        whole: whether all folders and images must be there; a part of a set is measured as what it is.
        groups: the folder under which some copies keep a variant, by the first part of its name.
        textures: whether names end in "-<texture><number>".
    """

    folder: str
    names: tuple[str, ...]
    image_count: int
    how_to_get: str
    balanced: bool = True
    whole: bool = True
    groups: Mapping[str, str] = field(default_factory=dict)
    textures: bool = False

    def __call__(self, root: Path, variant: str) -> Images:
        """The images of a variant, sorted by label and then by name.

        Raises:
            DataSetMissing: there are none.
            DataSetDamaged: folders are lacking or foreign, or there are more or fewer images than there must be.
        """
        place = self.place(root, variant)
        self._check_folders(place)
        found = [image_names(place / name) if self._has(place, name) else [] for name in self.names]
        self._check_counts(place, [len(names) for names in found])
        paths = tuple(place / name / file for name, files in zip(self.names, found, strict=True) for file in files)
        # In the order of the folders' names as they are given, which is that of the outputs, and not as the disk lists
        # them.
        labels = np.repeat(np.arange(len(self.names), dtype=np.int64), [len(files) for files in found])
        return Images(paths=paths, labels=labels, textures=self._textures(paths) if self.textures else None)

    def place(self, root: Path, variant: str) -> Path:
        """Where a variant lies: in its customary folder, or under the group that some copies keep it in."""
        group = self.group(root, variant)
        return root / self.folder / group / variant

    def group(self, root: Path, variant: str) -> str:
        """The folder in between, where a copy has one; else empty."""
        group = self.groups.get(variant.partition("/")[0], "")
        customary = root / self.folder / variant
        return group if not customary.is_dir() and (root / self.folder / group / variant).is_dir() else ""

    def _has(self, place: Path, name: str) -> bool:
        return self.whole or (place / name).is_dir()

    def _check_folders(self, place: Path) -> None:
        try:
            # What begins with a dot is the system's, such as macOS's .DS_Store.
            entries = [entry for entry in os.scandir(place) if not entry.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            raise DataSetMissing(f"{place} is not there. {self.how_to_get}") from None
        folders = {entry.name for entry in entries if entry.is_dir()}
        if not folders:
            # Said apart from an empty folder: whoever unpacked an archive without folders has the images and not the
            # classes.
            flat = sum(is_image(entry.name) for entry in entries)
            if flat:
                raise DataSetDamaged(
                    f"{place} holds {flat} images and no folders; there must be one folder per class. "
                    f"Move them away. {self.how_to_get}"
                )
            raise DataSetMissing(f"{place} is empty. {self.how_to_get}")
        lacking = [name for name in self.names if name not in folders]
        _require_none(place, "lacks", lacking if self.whole else [], self.how_to_get)
        foreign = sorted(folders.difference(self.names))
        _require_none(place, "has, and must not have,", foreign, "Move them elsewhere.")

    def _check_counts(self, place: Path, counts: Sequence[int]) -> None:
        if sum(counts) == 0:
            raise DataSetMissing(f"the folders in {place} hold no images. {self.how_to_get}")
        if not self.whole:
            return
        if self.balanced:
            _require_balance(place, self.names, counts, self.image_count, self.how_to_get)
        elif sum(counts) != self.image_count:
            raise DataSetDamaged(
                f"{place} has {sum(counts)} images and must have {self.image_count}. {self.how_to_get}"
            )

    def _textures(self, paths: Sequence[Path]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        return np.array([self._texture(path) for path in paths], dtype=np.int64)

    def _texture(self, path: Path) -> int:
        match = _TEXTURE.search(path.stem.rpartition("_")[2])
        if match is None or match["name"] not in self.names:
            raise DataSetDamaged(
                f"{path} does not name its texture; such names end in -TEXTURE and a number, with one of: "
                f"{', '.join(self.names)}. {self.how_to_get}"
            )
        return self.names.index(match["name"])


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionFiles:
    """All images in one folder, each with its label in its name: `folder/NNNN_a_b_c_LABEL_...`.

    Attributes:
        folder: below the data folder.
        names: of the labels, in their order.
        image_count: as many of each label as of any other.
        how_to_get: the next step for somebody who lacks the images.
        whole: whether all images must be there; a part of a set is measured as what it is.
    """

    folder: str
    names: tuple[str, ...]
    image_count: int
    how_to_get: str
    whole: bool = True

    def __call__(self, root: Path, variant: str) -> Images:  # noqa: ARG002 - there is but one
        """The images, sorted by name.

        Raises:
            DataSetMissing: there are none.
            DataSetDamaged: a name has no label, or there are more or fewer images of a label than there must be.
        """
        place = root / self.folder
        files = image_names(place) if place.is_dir() else []
        if not files:
            raise DataSetMissing(f"{place} holds no images. {self.how_to_get}")
        labels = np.array([self._label(place / file) for file in files], dtype=np.int64)
        if self.whole:
            counts = np.bincount(labels, minlength=len(self.names)).tolist()
            _require_balance(place, self.names, counts, self.image_count, self.how_to_get)
        return Images(paths=tuple(place / file for file in files), labels=labels)

    def _label(self, path: Path) -> int:
        tokens = path.name.split("_")
        if len(tokens) <= _CATEGORY_TOKEN or tokens[_CATEGORY_TOKEN] not in self.names:
            raise DataSetDamaged(
                f"{path} does not name its category; the fifth part between underscores must be one of: "
                f"{', '.join(self.names)}. {self.how_to_get}"
            )
        return self.names.index(tokens[_CATEGORY_TOKEN])


def is_image(name: str) -> bool:
    """Whether a file is taken for an image, by its name."""
    return name.lower().endswith(IMAGE_ENDINGS)


def image_names(folder: Path) -> list[str]:
    """Names of the images of a folder; hidden files are left out, among them the shadows that macOS writes."""
    with os.scandir(folder) as entries:
        return sorted(
            entry.name
            for entry in entries
            if is_image(entry.name) and not entry.name.startswith(".") and entry.is_file()
        )


def count_images(folder: Path) -> int:
    """How many images lie anywhere below a folder; 0 where there is no folder."""
    return sum(
        is_image(name) and not name.startswith(".")
        # Data sets are often linked into their place from another disk.
        for _, _, names in os.walk(folder, followlinks=True)
        for name in names
    )


def _require_none(place: Path, fault: str, names: Sequence[str], next_step: str) -> None:
    if names:
        raise DataSetDamaged(f"{place} {fault} {len(names)} class folders: {name_list(names)}. {next_step}")


def _require_balance(
    place: Path, names: Sequence[str], counts: Sequence[int], image_count: int, next_step: str
) -> None:
    each = image_count // len(names)
    odd = [f"{name} {count}" for name, count in zip(names, counts, strict=True) if count != each]
    if odd:
        raise DataSetDamaged(
            f"{place} must have {each} images of each label, and of {len(odd)} it has more or fewer: {name_list(odd)}. "
            f"{next_step}"
        )


def name_list(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def image_files(folder: Path) -> list[Path]:
    """The images of a folder, sorted by name."""
    return [folder / name for name in image_names(folder)]
