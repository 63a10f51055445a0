"""All sets of images of a benchmark of one's own, listed and in the order of its classes; nothing is opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from evaluation.datasets import DATA_SETS
from evaluation.datasets.class_orders import in_code_point_order, in_natural_order
from evaluation.datasets.dataset import DataSet, DataSetDamaged, DataSetMissing, Images
from evaluation.datasets.layouts import ClassFolders, SessionFiles, is_image, name_list
from evaluation.own_data.class_list import (
    in_order_of,
    named_in,
    require_bounds,
)
from evaluation.own_data.definition import Definition, ImageSet
from evaluation.own_data.labelled_files import (
    LabelledFiles,
    Listing,
    file_stamp,
    in_class_folders,
    in_table,
    same_place,
    walk,
)
from quba.dimension import Pass
from quba.errors import Refusal

CLEAN, MASKS = "clean", "masks"


@dataclass(frozen=True, kw_only=True)
class ImageSets:
    """What a folder holds.

    Attributes:
        classes: names in the order of the labels.
        clean: the images that everything rests on.
        shifted: the same classes under other conditions, by name.
        masks: files where the objects of the clean images are marked; None without `[masks]`.
        others: with the study's layout, its further sets by key and variant.
    """

    classes: tuple[str, ...]
    clean: LabelledFiles
    shifted: Mapping[str, LabelledFiles] = field(default_factory=dict)
    masks: LabelledFiles | None = None
    others: Mapping[str, LabelledFiles] = field(default_factory=dict)

    @property
    def marked_counts(self) -> list[int]:
        """How many clean images of each class have a file in the place of their mask."""
        there = set() if self.masks is None else set(self.masks.paths)
        marked = [same_place(path, ".png") in there for path in self.clean.paths]
        return [int(each) for each in np.bincount(self.clean.labels[marked], minlength=len(self.classes))]

    @property
    def by_name(self) -> dict[str, LabelledFiles]:
        """All of them under the names that the digest of the contents knows."""
        found = {CLEAN: self.clean, **{f"shifted/{name}": each for name, each in self.shifted.items()}, **self.others}
        return found if self.masks is None else {**found, MASKS: self.masks}


def image_sets(folder: Path, definition: Definition, classes: tuple[str, ...] | None = None) -> ImageSets:
    """List what a definition names.

    Args:
        folder: of the definition.
        definition: what it says.
        classes: in the order of the labels, where they are known already.

    Raises:
        Refusal: with a code for what is wrong and the next step.
    """
    if definition.clean is None:
        return _in_layout(folder, definition)
    clean = listing_of(folder, definition.clean)
    known = _classes(folder, definition, clean) if classes is None else classes
    _require_same_classes(known, clean, "the clean images")
    _require_images(known, clean)
    shifted = {name: _shifted_set(folder, name, each, known) for name, each in definition.shifted.items()}
    masks = None if definition.masks is None else _masks(folder / definition.masks.folder)
    return ImageSets(
        classes=known,
        clean=LabelledFiles.of(clean.root, clean.files, known, passed_over=clean.passed_over),
        shifted=shifted,
        masks=masks,
    )


def listing_of(folder: Path, image_set: ImageSet) -> Listing:
    """The files of one set.

    Raises:
        Refusal: as `in_class_folders` or `in_table`.
    """
    if image_set.table is not None:
        return in_table(folder / image_set.table)
    return in_class_folders(folder / (image_set.folder or ""))


def _classes(folder: Path, definition: Definition, clean: Listing) -> tuple[str, ...]:
    require_bounds(clean.classes, clean.root)
    if definition.classes.file is not None:
        file = folder / definition.classes.file
        return in_order_of(named_in(file), clean.classes, file)
    order = in_natural_order if definition.classes.order == "natural" else in_code_point_order
    return order(clean.classes)


def _shifted_set(folder: Path, name: str, image_set: ImageSet, classes: tuple[str, ...]) -> LabelledFiles:
    found = listing_of(folder, image_set)
    _require_same_classes(classes, found, f"the shifted set {name}")
    if not found.files:
        raise Refusal(
            "empty_set",
            f"{found.root}, the shifted set {name}, holds no images.",
            f"Fill it, or take out [shifted.{name}].",
        )
    return LabelledFiles.of(found.root, found.files, classes, passed_over=found.passed_over)


def _require_same_classes(classes: tuple[str, ...], found: Listing, what: str) -> None:
    foreign = sorted(set(found.classes).difference(classes))
    if foreign:
        raise Refusal(
            "unknown_classes",
            f"{found.root}, {what}, has {len(foreign)} classes that the benchmark does not have: {name_list(foreign)}.",
            "Move them away, or add images of them to the clean set.",
        )


def _require_images(classes: tuple[str, ...], clean: Listing) -> None:
    held = {file.class_name for file in clean.files}
    empty = [name for name in classes if name not in held]
    if empty:
        raise Refusal(
            "class_without_images",
            f"{clean.root} has {len(empty)} classes without an image: {name_list(empty)}.",
            "Add images of them, or remove their folders.",
        )


def _masks(root: Path) -> LabelledFiles:
    try:
        found = [(path, stamp) for path, stamp in walk(root) if path.lower().endswith(".png")]
    except FileNotFoundError:
        raise Refusal("no_such_folder", f"{root} is not there.", "Name a folder that is there in [masks].") from None
    # A folder lists its files in any order, and the digest follows this one.
    found.sort()
    return LabelledFiles(
        root=root,
        paths=tuple(path for path, _ in found),
        labels=np.zeros(len(found), dtype=np.int64),
        # Of three columns also where there is no file.
        stamps=np.array([stamp for _, stamp in found], dtype=np.int64).reshape(-1, 3),
    )


# ---- the layouts of the study and of the toy benchmark ------------------------------------------------------------


def layout_sets(layout: str) -> dict[Pass, DataSet]:
    """The data sets of a layout by pass, whose readers take as many images as are there."""
    return {
        each.source: replace(each, read=replace(each.read, whole=False))
        for each in DATA_SETS.values()
        if each.benchmark == layout and isinstance(each.read, ClassFolders | SessionFiles)
    }


def _in_layout(folder: Path, definition: Definition) -> ImageSets:
    others: dict[str, LabelledFiles] = {}
    clean: LabelledFiles | None = None
    classes: tuple[str, ...] = ()
    for source, data_set in layout_sets(definition.layout).items():
        for variant in data_set.variants:
            try:
                images = data_set.read(folder, variant)
            except DataSetMissing:
                continue
            except DataSetDamaged as error:
                raise Refusal("bad_layout", str(error), "Correct the folder and add it again.") from None
            files = _as_files(folder / data_set.folder, images)
            if source is Pass.CLEAN:
                clean, classes = files, _names(data_set)
            else:
                others[f"{data_set.key}/{variant}" if variant else data_set.key] = files
    if clean is None:
        place = layout_sets(definition.layout)[Pass.CLEAN].folder
        raise Refusal(
            "no_clean_set",
            f"{folder / place} holds no images, and everything rests on the clean ones.",
            f"Put the images of {place} there, in one folder per class, or leave out --layout.",
        )
    return ImageSets(classes=classes, clean=clean, others=others)


def _names(data_set: DataSet) -> tuple[str, ...]:
    read = data_set.read
    return read.names if isinstance(read, ClassFolders | SessionFiles) else ()


def _as_files(root: Path, images: Images) -> LabelledFiles:
    return LabelledFiles(
        root=root,
        paths=tuple(path.relative_to(root).as_posix() for path in images.paths),
        labels=images.labels,
        stamps=np.array([file_stamp(path) for path in images.paths], dtype=np.int64).reshape(-1, 3),
    )


def images_beside(folder: Path, definition: Definition) -> tuple[Path, list[tuple[str, tuple[int, int, int]]]] | None:
    """The images of `train/` in the folder with their stamps, where it is none of the sets itself."""
    train = folder / "train"
    sets = [each for each in (definition.clean, *definition.shifted.values()) if each is not None]
    taken = {(each.folder or "").rstrip("/") for each in sets if each.folder is not None}
    # Where train/ or the folder itself is one of the sets, nothing lies beside them.
    if not train.is_dir() or taken & {"train", ".", ""}:
        return None
    return train, [(path, stamp) for path, stamp in walk(train) if is_image(path)]
