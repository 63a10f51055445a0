"""The sets that are generated from a benchmark's clean images and masks, as the engine measures them."""

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Int

from evaluation.datasets.dataset import DataSet, DataSetDamaged, Images
from evaluation.datasets.decisions import any_class, any_class_last_on_ties
from evaluation.datasets.reading import Exif, Unreadable, shown_size
from evaluation.own_data.compositing import composite, pairs
from evaluation.own_data.inpainting import painted_over
from evaluation.own_data.kept_sets import Job, kept_set
from evaluation.own_data.masks import Marked, MaskFault, decoded_mask, marked_images
from evaluation.own_data.renditions import RENDITIONS
from evaluation.own_data.silhouettes import inner_square, texture_of_each, textured_silhouette
from evaluation.own_data.working_size import ObjectMask, Pixels, read_pixels, shrunk_mask
from quba.benchmarks import version_folder
from quba.dimension import Pass

MOST_IMAGES = 4_000
"""About how many images a set made with masks has at most, as ImageNet-9: its errors are small enough then."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_MADE_WITH_MASKS = {
    Pass.MIXED_SAME: "objects before backgrounds of their own class",
    Pass.MIXED_RAND: "objects before backgrounds of other classes",
    Pass.CUE_CONFLICT: "silhouettes filled with the texture of other classes",
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """What sets are generated from.

    Attributes:
        clean: the clean images.
        images_root: folder below which they lie, as masks do below theirs.
        classes: names in the order of the labels.
        digest: of the benchmark's contents, "sha256:...".
        masks: folder of the masks; None where there are none.
        renditions: those that are asked for.
    """

    clean: DataSet
    images_root: Path
    classes: tuple[str, ...]
    digest: str
    masks: Path | None = None
    renditions: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Of the benchmark."""
        return self.clean.benchmark

    def place(self, data: Path) -> Path:
        """Where the generated sets of this version of the benchmark lie below the data folder."""
        return generated_folder(data, self.key, self.digest)


def generated_folder(data: Path, key: str, digest: str) -> Path:
    """Where the generated sets of one version of a benchmark lie below the data folder."""
    return data / version_folder(key, digest)


def data_sets(source: Source) -> dict[Pass, DataSet]:
    """The sets by the pass that runs over them; each is made when it is first read, and found again afterwards."""
    found: dict[Pass, DataSet] = {}
    if source.masks is not None:
        most = min(MOST_IMAGES, source.clean.image_count)
        for kind, words in _MADE_WITH_MASKS.items():
            made = _data_set(source, kind, f"Generated: {words}")
            found[kind] = replace(made, image_count=most, read=MadeWithMasks(source=source, kind=kind))
        # As in the study, where a reversed sort decides.
        found[Pass.CUE_CONFLICT] = replace(found[Pass.CUE_CONFLICT], decide=any_class_last_on_ties)
    if source.renditions:
        made = _data_set(source, Pass.GENERATED, "Generated renditions")
        found[Pass.GENERATED] = replace(made, variants=source.renditions, read=Renditions(source=source))
    return found


def _data_set(source: Source, kind: Pass, label: str) -> DataSet:
    return replace(
        source.clean,
        key=f"{source.key}-{kind.value.replace('_', '-')}",
        label=label,
        source=kind,
        # Written by this program as PNG, upright.
        exif=Exif.IGNORE,
        decide=any_class,
    )


@dataclass(frozen=True, kw_only=True)
class Renditions:
    """Lists the renditions of the clean images, in the order of these; a full disk is an `OSError`."""

    source: Source

    def __call__(self, root: Path, variant: str) -> Images:
        """The images of one rendition.

        Raises:
            DataSetMissing: the clean images are not there.
            DataSetDamaged: they are not as they must be, or the data folder cannot be written.
        """
        source = self.source
        clean = source.clean.read(root, source.clean.variants[0])

        def jobs() -> Sequence[Job]:
            return [
                Job(
                    make=partial(_rendition, path, source.clean.exif, RENDITIONS[variant]),
                    label=label,
                    caption=source.classes[label],
                    # Counted as unreadable there as here, so that both sets hold the same images.
                    instead=str(path),
                )
                for path, label in zip(clean.paths, clean.labels.tolist(), strict=True)
            ]

        return _make_or_read(
            source.place(root), f"rendition-{variant}", jobs, f"the rendition {variant} of the clean images"
        )


def _rendition(path: Path, exif: Exif, make: Callable[[Pixels], Pixels]) -> Pixels | None:
    try:
        return make(read_pixels(path, exif=exif))
    except Unreadable:
        return None


@dataclass(frozen=True, kw_only=True)
class MadeWithMasks:
    """Lists one of the sets that are made of objects and their backgrounds; a full disk is an `OSError`."""

    source: Source
    kind: Pass

    def __call__(self, root: Path, variant: str) -> Images:  # noqa: ARG002 - there is but one
        """The images of the set.

        Raises:
            DataSetMissing: the clean images are not there.
            DataSetDamaged: there are too few masks of use, or the data folder cannot be written.
        """
        source = self.source
        clean = source.clean.read(root, source.clean.variants[0])
        make = _cue_conflict_jobs if self.kind is Pass.CUE_CONFLICT else partial(_mixed_jobs, kind=self.kind)
        return _make_or_read(
            source.place(root),
            self.kind.value.replace("_", "-"),
            lambda: make(source, sampled_images(source, clean)),
            _MADE_WITH_MASKS[self.kind],
        )


