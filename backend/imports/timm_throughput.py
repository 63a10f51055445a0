"""The speeds that timm publishes of its architectures: images per second, each on one device that is named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backend.imports.csv_file import Faults, RowError, short_text
from backend.imports.device_dimensions import DeviceFigure, device_dimension, key_words
from backend.imports.foreign_table import (
    ForeignRow,
    ForeignTable,
    ForeignValue,
    Models,
    TableFile,
    csv_rows,
    number_violation,
    refuse_file,
)
from backend.imports.timm_accuracy import ids_by_tag

SPEED = "infer_samples_per_sec"
_MODEL, _SIZE, _BATCH = "model", "infer_img_size", "infer_batch_size"
_NEEDED = (_MODEL, SPEED, _SIZE, _BATCH)
_FASTEST, _LARGEST = 1e9, 100_000
_PREFIX = "timm_throughput_"
# Arithmetic, memory layout, version of torch and of CUDA, device: as timm names its files.
_NAME = re.compile(
    r"benchmark-infer-(?P<precision>[a-z0-9_]+)-(?P<layout>nchw|nhwc)-pt(?P<torch>[0-9]+)(?:-cu(?P<cuda>[0-9]+))?"
    r"(?:-(?P<device>[A-Za-z0-9_.-]+?))?(?P<compiled>-dynamo)?\.csv"
)
_OPTION = re.compile(rf"{_PREFIX}(?P<device>[a-z0-9_]+)")
# Kinds of devices, of which one says nothing about another's speed.
_KINDS = frozenset({"cpu", "cuda", "gpu", "mps"})


@dataclass(frozen=True, slots=True)
class _Bench:
    """On what, and how, speeds were measured: the dimension's key, device, arithmetic, and all of it in words."""

    key: str
    device: str
    precision: str | None
    described: str


def throughput_table(file: TableFile) -> ForeignTable:
    """The table of a `benchmark-infer-*.csv`: images per second as a dimension of its device and circumstances.

    Raises:
        ImportRejected: nothing says which device it is of, or it breaks a rule; the error lists every place.
    """
    bench = _bench(file)
    faults, seen, rows = Faults(), dict[tuple[str, str], int](), list[ForeignRow]()
    for line, cells in csv_rows(file.data, _NEEDED, faults):
        # What did not fit into memory has no speed, which is not a speed of 0.
        if not cells[SPEED]:
            continue
        found = _row_faults(line, cells, seen)
        faults.add(found)
        if not found:
            rows.append(_row(line, cells, bench.key))
    faults.refuse()
    if not rows:
        refuse_file(file.base_name, "has a header and no speeds; import the file as it was published.")
    figure = DeviceFigure(
        key=bench.key,
        label=f"Throughput, {bench.described}",
        unit="images per second",
        higher_is_better=True,
        description=f"Images that the architecture classifies in a second on {bench.described}, as timm publishes it",
        smallest_meaningful_difference=1.0,
        most=_FASTEST,
    )
    return ForeignTable(
        definitions=(device_dimension(file, "Benchmarks of the timm library", figure),),
        rows=tuple(rows),
        ids_by_name=_ids_by_architecture,
        # An architecture is not a model: it has no weights.
        new_model=lambda _: None,
        unknown="is an architecture that no model of this store has",
        same_size_only=True,
        device=bench.device,
        precision=bench.precision,
    )


def _bench(file: TableFile) -> _Bench:
    named = _NAME.fullmatch(file.base_name)
    device = named["device"] if named and named["device"] not in _KINDS else None
    if file.dimension is not None:
        return _bench_of_option(file, device)
    if named is None or device is None:
        refuse_file(
            file.base_name,
            "does not name the device of the speeds, as benchmark-infer-amp-nchw-pt240-cu124-rtx4090.csv does; "
            f"say it with the option dimension: {_PREFIX}DEVICE, such as {_PREFIX}rtx4090.",
        )
    rest = file.base_name.removeprefix("benchmark-infer-").removesuffix(".csv")
    how = [named["precision"], named["layout"], f"torch {named['torch']}"]
    how += [f"CUDA {named['cuda']}"] if named["cuda"] else []
    how += ["compiled"] if named["compiled"] else []
    key = _PREFIX + key_words(rest)
    return _Bench(key, device, named["precision"], f"{device} ({', '.join(how)})")


def _bench_of_option(file: TableFile, device: str | None) -> _Bench:
    option = str(file.dimension)
    found = _OPTION.fullmatch(option)
    if found is None or found["device"] in _KINDS:
        refuse_file(option, f"names no device; for speeds the option dimension is {_PREFIX}DEVICE, {_PREFIX}rtx4090.")
    if device is not None and key_words(device) != found["device"]:
        refuse_file(file.base_name, f"names the device {device}, not {found['device']}; say one of the two.")
    return _Bench(option, found["device"], None, found["device"])


def _ids_by_architecture(models: Models) -> Mapping[str, list[str]]:
    """All models of an architecture: weights do not change its speed."""
    found: dict[str, list[str]] = {}
    for tag, ids in ids_by_tag(models).items():
        found.setdefault(tag.partition(".")[0], []).extend(ids)
    return found


def _row_faults(line: int, cells: Mapping[str, str], seen: dict[tuple[str, str], int]) -> list[RowError]:
    ranges = {
        SPEED: (0, _FASTEST, "images per second"),
        _SIZE: (1, _LARGEST, "pixels"),
        _BATCH: (1, _LARGEST, "images"),
    }
    found = [
        RowError(line, column, short_text(cells[column]), rule)
        for column, (low, high, unit) in ranges.items()
        if (rule := number_violation(cells[column], low, high, unit)) is not None
    ]
    if not cells[_MODEL].strip():
        found.append(RowError(line, _MODEL, "", "must not be empty; fill it in or delete the row."))
    first = seen.setdefault((cells[_MODEL], cells[_SIZE]), line)
    if first != line:
        rule = f"is on line {first} already at {short_text(cells[_SIZE])} pixels; delete one of the two."
        found.append(RowError(line, _MODEL, short_text(cells[_MODEL]), rule))
    return found


def _row(line: int, cells: Mapping[str, str], key: str) -> ForeignRow:
    size, batch = int(float(cells[_SIZE])), int(float(cells[_BATCH]))
    return ForeignRow(
        line=line,
        model=cells[_MODEL].partition(".")[0],
        values={key: ForeignValue(value=float(cells[SPEED]))},
        conditions=f"batches of {batch} images of {size} pixels",
        input_size=size,
    )
