"""What the files of a benchmark hold: each is read once, for its digest and its kind, and known again by its stamp."""

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntFlag
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.datasets.layouts import name_list
from evaluation.datasets.reading import Unreadable, kind_of_bytes, without_warnings
from evaluation.own_data.definition import Definition, definition_of
from evaluation.own_data.image_sets import MASKS, ImageSets, image_sets
from evaluation.own_data.labelled_files import LabelledFiles
from evaluation.own_data.scan_file import Scan, load_scan, save_scan

_AT_ONCE = 64
_DIGEST_BYTES = hashlib.sha256().digest_size
# A file that was changed so shortly before may be changed again without another time of change.
_SETTLED_NANOSECONDS = 2_000_000_000
_THREADS_PER_CORE = 2


class Marks(IntFlag):
    """What holds for a file."""

    UNREADABLE = 1
    EXIF_ROTATED = 2
    DEEP = 4
    ANIMATED = 8
    NOT_RGB = 16


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What was read.

    Attributes:
        digest: "sha256:..." over classes, settings that change a pixel, and all sets.
        digests: of each set, one row of 32 bytes per file.
        marks: of each set, `Marks` per file.
        files_read: how many were opened; the others were known by their stamps.
    """

    digest: str
    digests: Mapping[str, NDArray[np.uint8]]
    marks: Mapping[str, NDArray[np.uint8]]
    files_read: int


@dataclass(frozen=True, kw_only=True)
class Changes:
    """How a folder differs from what was registered.

    Attributes:
        added: files that were not there.
        removed: files that are gone.
        altered: files of other contents.
        other: what else differs, in a sentence; empty where nothing else does.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    other: str = ""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.altered or self.other)

    @property
    def sentence(self) -> str:
        """What differs, in words; empty where nothing does."""
        named = (("added", self.added), ("removed", self.removed), ("altered", self.altered))
        parts = [
            f"{'1 file was' if len(names) == 1 else f'{len(names)} files were'} {word}: {name_list(names)}."
            for word, names in named
            if names
        ]
        return " ".join([*parts, self.other]).strip()


def contents(folder: Path, definition: Definition, sets: ImageSets, cache: Path) -> Contents:
    """Read every file that is not known by its stamp.

    Args:
        folder: of the definition.
        definition: what it says.
        sets: that it names.
        cache: folder in which stamps and digests are kept; it is made where need be.
    """
    return _contents(folder, definition, sets, cache, load_scan(_of_folder(cache, folder)))


def changes_since(folder: Path, definition: Mapping[str, object], digest: str, cache: Path) -> Changes:
    """Hold a folder against what was registered of it; files are opened only where their stamps changed.

    Args:
        folder: of `benchmark.toml`.
        definition: as it was registered.
        digest: as it was registered.
        cache: as for `contents`.

    Returns:
        What differs; false where nothing does.

    Raises:
        Refusal: as `image_sets`, such as for a folder that is gone.
    """
    known = definition_of(definition)
    sets = image_sets(folder, known)
    scan = load_scan(_of_folder(cache, folder))
    if scan is not None and scan.digest == digest and scan.is_of(sets, _settings(known, sets)):
        return Changes()
    found = _contents(folder, known, sets, cache, scan)
    if found.digest == digest:
        return Changes()
    return _differences(load_scan(_of_digest(cache, digest)), sets, found)


