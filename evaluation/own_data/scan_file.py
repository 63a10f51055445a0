"""What a look at a folder found, on disk: stamps, digests and marks of every file, without pickle."""

import logging
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.array_files import save_arrays
from evaluation.own_data.image_sets import ImageSets
from quba.zip_damage import damage_as_bad_zip_file

logger = logging.getLogger(__name__)

_FORMAT = 1
_BROKEN = (OSError, KeyError, zipfile.BadZipFile)


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A look at a folder.

    Attributes:
        settings: what beside the files decides what is measured.
        digest: of the whole.
        paths: of each set, in its order.
        stamps: of each set; -1 each for files that must be read again.
        digests: of each set.
        marks: of each set.
    """

    settings: str
    digest: str
    paths: Mapping[str, tuple[str, ...]]
    stamps: Mapping[str, NDArray[np.int64]]
    digests: Mapping[str, NDArray[np.uint8]]
    marks: Mapping[str, NDArray[np.uint8]]

    @classmethod
    def of(
        cls,
        sets: ImageSets,
        settings: str,
        digest: str,
        digests: Mapping[str, NDArray[np.uint8]],
        marks: Mapping[str, NDArray[np.uint8]],
        *,
        settled_before: int,
    ) -> "Scan":
        """Of what was found; files that changed after `settled_before`, in nanoseconds, are to be read again."""
        stamps = {}
        for name, files in sets.by_name.items():
            # A file may change twice within a tick of the clock: a stamp as young as this proves nothing.
            unsettled = files.stamps[:, 1:2] >= settled_before
            stamps[name] = np.where(unsettled, -1, files.stamps)
        paths = {name: files.paths for name, files in sets.by_name.items()}
        return cls(settings=settings, digest=digest, paths=paths, stamps=stamps, digests=digests, marks=marks)

    def is_of(self, sets: ImageSets, settings: str) -> bool:
        """Whether it is a look at exactly these files, as far as stamps tell."""
        now = sets.by_name
        return (
            settings == self.settings
            and now.keys() == self.paths.keys()
            and all(
                files.paths == self.paths[name]
                and np.array_equal(files.stamps, self.stamps[name])
                and not (files.stamps < 0).any()
                for name, files in now.items()
            )
        )

    def rows(self, name: str) -> Iterator[tuple[str, bytes]]:
        """Path and digest of each file of a set."""
        return ((path, bytes(row)) for path, row in zip(self.paths[name], self.digests[name], strict=True))


def load_scan(path: Path) -> Scan | None:
    """What was saved there; None where there is nothing, or nothing that can be read."""
    try:
        with damage_as_bad_zip_file(), path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if int(arrays["format"]) != _FORMAT:
                return None
            names = _words(arrays["names"])
            return Scan(
                settings=_text(arrays["settings"]),
                digest=_text(arrays["digest"]),
                paths={name: _words(arrays[f"paths {number}"]) for number, name in enumerate(names)},
                stamps={name: arrays[f"stamps {number}"] for number, name in enumerate(names)},
                digests={name: arrays[f"digests {number}"] for number, name in enumerate(names)},
                marks={name: arrays[f"marks {number}"] for number, name in enumerate(names)},
            )
    except FileNotFoundError:
        return None
    except _BROKEN as error:
        logger.warning("%s cannot be read and is made again: %s", path, error)
        return None


def save_scan(path: Path, scan: Scan) -> None:
    """Save a look; whoever reads meanwhile, or after a crash, finds all of it or what was there before."""
    arrays: dict[str, NDArray[np.generic]] = {
        "format": np.array(_FORMAT),
        "settings": _bytes(scan.settings),
        "digest": _bytes(scan.digest),
        # The one sign that no path can hold.
        "names": _bytes("\0".join(scan.paths)),
    }
    for number, name in enumerate(scan.paths):
        arrays |= {
            f"paths {number}": _bytes("\0".join(scan.paths[name])),
            f"stamps {number}": scan.stamps[name],
            f"digests {number}": scan.digests[name],
            f"marks {number}": scan.marks[name],
        }
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    save_arrays(path, arrays)


def _bytes(text: str) -> NDArray[np.uint8]:
    # Names of files are bytes, and need not be UTF-8.
    return np.frombuffer(text.encode("utf-8", "surrogateescape"), dtype=np.uint8)


def _text(array: NDArray[np.uint8]) -> str:
    return array.tobytes().decode("utf-8", "surrogateescape")


def _words(array: NDArray[np.uint8]) -> tuple[str, ...]:
    text = _text(array)
    return tuple(text.split("\0")) if text else ()
