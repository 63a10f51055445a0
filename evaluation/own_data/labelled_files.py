"""The files of one set of images with the class of each, as a folder or a table gives them; nothing is opened."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.datasets.layouts import is_image, name_list
from evaluation.own_data.label_tables import read_table
from quba.errors import Refusal

_DEEPEST = 40
_ABSENT = (-1, -1, -1)
_TREE = 'Give it one folder of images per class, or list paths and labels in a table: [clean] table = "labels.csv".'


class File(NamedTuple):
    """One file that is taken for an image.

    Attributes:
        path: below the set's root, with slashes.
        class_name: as folder or table says.
        stamp: size, time of change in nanoseconds, inode; -1 each where it cannot be had, as of a dead link.
    """

    path: str
    class_name: str
    stamp: tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class LabelledFiles:
    """A set of images in the order in which it is measured: by label, then by path.

    Attributes:
        root: folder below which the paths lie.
        paths: one for each image.
        labels: the position of its class.
        stamps: size, time of change and inode of each, as `File` has them.
        passed_over: files beside them whose names are no image's.
    """

    root: Path
    paths: tuple[str, ...]
    labels: NDArray[np.int64]
    stamps: NDArray[np.int64]
    passed_over: int = 0

    def __len__(self) -> int:
        return len(self.paths)

    def counts(self, class_count: int) -> list[int]:
        """How many images each class has."""
        return [int(each) for each in np.bincount(self.labels, minlength=class_count)]

    @classmethod
    def of(cls, root: Path, files: Sequence[File], classes: Sequence[str], *, passed_over: int = 0) -> "LabelledFiles":
        """In the order of the labels.

        Args:
            root: below which the paths lie.
            files: whose classes are all among `classes`.
            classes: in the order of the labels.
            passed_over: files beside them.
        """
        label_of = {name: label for label, name in enumerate(classes)}
        # Sorted here and not as the disk lists them: the order of the images is part of every seed and of the evidence.
        ordered = sorted(files, key=lambda file: (label_of[file.class_name], file.path))
        return cls(
            root=root,
            paths=tuple(file.path for file in ordered),
            labels=np.array([label_of[file.class_name] for file in ordered], dtype=np.int64),
            stamps=np.array([file.stamp for file in ordered], dtype=np.int64).reshape(-1, 3),
            passed_over=passed_over,
        )


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a folder or table lists, before the order of the classes is known.

    Attributes:
        root: below which the paths lie.
        classes: names, in no order that means anything; some may have no image.
        files: that are taken for images.
        passed_over: files beside them.
    """

    root: Path
    classes: tuple[str, ...]
    files: tuple[File, ...]
    passed_over: int


def in_class_folders(root: Path) -> Listing:
    """The images below the class folders of a folder. Linked folders and files are followed.

    Raises:
        Refusal: `no_such_folder`, `unreadable_folder`, `no_class_folders`, or `link_loop`.
    """
    entries = entries_of(root)
    names = sorted(entry.name for entry in entries if entry.is_dir())
    if not names:
        flat = sum(is_image(entry.name) for entry in entries)
        held = f"{flat} images and no folders" if flat else "neither folders nor images"
        raise Refusal("no_class_folders", f"{root} holds {held}.", _TREE)
    files: list[File] = []
    passed_over = 0
    for name in names:
        _require_text(root, name)
        for path, stamp in walk(root / name):
            if is_image(path):
                files.append(File(f"{name}/{path}", name, stamp))
            else:
                passed_over += 1
    return Listing(root=root, classes=tuple(names), files=tuple(files), passed_over=passed_over)


def in_table(table: Path) -> Listing:
    """The images that a table lists, below the table's folder.

    Raises:
        Refusal: as `read_table`, or `listed_files_absent`.
    """
    root = table.parent
    files = [File(path, label, file_stamp(root / path)) for path, label in read_table(table)]
    absent = [file.path for file in files if file.stamp == _ABSENT]
    if absent:
        raise Refusal(
            "listed_files_absent",
            f"{table} lists {len(absent)} files that are not there: {name_list(absent)}.",
            "Correct the paths, which are relative to the table's folder, or take out the rows.",
        )
    return Listing(
        root=root, classes=tuple(sorted({file.class_name for file in files})), files=tuple(files), passed_over=0
    )


def walk(folder: Path) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """All files below a folder with their stamps, following links; hidden ones are left out.

    Raises:
        Refusal: `link_loop` where a linked folder leads back to one that holds it; `unreadable_folder`.
    """
    yield from _walk(folder, "", ())


def _walk(folder: Path, prefix: str, trail: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, tuple[int, int, int]]]:
    status = folder.stat()
    here = (status.st_dev, status.st_ino)
    # By device and inode: a link back has another path each time round.
    if here in trail or len(trail) > _DEEPEST:
        raise Refusal(
            "link_loop",
            f"{folder} leads back to a folder that holds it.",
            "Remove that link: it would list the same images without end.",
        )
    for entry in entries_of(folder):
        if entry.is_dir():
            yield from _walk(folder / entry.name, f"{prefix}{entry.name}/", (*trail, here))
        else:
            yield f"{prefix}{entry.name}", file_stamp(entry)


def entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder by name, hidden files and folders left out.

    Raises:
        Refusal: `no_such_folder`, or `unreadable_folder`.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        raise Refusal(
            "no_such_folder", f"{folder} is not a folder that is there.", "Name a folder that is there."
        ) from None
    except OSError as error:
        raise Refusal(
            "unreadable_folder", f"{folder} cannot be read: {error.strerror}.", "Allow reading it, or leave it out."
        ) from None


def file_stamp(place: "os.DirEntry[str] | Path") -> tuple[int, int, int]:
    """Size, time of change in nanoseconds and inode; -1 each where they cannot be had."""
    try:
        status = place.stat()
    # A dead link, or a file that went while the folder was listed.
    except OSError:
        return _ABSENT
    return status.st_size, status.st_mtime_ns, status.st_ino


def _require_text(root: Path, name: str) -> None:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        shown = name.encode("utf-8", "backslashreplace").decode()
        raise Refusal(
            "bad_class_name", f"The class folder {shown[:80]!r} of {root} is not named in UTF-8.", "Rename it."
        ) from None


def same_place(path: str, ending: str) -> str:
    """The same path with another ending, such as that of an image's mask.

    >>> same_place("rose/a.b.jpg", ".png")
    'rose/a.b.png'
    """
    return str(PurePosixPath(path).with_suffix(ending))
