"""The data sets of a benchmark of one's own as the engine measures them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evaluation.datasets.dataset import DataSet, DataSetDamaged, DataSetMissing, Images
from evaluation.datasets.decisions import any_class
from evaluation.datasets.reading import Exif
from evaluation.own_data.definition import CleanSet, Definition, ImageSet
from evaluation.own_data.image_sets import ImageSets, layout_sets, listing_of
from evaluation.own_data.labelled_files import LabelledFiles
from quba.dimension import Pass
from quba.errors import Refusal

_GONE = ("no_such_folder", "no_such_table", "listed_files_absent", "unreadable_folder")


@dataclass(frozen=True, kw_only=True)
class OwnImages:
    """Lists the images of a set when their turn comes: what changed since is noticed, and what is gone is said.

    Attributes:
        folder: of `benchmark.toml`.
        variants: the sets by their names.
        classes: in the order of the labels.
    """

    folder: Path
    variants: Mapping[str, ImageSet]
    classes: tuple[str, ...]

    def __call__(self, root: Path, variant: str) -> Images:  # noqa: ARG002 - it lies where it was registered
        """The images of one variant, by label and then by path.

        Raises:
            DataSetMissing: folder or table are not there.
            DataSetDamaged: they hold classes that the benchmark does not have, or no images.
        """
        try:
            found = listing_of(self.folder, self.variants[variant])
        except Refusal as refusal:
            kind = DataSetMissing if refusal.code in _GONE else DataSetDamaged
            raise kind(f"{refusal.message} {refusal.hint}") from None
        except OSError as error:
            raise DataSetMissing(f"{error.filename} cannot be read: {error.strerror}. Put it back.") from None
        foreign = sorted(set(found.classes).difference(self.classes))
        if foreign or not found.files:
            fault = f"has classes that were not registered, such as {foreign[0]}" if foreign else "holds no images"
            raise DataSetDamaged(f"{found.root} {fault}. Run `wellbehaved benchmark check` and add the folder again.")
        # In the order that was registered: a class whose images are gone must not move the labels of the others.
        files = LabelledFiles.of(found.root, found.files, self.classes)
        return Images(paths=tuple(files.root / path for path in files.paths), labels=files.labels)


@dataclass(frozen=True, kw_only=True)
class InFolder:
    """Lists the images of a published layout where they were registered, and not below the data folder.

    Attributes:
        folder: of `benchmark.toml`.
        read: of the layout's data set.
    """

    folder: Path
    read: Callable[[Path, str], Images]

    def __call__(self, root: Path, variant: str) -> Images:  # noqa: ARG002 - it lies where it was registered
        """The images of a variant; raises as the layout's own reader does."""
        return self.read(self.folder, variant)


def own_data_sets(key: str, folder: Path, definition: Definition, sets: ImageSets) -> dict[Pass, DataSet]:
    """The sets of a benchmark by the pass that runs over them.

    Args:
        key: of the benchmark.
        folder: of the definition.
        definition: what it says.
        sets: that it names, listed.
    """
    if definition.clean is None:
        return _of_layout(key, folder, definition.layout, sets)
    clean = _data_set(key, folder, definition.clean, sets, {"": definition.clean})
    found = {Pass.CLEAN: replace(clean, key=f"{key}-clean", label="Clean images", image_count=len(sets.clean))}
    if definition.shifted:
        shifted = _data_set(key, folder, definition.clean, sets, definition.shifted)
        found[Pass.SHIFTED] = replace(
            shifted,
            key=f"{key}-shifted",
            label="Shifted images",
            source=Pass.SHIFTED,
            image_count=max(map(len, sets.shifted.values())),
        )
    return found


def _data_set(key: str, folder: Path, clean: CleanSet, sets: ImageSets, variants: Mapping[str, ImageSet]) -> DataSet:
    return DataSet(
        key=key,
        benchmark=key,
        label=key,
        source=Pass.CLEAN,
        variants=tuple(variants),
        folder="",
        image_count=0,
        label_count=len(sets.classes),
        licence="one's own",
        how_to_get="Put the folder back where it was registered, or add it again.",
        archives=(),
        read=OwnImages(folder=folder, variants=variants, classes=sets.classes),
        decide=any_class,
        exif=Exif(clean.exif),
        unreadable_share=clean.unreadable_share,
        unreadable_most=clean.unreadable_most,
        own=True,
    )


def _of_layout(key: str, folder: Path, layout: str, sets: ImageSets) -> dict[Pass, DataSet]:
    """The study's sets with its labels and decisions, each with the images and variants that are there."""
    found = {}
    for source, data_set in layout_sets(layout).items():
        if source is Pass.CLEAN:
            counts = {"": len(sets.clean)}
        else:
            named = {variant: f"{data_set.key}/{variant}" if variant else data_set.key for variant in data_set.variants}
            counts = {variant: len(sets.others[name]) for variant, name in named.items() if name in sets.others}
        # Corruptions count only as a whole; without it they are made from the clean images.
        if counts and (source is not Pass.CORRUPTIONS or len(counts) == len(data_set.variants)):
            found[source] = replace(
                data_set,
                benchmark=key,
                variants=tuple(counts),
                image_count=max(counts.values()),
                read=InFolder(folder=folder, read=data_set.read),
                own=True,
            )
    return found
