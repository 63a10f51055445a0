"""Reads what `wellbehaved cost --json` writes: latency and memory, one dimension for each device and batch size."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from pydantic_core import ErrorDetails

from backend.imports.csv_file import RowError, decoded_text, rejection, short_text
from backend.imports.device_dimensions import DeviceFigure, device_dimension, key_words
from backend.imports.foreign_table import (
    ForeignRow,
    ForeignTable,
    ForeignValue,
    Models,
    TableFile,
    refuse_file,
)
from backend.imports.timm_names import weights_origin
from backend.store.dimension_definition import DimensionDefinition
from quba.vocabulary import Precision

_TITLE = "Measured with wellbehaved cost"
_LONGEST_KEY = 64
_DIGEST = 8
_MOST = 1e9
_DECIMALS = 2
_MOST_MODELS = 1000
# Choices of ours, not measured: differences below which hardly anybody would choose another model. They are the least
# spread that norms of a pool take, so that models as good as equally fast are not driven apart. The same for every
# device and file, and not taken from quartiles: a dimension would change with whichever file came first.
_SMALLEST_MILLISECONDS, _SMALLEST_MEGABYTES = 0.1, 1.0
# What names of processors are filled up with.
_FILLING = re.compile(r"\((?:r|tm)\)|\bcpu\b|\bprocessor\b|@ *[0-9.]+ *ghz", re.IGNORECASE)
_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*")

_Origin: TypeAlias = tuple[str | None, str | None]
_Figure = Annotated[FiniteFloat, Field(gt=0, le=_MOST)] | None
_Words = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    # Keys beside these are for who reads it: why a figure is missing, and what a later version says too.
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Batch(_Part):
    batch_size: int = Field(ge=1, le=1_000_000)
    latency_ms: _Figure
    lower_quartile_ms: _Figure
    upper_quartile_ms: _Figure
    peak_memory_mb: Annotated[FiniteFloat, Field(ge=0, le=_MOST)] | None


class _Measured(_Part):
    """A model; one that could not be had has neither source nor figures, and says why beside."""

    name: _Words
    source_library: _Words | None
    source_identifier: _Words | None
    input_shape: tuple[int, int, int] | None
    versions: dict[str, str]
    untrained: bool = False
    # Earlier versions counted nothing.
    macs_billions: _Figure = None
    activations_millions: _Figure = None
    batches: list[_Batch] = Field(max_length=100)


class _Versions(_Part):
    """The libraries whose versions make another dimension, as those of timm's own tables do."""

    torch: _Words
    cuda: _Words | None = None

    @property
    def by_name(self) -> dict[str, str]:
        return self.model_dump(exclude_none=True)


class _Document(_Part):
    device: _Words
    threads: int | None = Field(ge=1)
    precision: Precision
    versions: _Versions
    passes: int = Field(ge=1)
    warm_up: int = Field(ge=0)
    memory_method: _Words
    measured_at: AwareDatetime
    models: list[_Measured] = Field(max_length=_MOST_MODELS)


class _Kind(NamedTuple):
    """A figure of a batch: the start of its key and label, unit, what it is, and the least difference that matters."""

    key: str
    label: str
    unit: str
    description: str
    smallest: float


def read(file: TableFile) -> ForeignTable:
    """The latency and the peak of the memory of models on one device.

    Raises:
        ImportRejected: it is another document, names no device, or has no figure.
    """
    document = _document(file)
    measured = [each for each in document.models if each.batches]
    _refuse_repeated([each.name for each in measured])
    origins = {each.name: weights_origin(each.source_library, each.source_identifier) for each in measured}
    # Two names of the same weights would be two values of one model.
    _refuse_repeated([f"{library} {identifier}" for library, identifier in origins.values()])
    definitions: dict[str, DimensionDefinition] = {}
    rows = []
    for number, model in enumerate(measured, start=1):
        found = [(_definition(file, document, kind, size), value) for kind, size, value in _figures(document, model)]
        definitions.update({definition.key: definition for definition, _ in found})
        if found:
            values = {definition.key: ForeignValue(value=value) for definition, value in found}
            note, facts = _note(document, model), _facts(document, model)
            rows.append(ForeignRow(line=number, model=model.name, values=values, conditions=note, facts=facts))
    if not rows:
        refuse_file(file.base_name, "has no figure: nothing could be measured. What was missing stands in it.")
    return ForeignTable(
        definitions=tuple(definitions.values()),
        rows=tuple(rows),
        ids_by_name=lambda models: _ids_by_name(models, origins),
        # A time says nothing about who a model is.
        new_model=lambda _: None,
        unknown="is no model of this store; `wellbehaved evaluate MODEL --store` measures it first",
        device=document.device,
        precision=document.precision,
        versions=document.versions.by_name,
        measured_at=document.measured_at,
        replaces=True,
    )


