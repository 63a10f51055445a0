"""What lies in the place of a data set that is not as it must be, and what is most likely to put it right."""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from evaluation.datasets.dataset import DataSet
from evaluation.datasets.layouts import ClassFolders, SessionFiles, count_images, image_names, is_image, name_list

_PASSED_OVER = (
    ".heic",
    ".heif",
    ".jxl",
    ".dng",
    ".cr2",
    ".nef",
    ".arw",
    ".svg",
    ".pdf",
    ".npy",
    ".mat",
    ".zip",
    ".tar",
)
# An archive unpacked in the wrong folder adds one or two levels; the authors' own of ImageNet has three.
_DEEPEST = 4
_MOST_FOLDERS = 2_000


def findings(data_set: DataSet, root: Path, variant: str) -> tuple[str, ...]:
    """What there is of a variant, in whole sentences; folders are listed and no image is opened.

    Args:
        data_set: that is missing or damaged.
        root: the data folder.
        variant: the first one at fault.

    Raises:
        OSError: a folder cannot be listed.
    """
    reader = data_set.read
    if isinstance(reader, ClassFolders):
        place = reader.place(root, variant)
        if place.is_dir():
            return tuple(_of_class_folders(place, root, reader))
        return tuple(_of_nothing(place, root, reader.names, variant))
    if isinstance(reader, SessionFiles):
        place = root / reader.folder
        return tuple(_of_one_folder(place, reader) if place.is_dir() else _of_nothing(place, root, (), variant))
    return ()


def _of_class_folders(place: Path, root: Path, reader: ClassFolders) -> Iterator[str]:
    folders = _folders(place)
    known = [name for name in folders if name in set(reader.names)]
    foreign = [name for name in folders if name not in set(reader.names)]
    deeper = _deeper([place / name for name in foreign], reader.names, place.name)
    if foreign:
        yield f"{place} has {len(known):,} of {len(reader.names):,} class folders and {_others(foreign)}."
    elif known:
        yield f"{place} has {len(known):,} of {len(reader.names):,} class folders."
        yield from _count_findings(place, known, reader)
    if deeper:
        # Not that the others have wrong names: whoever renamed them would have classes of one folder.
        yield f"{_lie_in(deeper, reader.names)} Move what is in it to {place}; no other folder may be left there."
    elif foreign:
        yield from _naming_findings(foreign, known, reader.names)
    if not known and not deeper:
        yield from _higher(place, root, reader.names)
    yield from _passed_over(place)


def _lie_in(folder: Path, names: Collection[str]) -> str:
    inside = len(set(_folders(folder)).intersection(names))
    return f"{inside:,} of the {len(names):,} class folders lie deeper, in {folder}."


def _deeper(tops: Sequence[Path], names: Collection[str], ending: str, *, only: bool = False) -> Path | None:
    """The folder with class folders in it, among some and all below them; the nearest of several.

    Args:
        tops: where to begin.
        names: of class folders.
        ending: of the path of the likeliest one: beside the images for testing often lie those for training.
        only: whether no other will do.
    """
    class_folders, parts = set(names), Path(ending).parts
    found = [folder for folder in _below(tops, class_folders) if class_folders.intersection(_folders(folder))]
    likely = [folder for folder in found if folder.parts[-len(parts) :] == parts]
    return next(iter(likely if only else likely + found), None)


def _below(tops: Sequence[Path], class_folders: Collection[str]) -> Iterator[Path]:
    """These folders and those in them, the nearest first, without looking into class folders, which are large."""
    waiting = deque((top, 1) for top in tops)
    for _ in range(_MOST_FOLDERS):
        if not waiting:
            return
        folder, depth = waiting.popleft()
        yield folder
        if depth < _DEEPEST:
            inside = [name for name in _folders(folder) if name not in class_folders]
            waiting.extend((folder / name, depth + 1) for name in inside)


