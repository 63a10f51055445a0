"""From a folder to what is kept of one version of a benchmark of one's own, and from that to what is measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

from evaluation.benchmark import Benchmark
from evaluation.datasets.dataset import Images
from evaluation.datasets.reading import Exif
from evaluation.own_data.availability import availability, declared_dimensions
from evaluation.own_data.contents import contents
from evaluation.own_data.data_sets import own_data_sets
from evaluation.own_data.definition import (
    FILE_NAME,
    LONGEST_LABEL,
    Definition,
    Layout,
    checked_key,
    definition_of,
    key_of,
    read_definition,
)
from evaluation.own_data.discovery import found_definition
from evaluation.own_data.generated import Source, data_sets
from evaluation.own_data.image_sets import ImageSets, image_sets
from evaluation.own_data.masks import marked_images
from evaluation.own_data.survey import survey
from quba.benchmarks import BUILT_IN
from quba.dimension import Pass
from quba.errors import Refusal
from quba.vocabulary import Protocol

_MOST_MASKS_LOOKED_AT = 5_000


class Registration(BaseModel):
    """One version of a benchmark, as a store keeps it and REST shows it.

    Attributes:
        key: its name everywhere.
        label: its name on screen.
        description: what is in it, in a sentence; may be empty.
        layout: how the folder is laid out.
        folder: absolute, that of `benchmark.toml`, on the machine that looked.
        definition: the file's contents as JSON.
        classes: names in the order of the labels.
        class_counts: clean images of each class.
        image_count: images of all sets.
        digest: "sha256:..." over class list and file contents of all sets, whatever the folder is called.
        dimensions: keys of those that it declares.
        default_protocol: where attacks happen unless one asks otherwise.
        report: what looking at the folder found, as JSON of bounded size.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    label: str
    description: str
    layout: str
    folder: str
    definition: dict[str, JsonValue]
    classes: list[str]
    class_counts: list[int]
    image_count: int
    digest: str
    dimensions: list[str]
    default_protocol: str = Protocol.CORRECTED.value
    report: dict[str, JsonValue]


def inspect(
    folder: Path, *, key: str | None = None, label: str | None = None, layout: Layout = "folders", cache: Path
) -> Registration:
    """Look at a folder and say what a store would keep of it. Nothing is written but the cache.

    Args:
        folder: with a `benchmark.toml`, or without, where what it would say is found out.
        key: of the benchmark, where the file has none.
        label: alike.
        layout: alike.
        cache: folder in which digests are kept by the files' stamps.

    Raises:
        Refusal: with a code for what is wrong and the next step.
    """
    place = folder.expanduser().absolute()
    definition = _with_name(_definition(place, layout), place, key=key, label=label)
    sets = image_sets(place, definition)
    table = availability(definition, sets, masks=_shortage_of_masks(definition, sets))
    dimensions = declared_dimensions(definition, table)
    # Before the images are read, which takes longest.
    if not dimensions:
        raise Refusal(
            "no_dimensions",
            f"{place / FILE_NAME} uses {', '.join(definition.dimensions.use)}, and none of these can be had.",
            f'Write use = "available" in {FILE_NAME}; the table of dimensions says what each needs.',
        )
    found = contents(place, definition, sets, cache)
    report = survey(place, definition, sets, found, table)
    return Registration(
        key=definition.key or "",
        label=definition.label or "",
        description=definition.description,
        layout=definition.layout,
        folder=str(place),
        definition=definition.model_dump(mode="json", exclude_unset=True, exclude_none=True),
        classes=list(sets.classes),
        class_counts=sets.clean.counts(len(sets.classes)),
        image_count=sum(map(len, (sets.clean, *sets.shifted.values(), *sets.others.values()))),
        digest=found.digest,
        dimensions=list(dimensions),
        report=report.model_dump(mode="json"),
    )


def edited_definition(folder: Path, definition: Mapping[str, Any]) -> str:
    """In a sentence, what of the folder's `benchmark.toml` is not what was registered; empty where nothing is.

    No image is looked at.

    Args:
        folder: of `benchmark.toml`; without one, as of a read-only folder, nothing was edited.
        definition: as it was registered.

    Raises:
        Refusal: `bad_definition`, where the file breaks a rule now.
    """
    if not (folder / FILE_NAME).is_file():
        return ""
    written = read_definition(folder)
    registered = definition_of(definition).model_dump(mode="json")
    # The names of a benchmark say nothing of what is measured, and may have been given on the command line.
    edited = [
        name
        for name, value in written.model_dump(mode="json").items()
        if name not in ("key", "label", "description") and value != registered[name]
    ]
    return f"{folder / FILE_NAME} was edited: {', '.join(edited)}." if edited else ""


