"""The accuracies that timm publishes of its weights on ImageNet and its relatives, by tag and input size."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from backend.imports.csv_file import Faults, RowError, short_text
from backend.imports.foreign_table import (
    ForeignRow,
    ForeignTable,
    ForeignValue,
    Models,
    TableFile,
    csv_rows,
    fraction,
    makes_hundred,
    number_violation,
    own_definition,
    refuse_file,
)
from backend.imports.new_models import new_model
from backend.imports.timm_names import class_count_of, current_name
from backend.store.dimension_definition import DimensionDefinition
from backend.store.models import ModelRecord
from quba.dimension import Theme
from quba.measuring.uncertainty import binomial_standard_error

TOP1 = "top1"
_TOP5 = "top5"
_MODEL, _SIZE = "model", "img_size"
_NEEDED = (_MODEL, _SIZE, TOP1, "top1_err", _TOP5, "top5_err")
_CONDITIONS = ("crop_pct", "interpolation")
_LARGEST_SIZE = 10_000
_TIMM = "timm"
# What the weights of a model that can be ranked beside the study's must tell apart.
_CLASSES = 1000


@dataclass(frozen=True, slots=True)
class _Set:
    """One set of images: its name, how many there are, what it is about, and the file that timm gives its results."""

    label: str
    images: int
    theme: Theme
    files: tuple[str, ...]


_SETS: Mapping[str, _Set] = MappingProxyType(
    {
        "timm_imagenet": _Set("ImageNet", 50_000, Theme.ACCURACY, ("results-imagenet.csv",)),
        # Those of the 50,000 that have a label in ReaL (Beyer et al. 2020).
        "timm_imagenet_real": _Set("ImageNet-ReaL", 46_837, Theme.ACCURACY, ("results-imagenet-real.csv",)),
        "timm_imagenet_v2": _Set(
            "ImageNet-V2", 10_000, Theme.ACCURACY,
            ("results-imagenetv2-matched-frequency.csv", "results-inv2-matched-frequency.csv"),
        ),
        "timm_imagenet_a": _Set("ImageNet-A", 7_500, Theme.ROBUSTNESS, ("results-imagenet-a.csv",)),
        # The 50 validation images of each of the 200 classes; of ImageNet-R likewise.
        "timm_imagenet_a_clean": _Set(
            "ImageNet, classes of ImageNet-A", 10_000, Theme.ACCURACY, ("results-imagenet-a-clean.csv",)
        ),
        "timm_imagenet_r": _Set("ImageNet-R", 30_000, Theme.ROBUSTNESS, ("results-imagenet-r.csv",)),
        "timm_imagenet_r_clean": _Set(
            "ImageNet, classes of ImageNet-R", 10_000, Theme.ACCURACY, ("results-imagenet-r-clean.csv",)
        ),
        "timm_imagenet_sketch": _Set("ImageNet-Sketch", 50_889, Theme.ROBUSTNESS, ("results-sketch.csv",)),
    }
)  # fmt: skip
_SET_OF_FILE: Mapping[str, str] = MappingProxyType({file: key for key, each in _SETS.items() for file in each.files})


def accuracy_table(file: TableFile) -> ForeignTable:
    """The table of a `results-*.csv`: top-1 and top-5 accuracy as dimensions of their own.

    Raises:
        ImportRejected: nothing says which set it is of, or it breaks a rule; the error lists every place.
    """
    key = _set_of(file)
    faults, seen, rows = Faults(), dict[tuple[str, str], int](), list[ForeignRow]()
    for line, cells in csv_rows(file.data, _NEEDED, faults):
        found = _row_faults(line, cells, seen)
        faults.add(found)
        if not found:
            rows.append(_row(line, cells, key))
    faults.refuse()
    if not rows:
        refuse_file(file.base_name, "has a header and no results; import the file as it was published.")
    return ForeignTable(
        definitions=_definitions(file, key),
        rows=tuple(rows),
        ids_by_name=ids_by_tag,
        new_model=_new_model,
        unknown="is neither a model of this store nor weights for ImageNet's 1,000 classes that timm is known to have",
    )


def ids_by_tag(models: Models) -> Mapping[str, list[str]]:
    """The ids of the models whose weights are timm's, by the tag that timm has for them today."""
    found: dict[str, list[str]] = {}
    for model_id, record in models.items():
        if record.source_library == _TIMM and record.source_identifier:
            found.setdefault(current_name(record.source_identifier), []).append(model_id)
    return found


