"""What a folder without `benchmark.toml` seems to be: where its clean images lie, and what lies beside them unused."""

from pathlib import Path

from evaluation.own_data.definition import CleanSet, Definition, Layout, Masks, definition_of
from evaluation.own_data.labelled_files import entries_of
from quba.errors import Refusal

CLEAN_FOLDERS = ("val", "validation", "valid", "test")
"""Names that people give the images they do not train on, in the order in which they are looked for."""
_TABLES = ("labels.csv", "metadata.jsonl")
_MASKS, _TRAIN = "masks", "train"


def found_definition(folder: Path, layout: Layout) -> Definition:
    """The definition of a folder that has none.

    Raises:
        Refusal: `no_such_folder`, or `no_class_folders` where the images to measure on cannot be told.
    """
    names = folders_in(folder)
    if layout != "folders":
        return definition_of({"layout": layout})
    masks = Masks(folder=_MASKS) if _MASKS in names else None
    clean = next((name for name in CLEAN_FOLDERS if name in names), None)
    if clean is not None:
        return _definition(CleanSet(folder=clean), masks)
    table = next((name for name in _TABLES if (folder / name).is_file()), None)
    if table is not None:
        return _definition(CleanSet(table=table), masks)
    if _TRAIN in names:
        raise Refusal(
            "no_clean_set",
            f"{folder} holds train/ and none of {', '.join(CLEAN_FOLDERS)}: which images a model has not seen is not "
            "said.",
            'Put the images to measure on into val/, or write benchmark.toml with [clean] and folder = "NAME".',
        )
    return _definition(CleanSet(folder="."), None)


def _definition(clean: CleanSet, masks: Masks | None) -> Definition:
    return Definition(clean=clean) if masks is None else Definition(clean=clean, masks=masks)


def folders_in(folder: Path) -> tuple[str, ...]:
    """The folders in a folder, links followed and hidden ones left out.

    Raises:
        Refusal: `no_such_folder`, or `unreadable_folder`.
    """
    return tuple(entry.name for entry in entries_of(folder) if entry.is_dir())


def unused_sets(folder: Path, definition: Definition, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Folders beside the clean images that hold folders of the same classes and that the definition does not name."""
    if definition.clean is None or definition.clean.folder in (None, "."):
        return ()
    sets = [definition.clean, *definition.shifted.values()]
    taken = {each.folder for each in sets} | {_TRAIN, _MASKS, definition.masks.folder if definition.masks else _MASKS}
    found = []
    for name in folders_in(folder):
        held = set() if name in taken else set(folders_in(folder / name))
        if held and held <= set(classes):
            found.append(name)
    return tuple(found)