def _refuse_repeated(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            refuse_file(name, "is there twice; measure each model once.")


def _document(file: TableFile) -> _Document:
    if file.dimension is not None:
        refuse_file(file.dimension, "is not needed: the document names its device. Leave the option dimension out.")
    try:
        return _Document.model_validate_json(decoded_text(file.data))
    except ValidationError as error:
        raise rejection(
            [
                RowError(
                    1,
                    ".".join(map(str, fault["loc"])) or None,
                    # Of what is missing, pydantic gives all that is there.
                    "" if fault["type"] == "missing" else _as_written(fault["input"]),
                    f"{_rule(fault)}; import what `wellbehaved cost --json` wrote, as it is.",
                )
                for fault in error.errors()
            ]
        ) from None


def _as_written(value: object) -> str:
    """A value of the file as the file has it, or the file itself where it is no JSON."""
    return short_text(value if isinstance(value, str) else json.dumps(value))


def _rule(fault: ErrorDetails) -> str:
    if fault["type"] != "missing":
        return fault["msg"]
    return "is missing, and a time says nothing without its device" if fault["loc"] == ("device",) else "is missing"


def _figures(document: _Document, model: _Measured) -> list[tuple[_Kind, int, float]]:
    """What is known of a model: the kind of figure, the batch size, and the value."""
    latency = _Kind(
        "latency_ms",
        "Latency",
        "milliseconds",
        "Milliseconds that a forward pass takes, the median after warming up",
        _SMALLEST_MILLISECONDS,
    )
    memory = _Kind(
        "peak_memory_mb",
        "Peak memory",
        "megabytes",
        f"Megabytes of memory that a forward pass needs: {document.memory_method}",
        _SMALLEST_MEGABYTES,
    )
    found = [
        (kind, each.batch_size, value)
        for each in model.batches
        for kind, value in ((latency, each.latency_ms), (memory, each.peak_memory_mb))
    ]
    return [(kind, size, value) for kind, size, value in found if value is not None]


def _definition(file: TableFile, document: _Document, kind: _Kind, batch_size: int) -> DimensionDefinition:
    device = document.device if document.threads is None else f"{document.device}, {_threads(document.threads)}"
    size = f"batches of {batch_size} {'image' if batch_size == 1 else 'images'}"
    libraries = [f"{name} {_release(each)}" for name, each in document.versions.by_name.items()]
    how = ", ".join([document.precision, *libraries])
    # What tells two benches apart stands before the device, whose end a screen may have no room for.
    conditions: list[str] = [] if document.precision is Precision.FP32 else [document.precision]
    conditions += [] if document.threads is None else [_threads(document.threads)]
    figure = DeviceFigure(
        key=_key(document, kind, batch_size),
        label=", ".join([kind.label, f"batch {batch_size}", *conditions, _short_name(document.device), *libraries]),
        unit=kind.unit,
        higher_is_better=False,
        description=f"{kind.description}; {size} on {device} ({how})",
        smallest_meaningful_difference=kind.smallest,
        most=_MOST,
        decimals=_DECIMALS,
    )
    return device_dimension(file, _TITLE, figure)


def _key(document: _Document, kind: _Kind, batch_size: int) -> str:
    """Of all that times depend on; what is too long is cut and told apart by a digest of the whole."""
    core = "_".join(
        f"{_SHORT[name]}{_release(version).replace('.', '')}" for name, version in document.versions.by_name.items()
    )
    threads = "" if document.threads is None else f"_{document.threads}t"
    device = _device_slug(document.device)
    whole = f"{kind.key}_b{batch_size}_{document.precision}_{core}{threads}_{device}"
    if len(whole) <= _LONGEST_KEY:
        return whole
    return f"{whole[: _LONGEST_KEY - _DIGEST - 1].rstrip('_')}_{_digest(f'{whole} {document.device}')}"


def _device_slug(device: str) -> str:
    """A device in the letters of keys; what they cannot write is told apart by a digest of its name."""
    slug = "_".join(key_words(_short_name(device)).replace("_", " ").split())
    return slug if slug and device.isascii() else f"{slug}_{_digest(device)}".strip("_")


def _short_name(device: str) -> str:
    """A device without what names are filled up with, but where nothing else tells it apart: "Xeon CPU @ 2.20GHz"."""
    short = " ".join(_FILLING.sub(" ", device).split())
    return short if any(letter.isdigit() for letter in short) else device


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


_SHORT: Mapping[str, str] = {"torch": "pt", "cuda": "cu"}


def _release(version: str) -> str:
    """A version without what tells builds of it apart."""
    found = _RELEASE.match(version)
    return found[0] if found else version


def _threads(count: int) -> str:
    return f"{count} thread" if count == 1 else f"{count} threads"


def _note(document: _Document, model: _Measured) -> str:
    shape = " x ".join(map(str, model.input_shape or ("unknown size",)))
    versions = ", ".join(f"{name} {each}" for name, each in {**document.versions.by_name, **model.versions}.items())
    quartiles = "; ".join(
        f"batch {each.batch_size}: quartiles {each.lower_quartile_ms:.3g} and {each.upper_quartile_ms:.3g} ms"
        for each in model.batches
        if each.lower_quartile_ms is not None and each.upper_quartile_ms is not None
    )
    built = "built without its weights" if model.untrained else ""
    told = [
        f"median of {document.passes} passes after {document.warm_up}, images of {shape}",
        built,
        quartiles,
        versions,
    ]
    return "; ".join(each for each in told if each)


def _facts(document: _Document, model: _Measured) -> dict[str, object]:
    """What one image costs; nothing where it was not counted, or the image is not as high as it is wide."""
    if model.macs_billions is None or model.activations_millions is None or model.input_shape is None:
        return {}
    _, height, width = model.input_shape
    if height != width:
        return {}
    return {
        "macs_billions": model.macs_billions,
        "activations_millions": model.activations_millions,
        "input_size": height,
        "cost_source": ", ".join(f"{name} {_release(each)}" for name, each in document.versions.by_name.items()),
    }


def _ids_by_name(models: Models, origins: Mapping[str, _Origin]) -> Mapping[str, list[str]]:
    """Weights of the same source are the same model, also where the store has them twice."""
    held: dict[_Origin, list[str]] = {}
    for model_id, record in models.items():
        if record.source_identifier:
            held.setdefault(weights_origin(record.source_library, record.source_identifier), []).append(model_id)
    return {name: held[origin] for name, origin in origins.items() if origin in held}