def _make_or_read(place: Path, name: str, jobs: Callable[[], Sequence[Job]], words: str) -> Images:
    try:
        found = kept_set(place, name, jobs, words)
    except OSError as error:
        # A full disk is nobody's fault for good: whoever runs this waits for room and goes on.
        if error.errno in _FULL:
            raise
        raise DataSetDamaged(
            f"{place / name} cannot be made: {error.strerror or error}. Allow writing there."
        ) from error
    if not found.paths:
        raise DataSetDamaged(f"{place / name} is empty: none of the images that it is made of can be read.")
    return found


def sampled_images(source: Source, clean: Images) -> Marked:
    """The marked images that sets are made of: all, or as many of each class where they are very many.

    Raises:
        DataSetDamaged: some class has too few.
    """
    assert source.masks is not None  # noqa: S101 - narrows; without masks there is no set that asks
    # In the order of label and path, whatever order the files were listed in.
    order = sorted(range(len(clean.paths)), key=lambda each: (int(clean.labels[each]), clean.paths[each].as_posix()))
    listed = Images(paths=tuple(clean.paths[each] for each in order), labels=clean.labels[order])
    marked = marked_images(listed, root=source.images_root, folder=source.masks, exif=source.clean.exif)
    if short := marked.shortage(source.classes):
        raise DataSetDamaged(short)
    # Most sets are smaller and keep the proportions of the clean images, which the clean accuracy is measured with.
    if len(marked.masks) <= MOST_IMAGES:
        return marked
    per_class = -(-MOST_IMAGES // len(source.classes))
    members = [np.flatnonzero(marked.images.labels == label) for label in range(len(source.classes))]
    positions = np.concatenate([each[_even_places(len(each), per_class)] for each in members])
    return Marked(
        images=Images(
            paths=tuple(marked.images.paths[each] for each in positions), labels=marked.images.labels[positions]
        ),
        masks=tuple(marked.masks[each] for each in positions),
        faults=marked.faults,
    )


def _even_places(count: int, most: int) -> Int[np.ndarray, " places"]:
    """Places at equal distances, all of them where they are no more than asked for."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


@dataclass(frozen=True)
class _Objects:
    """Pictures with their masks, read when they are needed: all at once would not fit into memory."""

    source: Source
    marked: Marked

    def pixels(self, position: int) -> Pixels:
        return read_pixels(self.marked.images.paths[position], exif=self.source.clean.exif)

    def mask(self, position: int, like: Pixels) -> ObjectMask:
        size = shown_size(self.marked.images.paths[position], exif=self.source.clean.exif)
        return shrunk_mask(decoded_mask(self.marked.masks[position], size), *like.shape[:2])

    def background(self, position: int) -> Pixels:
        pixels = self.pixels(position)
        return painted_over(pixels, self.mask(position, pixels))

    def before(self, position: int, other: int) -> Pixels | None:
        """The object of one image before the background of another."""
        try:
            pixels = self.pixels(position)
            return composite(pixels, self.mask(position, pixels), self.background(other))
        except (Unreadable, MaskFault):
            return None

    def filled_from(self, position: int, donor: int) -> Pixels | None:
        """The silhouette of one image filled with the texture of another's object."""
        try:
            theirs = self.pixels(donor)
            patch = inner_square(self.mask(donor, theirs))
            return textured_silhouette(self.mask(position, self.pixels(position)), theirs, patch)
        except (Unreadable, MaskFault):
            return None

    def inner_side(self, position: int) -> float:
        """Of the square inside the object, as a share of the picture's shorter side."""
        width, height = shown_size(self.marked.images.paths[position], exif=self.source.clean.exif)
        mask = decoded_mask(self.marked.masks[position], (width, height))
        return inner_square(mask).side / min(width, height)


def _mixed_jobs(source: Source, marked: Marked, *, kind: Pass) -> list[Job]:
    objects = _Objects(source, marked)
    labels = marked.images.labels
    found = pairs(labels)
    behind = found.same if kind is Pass.MIXED_SAME else found.other
    return [
        Job(
            make=partial(objects.before, position, other),
            label=label,
            caption=f"{source.classes[label]}\nbefore {source.classes[labels[other]]}",
        )
        for position, (label, other) in enumerate(zip(labels.tolist(), behind.tolist(), strict=True))
    ]


def _cue_conflict_jobs(source: Source, marked: Marked) -> list[Job]:
    objects = _Objects(source, marked)
    labels: Int[np.ndarray, " images"] = marked.images.labels
    donors = texture_of_each(labels, np.array([objects.inner_side(each) for each in range(len(labels))]))
    return [
        Job(
            make=partial(objects.filled_from, position, donor),
            label=label,
            texture=int(labels[donor]),
            caption=f"{source.classes[label]}\nin {source.classes[labels[donor]]}",
        )
        for position, (label, donor) in enumerate(zip(labels.tolist(), donors.tolist(), strict=True))
    ]