def benchmark_of(folder: Path, definition: Mapping[str, Any], classes: Sequence[str], digest: str) -> Benchmark:
    """Open what was registered, without reading a file.

    Args:
        folder: of `benchmark.toml` on this machine.
        definition: as it was registered.
        classes: as they were registered.
        digest: as it was registered.

    Raises:
        Refusal: as `image_sets`, such as for a folder that is gone or has other classes.
    """
    known = definition_of(definition)
    sets = image_sets(folder, known, tuple(classes))
    key = known.key or checked_key(key_of(folder.name))
    dimensions = declared_dimensions(known, availability(known, sets))
    own = own_data_sets(key, folder, known, sets)
    source = Source(
        clean=own[Pass.CLEAN],
        images_root=sets.clean.root,
        classes=sets.classes,
        digest=digest,
        masks=None if sets.masks is None else sets.masks.root,
        renditions=tuple(known.generated.renditions),
    )
    return Benchmark(
        key=key,
        label=known.label or folder.name,
        class_count=len(sets.classes),
        data_sets={**own, **data_sets(source)},
        default_protocol=Protocol.CORRECTED.value,
        folder=folder,
        classes=sets.classes,
        digest=digest,
        dimensions=dimensions,
        # What cannot be had costs nothing, and its place in the results says why.
        measured=None if known.dimensions.use == "available" else dimensions,
    )


def _shortage_of_masks(definition: Definition, sets: ImageSets) -> str:
    """Why the masks do not suffice, from a look at each; of very many only at their places, as they take a while."""
    if definition.clean is None or sets.masks is None or len(sets.clean) > _MOST_MASKS_LOOKED_AT:
        return ""
    images = Images(paths=tuple(sets.clean.root / path for path in sets.clean.paths), labels=sets.clean.labels)
    exif = Exif(definition.clean.exif)
    return marked_images(images, root=sets.clean.root, folder=sets.masks.root, exif=exif).shortage(sets.classes)


def _definition(folder: Path, layout: Layout) -> Definition:
    try:
        definition = read_definition(folder)
    except Refusal as refusal:
        if refusal.code != "no_definition":
            raise
        return found_definition(folder, layout)
    # Whoever names no layout has asked for `folders`, which contradicts no file.
    if layout not in ("folders", definition.layout):
        raise Refusal(
            "another_layout",
            f"{folder / FILE_NAME} says layout {definition.layout}, and {layout} was asked for.",
            f"Leave out --layout, or correct {FILE_NAME}.",
        )
    return definition


def _with_name(definition: Definition, folder: Path, *, key: str | None, label: str | None) -> Definition:
    """With its key and label said outright, so that the folder's name plays no part any more."""
    if key is not None and definition.key not in (None, key):
        raise Refusal(
            "another_key",
            f"{folder / FILE_NAME} says key {definition.key}, and {key[:80]} was asked for.",
            f"Leave out --key, or change the key in {FILE_NAME}.",
        )
    chosen = definition.key or key or key_of(folder.name)
    if not chosen:
        raise Refusal(
            "bad_key",
            f"The name of {folder} gives no key: a key has lower-case Latin letters, digits, points and hyphens.",
            "Choose one with --key, as in --key flowers.",
        )
    if checked_key(chosen) in BUILT_IN:
        raise Refusal(
            "key_taken",
            f"The key {chosen} is that of a benchmark that comes with the program.",
            f"Choose another with --key, as in --key my-{chosen}.",
        )
    # The name of a folder need not be text.
    shown = label or definition.label or folder.name.encode("utf-8", "replace").decode()
    if len(shown) > LONGEST_LABEL:
        raise Refusal(
            "bad_label", f"The label has {len(shown)} characters; at most {LONGEST_LABEL} are shown.", "Shorten it."
        )
    return definition.model_copy(update={"key": chosen, "label": shown})