def _higher(place: Path, root: Path, names: Sequence[str]) -> Iterator[str]:
    above = place.parent
    # Never above the data folder: what lies there is none of this program's business.
    while root in (above, *above.parents):
        inside = set(_folders(above)).intersection(names) if above.is_dir() else set()
        if inside:
            yield f"{len(inside):,} class folders lie in {above}. Move them to {place}."
            return
        above = above.parent


def _naming_findings(foreign: Sequence[str], known: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    # Names typed by hand, or that went through a file system that ignores case.
    by_case = {name.lower().strip(): name for name in names}
    alike = [name for name in foreign if name.lower().strip() in by_case]
    if alike:
        right = by_case[alike[0].lower().strip()]
        yield f"{len(alike):,} of them differ in capitals or spaces only: name {alike[0]!r} {right!r}."
    elif not known:
        yield (
            f"None of them is the name of a class; those are like {name_list(names)}. "
            "Name each folder so, for the order of other names would give the images wrong labels."
        )


def _count_findings(place: Path, known: Sequence[str], reader: ClassFolders) -> Iterator[str]:
    counts = [len(image_names(place / name)) for name in known]
    low, high = min(counts), max(counts)
    # Images that lie one folder too deep leave the class folders without any.
    if high == 0:
        below = [name for name in known if count_images(place / name)]
        if below:
            inner = ", ".join(_folders(place / below[0])[:1])
            yield (
                f"{len(below):,} class folders hold their images one folder deeper, such as "
                f"{place / below[0] / inner}. Move the images up into their class folder."
            )
        return
    each = f"{low:,} images" if low == high else f"{low:,} to {high:,} images"
    if not reader.balanced:
        yield f"They hold {each} each, {sum(counts):,} in all, of {reader.image_count:,}."
    elif (low, high) != (needed := reader.image_count // len(reader.names),) * 2:
        yield f"They hold {each} each, and {needed:,} are needed. {_of_counts(high, needed)}"


def _of_counts(high: int, needed: int) -> str:
    if high > needed:
        return "This looks like another set, or like the training images."
    return (
        "A part of the set cannot be measured as the set: get the whole, and let `--samples-per-class` draw from it "
        "if it takes too long."
    )


def _of_one_folder(place: Path, reader: SessionFiles) -> Iterator[str]:
    count = len(image_names(place))
    if count:
        yield f"{place} holds {count:,} images, and {reader.image_count:,} are needed."
    elif (deep := count_images(place)) > 0:
        yield f"{deep:,} images lie in folders below {place}: {name_list(_folders(place))}. Move them up into it."
    yield from _passed_over(place)


def _of_nothing(place: Path, root: Path, names: Sequence[str], variant: str) -> Iterator[str]:
    """Look at the nearest folder above that is there."""
    above = place.parent
    while not above.is_dir() and above != root and root in above.parents:
        above = above.parent
    if above == root or not above.is_dir():
        return
    entries = sorted(entry.name for entry in above.iterdir() if not entry.name.startswith("."))
    if entries:
        yield f"{above} is there and holds {name_list(entries)}."
        # By its name alone: other variants, or the training images, have the same class folders.
        deeper = _deeper([above / name for name in _folders(above)], names, variant or place.name, only=True)
        if deeper:
            yield f"{_lie_in(deeper, names)} Move {deeper} to {place}."
        else:
            yield from _higher(place, root, names)


def _passed_over(place: Path) -> Iterator[str]:
    # One level deep: the images of a class lie in its folder, and deeper ones were found already.
    endings = Counter(
        path.suffix.lower()
        for folder in (place, *(place / name for name in _folders(place)))
        for path in folder.iterdir()
        if path.suffix.lower() in _PASSED_OVER and not path.name.startswith(".") and not is_image(path.name)
    )
    for ending, count in endings.most_common():
        yield f"{count:,} files end in {ending}, which is no image that is read here. Convert or unpack them."


def _others(foreign: Sequence[str]) -> str:
    return f"{len(foreign):,} other {'folder' if len(foreign) == 1 else 'folders'}: {name_list(foreign)}"


def _folders(place: Path) -> list[str]:
    return sorted(entry.name for entry in place.iterdir() if entry.is_dir() and not entry.name.startswith("."))
