"""What a look at a folder found, for a person to read before anything is measured."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from evaluation.own_data.availability import Availability
from evaluation.own_data.contents import Contents, Marks, read_files
from evaluation.own_data.definition import Definition
from evaluation.own_data.discovery import unused_sets
from evaluation.own_data.image_sets import CLEAN, MASKS, ImageSets, images_beside
from evaluation.own_data.labelled_files import LabelledFiles
from quba.errors import Refusal

MOST_CLASSES_NAMED = 1_000
"""So many classes stand in a report; of more, the first ones."""
MOST_EXAMPLES = 5


class Found(BaseModel):
    """How many files something holds for, and some of them.

    Attributes:
        count: of all.
        examples: paths below the folder.
    """

    model_config = ConfigDict(frozen=True)

    count: int = 0
    examples: list[str] = []


class Pairs(BaseModel):
    """How many files repeat another, and some of them with what they repeat.

    Attributes:
        count: of all that repeat one.
        examples: pairs of paths below the folder.
    """

    model_config = ConfigDict(frozen=True)

    count: int = 0
    examples: list[tuple[str, str]] = []


class Duplicates(BaseModel):
    """Files of equal contents.

    Attributes:
        within_class: clean images that repeat another of their class.
        between_classes: clean images that repeat one of another class.
        clean_and_shifted: images of shifted sets that repeat a clean one.
        clean_and_train: clean images that are in `train/` too.
    """

    model_config = ConfigDict(frozen=True)

    within_class: Pairs = Pairs()
    between_classes: Pairs = Pairs()
    clean_and_shifted: Pairs = Pairs()
    clean_and_train: Pairs = Pairs()


class ClassEntry(BaseModel):
    """A class.

    Attributes:
        name: as the folder or table has it.
        count: clean images.
        shifted: images in each shifted set.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    count: int
    shifted: dict[str, int] = {}


class Report(BaseModel):
    """What was found; its size is bounded whatever the folder holds.

    Attributes:
        class_count: of all.
        classes: in the order of the labels, the first ones where there are very many.
        smallest: the class with the fewest clean images.
        largest: the class with the most.
        unreadable: files that are no picture, of all sets.
        exif_rotated: photographs that are to be shown turned or mirrored.
        deep: of more than 8 bits.
        animated: of more than one picture.
        not_rgb: grey, with a palette, or kept in other colours.
        duplicates: files of equal contents.
        dimensions: of each whether it can be had.
        notes: sentences about the rest.
    """

    model_config = ConfigDict(frozen=True)

    class_count: int
    classes: list[ClassEntry]
    smallest: ClassEntry
    largest: ClassEntry
    unreadable: Found
    exif_rotated: Found
    deep: Found
    animated: Found
    not_rgb: Found
    duplicates: Duplicates
    dimensions: list[Availability]
    notes: list[str]


def survey(
    folder: Path, definition: Definition, sets: ImageSets, found: Contents, table: Sequence[Availability]
) -> Report:
    """Put together what is to be known of a folder.

    Args:
        folder: of the definition.
        definition: what it says.
        sets: that it names.
        found: what their files hold.
        table: which dimensions can be had.

    Raises:
        Refusal: `class_without_images` where none of a class can be read.
    """
    _require_readable_classes(sets, found)
    classes = _classes(sets)
    counted = [each for each in classes if each.count] or classes
    duplicates = _duplicates(folder, definition, sets, found)
    marked = {mark: _files_with(folder, sets, found, mark) for mark in Marks}
    return Report(
        class_count=len(classes),
        classes=classes[:MOST_CLASSES_NAMED],
        smallest=min(counted, key=lambda each: each.count),
        largest=max(counted, key=lambda each: each.count),
        unreadable=marked[Marks.UNREADABLE],
        exif_rotated=marked[Marks.EXIF_ROTATED],
        deep=marked[Marks.DEEP],
        animated=marked[Marks.ANIMATED],
        not_rgb=marked[Marks.NOT_RGB],
        duplicates=duplicates,
        dimensions=list(table),
        notes=list(_notes(folder, definition, sets, found, duplicates)),
    )


def _require_readable_classes(sets: ImageSets, found: Contents) -> None:
    readable = (found.marks[CLEAN] & Marks.UNREADABLE) == 0
    labels = sets.clean.labels
    held = np.bincount(labels, minlength=len(sets.classes))
    read = np.bincount(labels[readable], minlength=len(sets.classes))
    broken = [sets.classes[label] for label in np.flatnonzero((held > 0) & (read == 0)).tolist()]
    if broken:
        shown = ", ".join(broken[:3])
        raise Refusal(
            "class_without_images",
            f"{sets.clean.root} has {len(broken)} classes of which no image can be read: {shown}.",
            "Mend or replace their files, or remove their folders.",
        )


def _classes(sets: ImageSets) -> list[ClassEntry]:
    size = len(sets.classes)
    shifted = {name: files.counts(size) for name, files in sets.shifted.items()}
    return [
        ClassEntry(name=name, count=count, shifted={each: counts[label] for each, counts in shifted.items()})
        for label, (name, count) in enumerate(zip(sets.classes, sets.clean.counts(size), strict=True))
    ]


