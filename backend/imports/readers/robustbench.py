"""Reads the files of RobustBench's folder `model_info`: one JSON file for each model and kind of threat."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from pydantic import JsonValue

from backend.imports.csv_file import RowError, decoded_text, rejection, short_text
from backend.imports.foreign_table import (
    ForeignRow,
    ForeignTable,
    ForeignValue,
    Models,
    TableFile,
    fraction,
    number_violation,
    own_definition,
    refuse_file,
)
from backend.imports.new_models import new_model
from backend.store.dimension_definition import DimensionDefinition
from backend.store.models import ModelRecord
from backend.store.names import acceptable
from backend.store.tables import JsonObject
from quba.measuring.uncertainty import binomial_standard_error
from quba.vocabulary import SLUG

_IMAGES = 5_000
_DATA_SET = "imagenet"
_LONGEST = 500
# AlexNet has 100 per cent by definition, and nobody published is at twice that.
_WORST_MCE = 500.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_RADIUS = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})")


class _Figure(NamedTuple):
    """A figure of a file: its column, the end of its key, and the words for it."""

    column: str
    suffix: str
    label: str
    description: str
    # Whether it is a mean over corruptions, so that its error does not follow from the number of images.
    is_mean: bool = False
    # Whether it is an error in units of AlexNet's, so that less is better and 1 no bound.
    relative: bool = False


@dataclass(frozen=True, slots=True)
class _Threat:
    """A kind of threat: its folder, what its library is called here, and its figures; the first must be there."""

    folder: str
    library: str
    figures: tuple[_Figure, ...]


_CLEAN = _Figure("clean_acc", "clean", "clean", f"Accuracy on RobustBench's {_IMAGES:,} unchanged images of ImageNet.")
_ATTACKED = _Figure(
    "autoattack_acc", "autoattack", "AutoAttack", f"Accuracy on RobustBench's {_IMAGES:,} images under AutoAttack."
)
_MEAN = "Mean accuracy under the fifteen corruptions of ImageNet-C at five severities, on 5,000 images each."
_MEAN_3D = "Mean accuracy under the corruptions of ImageNet-3DCC, on 5,000 images each."
_MCE = "Mean error under the corruptions of ImageNet-C, each relative to AlexNet's; 1 is as bad as AlexNet."
_MCE_3D = "Mean error under the corruptions of ImageNet-3DCC, each relative to AlexNet's; 1 is as bad as AlexNet."
_CORRUPTED = (
    _Figure("corruptions_acc", "mean", "mean", _MEAN, is_mean=True),
    _CLEAN,
    _Figure("corruptions_mce", "mce", "mCE", _MCE, is_mean=True, relative=True),
    _Figure("corruptions_acc_3d", "3d_mean", "3D, mean", _MEAN_3D, is_mean=True),
    _Figure("corruptions_mce_3d", "3d_mce", "3D, mCE", _MCE_3D, is_mean=True, relative=True),
)
_THREATS: Mapping[str, _Threat] = MappingProxyType(
    {
        "robustbench_linf": _Threat("Linf", "robustbench(imagenet,Linf)", (_ATTACKED, _CLEAN)),
        "robustbench_corruptions": _Threat("corruptions", "robustbench(imagenet,corruptions)", _CORRUPTED),
    }
)


def read(file: TableFile) -> ForeignTable:
    """The figures of one model under one kind of threat.

    Raises:
        ImportRejected: nothing says of which model or threat they are, or a figure breaks a rule; all are listed.
    """
    option, threat = _threat_of(file)
    model = file.base_name.removesuffix(".json")
    if not _NAME.fullmatch(model) or model == file.base_name:
        refuse_file(file.base_name, "is not MODEL.json: RobustBench says which model a file is of by its name alone.")
    document = _document(file.data)
    key = _key(option, document)
    values = _values(threat, key, document)
    used = [each for each in threat.figures if f"{key}_{each.suffix}" in values]
    row = ForeignRow(line=1, model=model, values=values, conditions=f"{threat.folder}, {_IMAGES} images")
    return ForeignTable(
        definitions=tuple(_definition(file, key, threat, each, document) for each in used),
        rows=(row,),
        ids_by_name=lambda models: _ids_by_name(models, threat.library),
        new_model=lambda name: _new_model(name, threat, document),
        unknown="is no model of this store",
    )


def _definition(
    file: TableFile, key: str, threat: _Threat, figure: _Figure, document: Mapping[str, JsonValue]
) -> DimensionDefinition:
    told: JsonObject = {
        "key": f"{key}_{figure.suffix}",
        "label": f"RobustBench {threat.folder}{_radius_in_words(document)}, {figure.label}",
        "unit": "fraction of AlexNet's error" if figure.relative else "fraction",
        "higher_is_better": not figure.relative,
        "theme": "robustness",
        "description": figure.description,
        "smallest_meaningful_difference": 0.005,
        "plausible": [0, _WORST_MCE / 100 if figure.relative else 1],
        "lower_bound": 0,
    }
    return own_definition(file, "RobustBench", told if figure.relative else {**told, "upper_bound": 1})


def _threat_of(file: TableFile) -> tuple[str, _Threat]:
    """The kind of threat, by the folders imagenet/KIND or by the option, which must not contradict each other."""
    by_folder = {each.folder: option for option, each in _THREATS.items()}
    folders = file.folders[:-1]
    if len(folders) > 1 and folders[-1] in by_folder and folders[-2] != _DATA_SET:
        refuse_file("/".join(folders), f"is of the data set {short_text(folders[-2])}; models here sort {_DATA_SET}.")
    found = by_folder.get(folders[-1]) if folders else None
    if file.dimension is not None and file.dimension not in _THREATS:
        refuse_file(file.dimension, f"is no kind of threat; the option dimension takes {', '.join(_THREATS)}.")
    if found is None and file.dimension is None:
        refuse_file(
            file.name or "",
            "does not say which threat the figures are about; give the file with its folders, as in "
            f"{_DATA_SET}/Linf/MODEL.json, or say it with the option dimension: {', '.join(_THREATS)}.",
        )
    if found is not None and file.dimension not in (None, found):
        refuse_file(str(file.name), f"lies in a folder of {found}, not of {file.dimension}; say one of the two.")
    option = file.dimension or str(found)
    return option, _THREATS[option]


def _document(data: bytes) -> Mapping[str, JsonValue]:
    text = decoded_text(data)
    try:
        found = json.loads(text)
    # What is nested without end is well-formed for all that was read of it.
    except (ValueError, RecursionError):
        refuse_file(text, "is no JSON; import the file as RobustBench has it.")
    if not isinstance(found, dict):
        refuse_file(text, "is no JSON object; import the file as RobustBench has it.")
    return found


def _key(option: str, document: Mapping[str, JsonValue]) -> str:
    """The beginning of the dimensions' keys: attacks of another radius are another dimension."""
    if document.get("dataset") != _DATA_SET:
        refuse_file(_as_text(document.get("dataset")), f"is the data set; only {_DATA_SET} has models of this store.")
    if document.get("unreliable") is True:
        rule = "is RobustBench's own word on this figure, which is then no measure of the model; leave the file out."
        raise rejection([RowError(1, "unreliable", "true", rule)])
    if option == "robustbench_corruptions":
        return option
    radius = document.get("eps")
    found = _RADIUS.fullmatch(radius) if isinstance(radius, str) else None
    if found is None:
        raise rejection([RowError(1, "eps", _as_text(radius), "must be the radius of the attack, such as 4/255.")])
    return f"{option}_{found[1]}_{found[2]}"