def read_files(paths: Sequence[Path], *, images: bool = True) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Digest and marks of files, read side by side; what cannot be read has a digest of zeros.

    Args:
        paths: of the files.
        images: whether to look at what kind of image each is.
    """
    digests = np.zeros((len(paths), _DIGEST_BYTES), dtype=np.uint8)
    marks = np.zeros(len(paths), dtype=np.uint8)

    def read(start: int) -> None:
        for number in range(start, min(start + _AT_ONCE, len(paths))):
            digest, mark = _look(paths[number], images=images)
            digests[number] = np.frombuffer(digest, dtype=np.uint8)
            marks[number] = mark

    with without_warnings(), ThreadPoolExecutor(_THREADS_PER_CORE * (os.cpu_count() or 1)) as threads:
        # Many files to a task, so that handing them over costs nothing beside reading them.
        for _ in threads.map(read, range(0, len(paths), _AT_ONCE)):
            pass
    return digests, marks


def _look(path: Path, *, images: bool) -> tuple[bytes, int]:
    try:
        data = path.read_bytes()
    except OSError:
        return bytes(_DIGEST_BYTES), Marks.UNREADABLE
    digest = hashlib.sha256(data).digest()
    return digest, _marks(data) if images else 0


def _marks(data: bytes) -> int:
    try:
        kind = kind_of_bytes(data)
    except Unreadable:
        return Marks.UNREADABLE
    holds = {
        Marks.EXIF_ROTATED: kind.exif_rotated,
        Marks.DEEP: kind.deep,
        Marks.ANIMATED: kind.animated,
        Marks.NOT_RGB: kind.not_rgb,
    }
    return sum(mark for mark, found in holds.items() if found)


def _contents(folder: Path, definition: Definition, sets: ImageSets, cache: Path, scan: Scan | None) -> Contents:
    started = time.time_ns()
    settings = _settings(definition, sets)
    digests: dict[str, NDArray[np.uint8]] = {}
    marks: dict[str, NDArray[np.uint8]] = {}
    files_read = 0
    for name, files in sets.by_name.items():
        digests[name], marks[name], unknown = _known_by_stamp(name, files, scan)
        paths = [files.root / files.paths[number] for number in unknown.tolist()]
        digests[name][unknown], marks[name][unknown] = read_files(paths, images=name != MASKS)
        files_read += len(paths)
    digest = _digest(sets, settings, digests)
    found = Contents(digest=digest, digests=digests, marks=marks, files_read=files_read)
    if files_read or scan is None or scan.digest != digest or not scan.is_of(sets, settings):
        kept = Scan.of(sets, settings, digest, digests, marks, settled_before=started - _SETTLED_NANOSECONDS)
        save_scan(_of_folder(cache, folder), kept)
        if not _of_digest(cache, digest).exists():
            # What a later check names the differences by.
            save_scan(_of_digest(cache, digest), kept)
    return found


def _known_by_stamp(
    name: str, files: LabelledFiles, scan: Scan | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """Digests and marks as far as stamps tell them, and the numbers of the files that must be read."""
    digests = np.zeros((len(files), _DIGEST_BYTES), dtype=np.uint8)
    marks = np.zeros(len(files), dtype=np.uint8)
    if scan is None or name not in scan.paths:
        return digests, marks, np.arange(len(files))
    at = {path: number for number, path in enumerate(scan.paths[name])}
    before = np.array([at.get(path, -1) for path in files.paths], dtype=np.int64)
    same = np.flatnonzero(before >= 0)
    same = same[(scan.stamps[name][before[same]] == files.stamps[same]).all(axis=1) & (files.stamps[same, 0] >= 0)]
    digests[same], marks[same] = scan.digests[name][before[same]], scan.marks[name][before[same]]
    return digests, marks, np.setdiff1d(np.arange(len(files)), same)


def _settings(definition: Definition, sets: ImageSets) -> str:
    """What, beside the files, decides which pixels of which class a model sees."""
    exif = "ignore" if definition.clean is None else definition.clean.exif
    renditions = sorted(definition.generated.renditions)
    return json.dumps([definition.layout, sets.classes, exif, renditions], ensure_ascii=False)


def _digest(sets: ImageSets, settings: str, digests: Mapping[str, NDArray[np.uint8]]) -> str:
    digest = hashlib.sha256(f"{settings}\n".encode())
    for name, files in sorted(sets.by_name.items()):
        digest.update(f"{name} {len(files)}\n".encode())
        of_set = digests[name].tobytes()
        lines = (
            (
                f"{label}\0{path}\0".encode("utf-8", "surrogateescape"),
                of_set[number * _DIGEST_BYTES : (number + 1) * _DIGEST_BYTES],
            )
            for number, (label, path) in enumerate(zip(files.labels.tolist(), files.paths, strict=True))
        )
        digest.update(b"".join(chain.from_iterable(lines)))
    return f"sha256:{digest.hexdigest()}"


def _differences(before: Scan | None, sets: ImageSets, found: Contents) -> Changes:
    if before is None:
        return Changes(other="The contents are not those that were registered; which files differ is not known here.")
    old = {f"{name}/{path}": row for name in before.paths for path, row in before.rows(name)}
    new = {
        f"{name}/{path}": bytes(row)
        for name, files in sets.by_name.items()
        for path, row in zip(files.paths, found.digests[name], strict=True)
    }
    changes = Changes(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        altered=tuple(sorted(path for path in old.keys() & new.keys() if old[path] != new[path])),
    )
    return changes or Changes(other="The files are the same; the order of the classes or a setting is another.")


def _of_folder(cache: Path, folder: Path) -> Path:
    return (
        cache
        / f"folder-{hashlib.sha256(str(folder.resolve()).encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.npz"
    )


def _of_digest(cache: Path, digest: str) -> Path:
    return cache / f"{digest.partition(':')[2][:32]}.npz"
