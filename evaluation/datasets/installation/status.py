"""What is there of a data set: complete, damaged or missing."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from evaluation.datasets.dataset import DataSet, DataSetDamaged, DataSetMissing
from evaluation.datasets.installation.findings import findings
from evaluation.datasets.layouts import ClassFolders, count_images


class State(StrEnum):
    """How much of a data set is there."""

    COMPLETE = "complete"
    DAMAGED = "damaged"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """What was found of a data set.

    Attributes:
        key: of the data set.
        benchmark: that it belongs to.
        label: on screen.
        state: complete, damaged or missing.
        found: images below its folder.
        expected: images that there must be.
        place: its folder.
        detail: what is wrong, with the next step; empty where nothing is.
        seen: what lies there instead, in sentences, with the likely remedy.
        note: what a reader should know although nothing is wrong.
        downloadable: whether `wellbehaved datasets download` can fetch it.
    """

    key: str
    benchmark: str
    label: str
    state: State
    found: int
    expected: int
    place: str
    detail: str
    seen: tuple[str, ...]
    note: str
    downloadable: bool


def status(data_set: DataSet, root: Path) -> Status:
    """Look at every variant of a data set below the data folder; nothing is opened."""
    found, lacking, faults = 0, [], []
    # Of the first variant at fault, damage before absence.
    first: dict[type[Exception], str] = {}
    for variant in data_set.variants:
        try:
            found += len(data_set.read(root, variant).paths)
        except DataSetMissing as error:
            lacking.append(str(error))
            first.setdefault(DataSetMissing, variant)
        except DataSetDamaged as error:
            faults.append(str(error))
            first.setdefault(DataSetDamaged, variant)
        except OSError as error:
            # One variant that cannot be read must not hide what is known of all others.
            faults.append(f"{error.filename} cannot be read: {error.strerror}. Correct its permissions.")
    if lacking or faults:
        # Counted by itself: a reader that refuses a variant has not told how many images lie there.
        found = count_images(root / data_set.folder)
    return Status(
        key=data_set.key,
        benchmark=data_set.benchmark,
        label=data_set.label,
        state=_state(lacking, faults, found),
        found=found,
        expected=data_set.image_count * len(data_set.variants),
        place=str(root / data_set.folder),
        detail=_detail(data_set, lacking, faults),
        seen=_findings(data_set, root, first.get(DataSetDamaged, first.get(DataSetMissing))),
        note=_note(data_set, root),
        downloadable=bool(data_set.archives),
    )


def _state(lacking: list[str], faults: list[str], found: int) -> State:
    if not lacking and not faults:
        return State.COMPLETE
    # A data set of which one variant lacks and another is there is no longer missing as a whole.
    return State.DAMAGED if faults or found else State.MISSING


def _detail(data_set: DataSet, lacking: list[str], faults: list[str]) -> str:
    first = (faults or lacking or [""])[0]
    bad, count = len(lacking) + len(faults), len(data_set.variants)
    return f"{bad} of {count} parts are not as they must be; the first: {first}" if bad and count > 1 else first


def _findings(data_set: DataSet, root: Path, variant: str | None) -> tuple[str, ...]:
    if variant is None:
        return ()
    try:
        return findings(data_set, root, variant)
    except OSError as error:
        return (f"{error.filename} cannot be read: {error.strerror}. Correct its permissions.",)


def _note(data_set: DataSet, root: Path) -> str:
    """Say so where a copy keeps its variants one level deeper than the authors do, which is accepted."""
    reader = data_set.read
    if not isinstance(reader, ClassFolders):
        return ""
    groups = sorted({reader.group(root, variant) for variant in data_set.variants} - {""})
    return f"Corruptions were found inside {', '.join(groups)}; that is accepted." if groups else ""