def _values(threat: _Threat, key: str, document: Mapping[str, JsonValue]) -> dict[str, ForeignValue]:
    values: dict[str, ForeignValue] = {}
    errors: list[RowError] = []
    for place, figure in enumerate(threat.figures):
        told = document.get(figure.column)
        # What a file does not say is missing; the figure that the threat is about must be there.
        if told in (None, "") and place > 0:
            continue
        # RobustBench has figures as text and as numbers.
        cell = told if isinstance(told, str) else _as_text(told)
        most = _WORST_MCE if figure.relative else 100.0
        rule = number_violation(cell, 0, most, "per cent")
        if rule is not None:
            errors.append(RowError(1, figure.column, short_text(cell), rule))
            continue
        share = fraction(cell)
        values[f"{key}_{figure.suffix}"] = ForeignValue(
            value=share,
            sample_count=_IMAGES,
            standard_error=None if figure.is_mean else binomial_standard_error(share, _IMAGES),
        )
    if errors:
        raise rejection(errors)
    return values


def _as_text(value: JsonValue) -> str:
    return short_text("" if value is None else json.dumps(value))


def _radius_in_words(document: Mapping[str, JsonValue]) -> str:
    radius = document.get("eps")
    return f" {radius}" if isinstance(radius, str) else ""


def _ids_by_name(models: Models, library: str) -> Mapping[str, list[str]]:
    """The ids of the models whose weights are this threat's, by RobustBench's name."""
    found: dict[str, list[str]] = {}
    for model_id, record in models.items():
        if record.source_library == library and record.source_identifier:
            found.setdefault(record.source_identifier, []).append(model_id)
    return found


def _new_model(name: str, threat: _Threat, document: Mapping[str, JsonValue]) -> ModelRecord | None:
    model_id = f"robustbench-{threat.folder}-{name}".lower()
    if not re.fullmatch(SLUG, model_id):
        return None
    title, authors, architecture = (document.get(each) for each in ("name", "authors", "architecture"))
    told = [str(each) for each in (architecture, authors) if isinstance(each, str) and each]
    return new_model(
        model_id=model_id,
        name=f"{name} (RobustBench {threat.folder})",
        library=threat.library,
        identifier=name,
        paper_title=acceptable(title, _LONGEST) if isinstance(title, str) else None,
        note=acceptable("; ".join(told), _LONGEST) if told else "",
    )
