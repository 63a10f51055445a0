"""Generated images on disk: a set is made once, appears whole or not at all, and is found again."""

import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from evaluation.datasets.dataset import Images
from evaluation.own_data.contact_sheet import picture_of, write_contact_sheet
from evaluation.own_data.working_size import Pixels

logger = logging.getLogger(__name__)

Tell = Callable[[str], None]
_TELL: ContextVar[Tell] = ContextVar("tell", default=lambda _sentence: None)
_EVERY_SECONDS = 1.0

# Raised whenever the same clean images would give other generated ones, so that sets from before are made anew.
_RECIPE = 1
_LIST, _LOCK, SHEETS = "images.json", ".making", "contact-sheets"
# A third of the time of the customary settings, to write and to read, for files of about the same size.
_FAST = (
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_SUB),
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One image to be made.

    Attributes:
        make: gives its pixels; None where an image that it is made of cannot be read.
        label: its right label.
        texture: the label of its texture, where that differs.
        caption: on the contact sheet.
        instead: file that stands in its place then, so that the places of the others stay; empty to leave it out.
    """

    make: Callable[[], Pixels | None]
    label: int
    caption: str
    texture: int | None = None
    instead: str = ""


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """One image of a set: its file below the set's folder, or anywhere where nothing could be made."""

    file: str
    label: int
    texture: int | None
    caption: str


@contextmanager
def report_making(tell: Tell) -> Iterator[None]:
    """Say in words how far a set is that is made meanwhile in this thread: at its beginning, then once a second.

    A data set is read where an engine needs it, which knows nothing of sets that must be made first.
    """
    token = _TELL.set(tell)
    try:
        yield
    finally:
        _TELL.reset(token)


def kept_set(place: Path, name: str, jobs: Callable[[], Sequence[Job]], words: str = "") -> Images:
    """The images of a set, made now unless they are there.

    Args:
        place: folder of the benchmark's generated sets.
        name: of the set.
        jobs: what is to be made, in the order of the set; asked for only where it is made.
        words: what the images show, for whoever waits for them; its name unless given.

    Returns:
        In the order of the jobs; none where nothing could be made.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = place / name
    kept = _read_list(folder)
    if kept is None:
        with _alone(place):
            # Somebody else may have made it while we waited.
            kept = _read_list(folder)
            if kept is None:
                # Before the jobs are listed, for which all masks are read.
                told = _Reporter(words or name)
                kept = _make(place, name, jobs(), told)
    sheet = contact_sheet_path(place, name)
    if kept and not sheet.exists():
        write_contact_sheet(sheet, [(partial(picture_of, folder / each.file), each.caption) for each in kept])
    textures = [each.texture for each in kept]
    conflicting = any(each is not None for each in textures)
    return Images(
        paths=tuple(folder / each.file for each in kept),
        labels=np.array([each.label for each in kept], dtype=np.int64),
        textures=np.array(textures, dtype=np.int64) if conflicting else None,
    )


def contact_sheet_path(place: Path, name: str) -> Path:
    """Where the contact sheet of a set lies."""
    return place / SHEETS / f"{name.replace('/', '-')}.png"


def write_png(target: Path, pixels: Pixels) -> None:
    """Write a picture without loss; one without colours takes a third of the room."""
    grey = bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 0] == pixels[..., 2]).all())
    written, data = cv2.imencode(".png", pixels[..., 0] if grey else pixels[..., ::-1], _FAST)
    if not written:
        raise OSError(f"{target} could not be encoded as PNG")
    target.write_bytes(data.tobytes())


def _read_list(folder: Path) -> list[_Kept] | None:
    try:
        document = json.loads((folder / _LIST).read_text(encoding="utf-8"))
        if document["recipe"] != _RECIPE:
            return None
        kept = [_Kept(**each) for each in document["images"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    there = {entry.name for entry in os.scandir(folder)}
    # Files that somebody deleted are made again; what stands elsewhere is the user's and not looked for.
    return kept if all(each.file in there or Path(each.file).is_absolute() for each in kept) else None


def _make(place: Path, name: str, jobs: Sequence[Job], told: "_Reporter") -> list[_Kept]:
    folder, unfinished = place / name, place / f"{name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    logger.info("%s: making %d images; they are kept", folder, len(jobs))
    try:
        kept = _write_all(unfinished, jobs, told)
    except BaseException:
        # Also where the disk is full: what is left would keep it so.
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.replace(folder)
    contact_sheet_path(place, name).unlink(missing_ok=True)
    return kept


def _write_all(unfinished: Path, jobs: Sequence[Job], told: "_Reporter") -> list[_Kept]:
    """Make and write every image, and the list of them."""

    def make(numbered: tuple[int, Job]) -> _Kept:
        number, job = numbered
        pixels = job.make()
        file = job.instead if pixels is None else f"{number:06d}.png"
        if pixels is not None:
            write_png(unfinished / file, pixels)
        return _Kept(file=file, label=job.label, texture=job.texture, caption=job.caption)

    # Threads: decoding, painting and encoding all run outside the interpreter's lock.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        kept = []
        for number, each in enumerate(pool.map(make, enumerate(jobs)), start=1):
            kept += [each] if each.file else []
            told.share(number / len(jobs))
    document = {"recipe": _RECIPE, "images": [asdict(each) for each in kept]}
    (unfinished / _LIST).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return kept


class _Reporter:
    """Says how far a set is to whoever wants to know."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._tell = _TELL.get()
        self._at = float("-inf")
        self.share(0.0)

    def share(self, made: float) -> None:
        if time.monotonic() - self._at >= _EVERY_SECONDS:
            self._at = time.monotonic()
            self._tell(f"making {self._words}: {100 * made:.0f} %")


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Wait until no other program makes sets here; the system lets go when a program ends, however it ends."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / _LOCK).open("w", encoding="utf-8") as file:
        # Windows has no such lock; there two programs may make the same set, and the last one's stays.
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