def _files_with(folder: Path, sets: ImageSets, found: Contents, mark: Marks) -> Found:
    count, examples = 0, []
    for name, files in sets.by_name.items():
        # A mask is grey by nature: that it cannot be read is the only fault that it may have.
        if name == MASKS and mark is not Marks.UNREADABLE:
            continue
        numbers = np.flatnonzero(found.marks[name] & mark)
        count += len(numbers)
        examples += [_path_below(folder, files, number) for number in numbers[:MOST_EXAMPLES].tolist()]
    return Found(count=count, examples=examples[:MOST_EXAMPLES])


def _path_below(folder: Path, files: LabelledFiles, number: int) -> str:
    return _below(folder, files.root / files.paths[number])


def _below(folder: Path, path: Path) -> str:
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    # A name that is no text must not cost the report.
    return shown.as_posix().encode("utf-8", "backslashreplace").decode()


def _duplicates(folder: Path, definition: Definition, sets: ImageSets, found: Contents) -> Duplicates:
    clean = sets.clean
    # By contents: the first image that has them, in the order of the set.
    first: dict[bytes, int] = {}
    within: list[tuple[str, str]] = []
    between: list[tuple[str, str]] = []
    for number, digest in _readable(found.digests[CLEAN], found.marks[CLEAN]):
        other = first.setdefault(digest, number)
        if other != number:
            pair = (_path_below(folder, clean, other), _path_below(folder, clean, number))
            (within if clean.labels[other] == clean.labels[number] else between).append(pair)
    shifted = [
        (_path_below(folder, clean, first[digest]), _path_below(folder, files, number))
        for name, files in sets.shifted.items()
        for number, digest in _readable(found.digests[f"shifted/{name}"], found.marks[f"shifted/{name}"])
        if digest in first
    ]
    return Duplicates(
        within_class=_pairs(within),
        between_classes=_pairs(between),
        clean_and_shifted=_pairs(shifted),
        clean_and_train=_pairs(_in_train(folder, definition, clean, first)),
    )


def _readable(digests: NDArray[np.uint8], marks: NDArray[np.uint8]) -> Iterable[tuple[int, bytes]]:
    return (
        (number, digest.tobytes())
        for number, (digest, mark) in enumerate(zip(digests, marks.tolist(), strict=True))
        if not mark & Marks.UNREADABLE
    )


def _in_train(
    folder: Path, definition: Definition, clean: LabelledFiles, first: dict[bytes, int]
) -> list[tuple[str, str]]:
    beside = images_beside(folder, definition)
    if beside is None:
        return []
    root, files = beside
    sizes = set(clean.stamps[:, 0].tolist())
    # Contents are equal only where sizes are: most of a large training set need not be read.
    paths = [path for path, stamp in files if stamp[0] in sizes]
    digests, marks = read_files([root / path for path in paths], images=False)
    return [
        (_path_below(folder, clean, first[digest]), _below(folder, root / paths[number]))
        for number, digest in _readable(digests, marks)
        if digest in first
    ]


def _pairs(pairs: Sequence[tuple[str, str]]) -> Pairs:
    return Pairs(count=len(pairs), examples=list(pairs[:MOST_EXAMPLES]))


def _notes(
    folder: Path, definition: Definition, sets: ImageSets, found: Contents, duplicates: Duplicates
) -> Iterable[str]:
    yield "Every file was opened and its end looked at; damage in the middle of one shows when it is measured."
    yield from _unreadable_notes(definition, sets, found)
    for name, files in sets.by_name.items():
        if files.passed_over:
            yield f"{files.passed_over} files of {name} have no image's name and are left out."
    for name, files in sets.shifted.items():
        lacking = len(sets.classes) - np.count_nonzero(files.counts(len(sets.classes)))
        if lacking:
            yield f"The shifted set {name} has no images of {lacking} of the {len(sets.classes)} classes."
    for name in unused_sets(folder, definition, sets.classes):
        yield f'{name}/ has folders of the same classes and is not used; [shifted.{name}] folder = "{name}" adds it.'
    if duplicates.clean_and_train.count:
        yield "Images that a model was trained on say nothing about new ones: take them out of the clean set."
    if duplicates.between_classes.count:
        yield "An image that lies in two classes is counted wrong in one of them whatever a model decides."
    if sets.masks is not None:
        wanted = {Path(path).with_suffix(".png").as_posix() for path in sets.clean.paths}
        yield f"{len(wanted.intersection(sets.masks.paths))} of {len(sets.clean)} clean images have a mask."


def _unreadable_notes(definition: Definition, sets: ImageSets, found: Contents) -> Iterable[str]:
    if definition.clean is None:
        return
    for name, files in sets.by_name.items():
        count = int(np.count_nonzero(found.marks[name] & Marks.UNREADABLE))
        allowed = max(definition.clean.unreadable_share * len(files), definition.clean.unreadable_most)
        if count > allowed and name != MASKS:
            yield (
                f"{count} of {len(files)} images of {name} cannot be read, more than unreadable_share and "
                "unreadable_most allow: it cannot be measured until they are mended or removed."
            )