def _new_model(tag: str) -> ModelRecord | None:
    # Without a tag it is an architecture, whose weights have been others in other years.
    if "." not in tag or class_count_of(tag) != _CLASSES:
        return None
    return new_model(model_id=tag.lower(), name=tag, library=_TIMM, identifier=tag)


def _set_of(file: TableFile) -> str:
    by_name = _SET_OF_FILE.get(file.base_name)
    if file.dimension is not None and file.dimension not in _SETS:
        refuse_file(file.dimension, f"is no set that timm has results of; the option dimension takes {_set_names()}.")
    if by_name is None and file.dimension is None:
        refuse_file(
            file.base_name,
            f"does not say which set the results are of; say it with the option dimension: {_set_names()}.",
        )
    if by_name is not None and file.dimension not in (None, by_name):
        refuse_file(
            file.base_name, f"is the name of timm's results on {by_name}, not on {file.dimension}; say one of the two."
        )
    return file.dimension or str(by_name)


def _set_names() -> str:
    return ", ".join(_SETS)


def _definitions(file: TableFile, key: str) -> tuple[DimensionDefinition, ...]:
    about = _SETS[key]
    return tuple(
        own_definition(
            file,
            "Results of the timm library",
            {
                "key": f"{key}_{column}",
                "label": f"{about.label}, top-{column[-1]}",
                "unit": "fraction",
                "higher_is_better": True,
                "theme": about.theme.value,
                "description": f"Share of the {about.images:,} images of {about.label} whose class is "
                + ("the most probable one" if column == TOP1 else "among the five most probable ones")
                + ", as timm publishes it.",
                "smallest_meaningful_difference": 0.005,
                "plausible": [0, 1],
                "lower_bound": 0,
                "upper_bound": 1,
            },
        )
        for column in (TOP1, _TOP5)
    )


def _row_faults(line: int, cells: Mapping[str, str], seen: dict[tuple[str, str], int]) -> list[RowError]:
    ranges = {_SIZE: (1, _LARGEST_SIZE, "pixels"), **dict.fromkeys(_NEEDED[2:], (0, 100, "per cent"))}
    found = [
        RowError(line, column, short_text(cells[column]), rule)
        for column, (low, high, unit) in ranges.items()
        if (rule := number_violation(cells[column], low, high, unit)) is not None
    ]
    if not cells[_MODEL].strip():
        found.append(RowError(line, _MODEL, "", "must not be empty; fill it in or delete the row."))
    if not found:
        found = [RowError(line, column, short_text(cells[column]), rule) for column, rule in _contradictions(cells)]
    first = seen.setdefault((current_name(cells[_MODEL]), cells[_SIZE]), line)
    if first != line:
        rule = f"is on line {first} already at {short_text(cells[_SIZE])} pixels; delete one of the two."
        found.append(RowError(line, _MODEL, short_text(cells[_MODEL]), rule))
    return found


def _contradictions(cells: Mapping[str, str]) -> list[tuple[str, str]]:
    found = [
        (column, f"and {column}_err, {cells[f'{column}_err']}, must make 100 per cent; correct them.")
        for column in (TOP1, _TOP5)
        if not makes_hundred(cells[column], cells[f"{column}_err"])
    ]
    if float(cells[TOP1]) > float(cells[_TOP5]):
        found.append((TOP1, f"is more than {_TOP5}, {cells[_TOP5]}, which cannot be; correct them."))
    if not float(cells[_SIZE]).is_integer():
        found.append((_SIZE, "must be a whole number of pixels; correct it."))
    return found


def _row(line: int, cells: Mapping[str, str], key: str) -> ForeignRow:
    size, images = int(float(cells[_SIZE])), _SETS[key].images
    told = [f"{name} {cells[name]}" for name in _CONDITIONS if cells.get(name)]
    shares = {f"{key}_{column}": fraction(cells[column]) for column in (TOP1, _TOP5)}
    return ForeignRow(
        line=line,
        model=current_name(cells[_MODEL]),
        values={
            each: ForeignValue(value=share, sample_count=images, standard_error=binomial_standard_error(share, images))
            for each, share in shares.items()
        },
        conditions=", ".join([f"images of {size} pixels", *told]),
        input_size=size,
    )
