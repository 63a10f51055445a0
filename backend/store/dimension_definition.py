"""What somebody writes to add a dimension of their own: the same keys in a TOML file and in the JSON of REST."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    JsonValue,
    ValidationError,
    model_validator,
)

from backend.store.definition_text import Label, Text, faults_in_words, toml_document
from backend.store.tables import Model
from quba.dimension import Dimension, Pass, PlugIn, Theme
from quba.dimension_package import PLUG_IN_PASSES
from quba.dimensions import BUILT_IN
from quba.errors import Refusal
from quba.vocabulary import FACTS, Origin

# Behind all that come with the program.
_POSITION = 1000
# Wide enough for any unit: without a range of its own, nothing is implausible.
_ANYTHING = 1e12
# No point: `w.KEY`, `KEY.gte` and `KEY.standard_error` are names of parameters and columns.
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
# What tables of models and rankings have a column of already.
_TAKEN = frozenset(
    {*Model.__table__.columns.keys(), *FACTS, "commercial_use", "default_rank", "flagged", "flags", "missing"}
    | {"overall_rank", "rank", "score", "score_gap", "timm_tag"}
)
_Definition = TypeVar("_Definition", bound="DimensionDefinition")
_NEXT_STEP = "Correct it and add the dimension again; docs/dimensions.md explains every key."
_ABSENT = {
    "higher_is_better": "write higher_is_better = true or false, for no ranking can guess the direction",
    "smallest_meaningful_difference": "write by how much two models must differ for it to matter, in the unit",
}


def _key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("it must begin with a lower-case letter and hold only those, digits and underscores, up to 64")
    if key in BUILT_IN:
        raise ValueError("this dimension comes with the program; choose another key")
    if key in _TAKEN:
        raise ValueError("tables have a column of this name already; choose another key")
    return key


class DimensionDefinition(BaseModel):
    """A dimension of one's own as its owner writes it; an unknown key is refused, for it may be a misspelt one."""

    # Strict: a number in quotation marks is a slip, and a key that is misspelt must not count for nothing.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: Annotated[str, AfterValidator(_key)] = Field(
        description="The key, which parameters, files and answers use: lower-case letters, digits and underscores.",
        examples=["throughput"],
    )
    label: Label = Field(description="The name on screen.")
    short_label: Label | None = Field(None, description="The name where room is scarce. Default: the label.")
    unit: Label = Field(description="The unit of the values; `fraction` is checked for per cent.")
    higher_is_better: bool = Field(description="Whether larger values are better.")
    theme: Literal[tuple(each.value for each in Theme)] = Field(  # type: ignore[valid-type]
        description="The theme under which it is shown."
    )
    description: Text = Field(description="The meaning in one sentence, for a newcomer.")
    smallest_meaningful_difference: FiniteFloat = Field(
        gt=0, description="The smallest difference between two models that matters in practice, in the unit."
    )
    plausible: Annotated[list[FiniteFloat], Field(min_length=2, max_length=2)] | None = Field(
        None, description="The least and the greatest value that an import takes. Default: the bounds, or any value."
    )
    lower_bound: FiniteFloat | None = Field(None, description="The least possible value, where there is one.")
    upper_bound: FiniteFloat | None = Field(None, description="The greatest possible value, where there is one.")
    decimals: int = Field(4, ge=0, le=10, description="The digits after the point that are shown.")
    logarithmic: bool = Field(False, description="Whether a chart should use a logarithmic axis.")
    source: Text | None = Field(None, description="The publication or the place that the values come from.")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for name, pair in (("plausible", self.range), ("the bounds", (self.lower_bound, self.upper_bound))):
            low, high = pair
            if low is not None and high is not None and low >= high:
                raise ValueError(f"{name}: {low:g} is not below {high:g}; write the smaller number first")
        return self

    @property
    def range(self) -> tuple[float, float]:
        """Between which values an import takes what somebody typed."""
        if self.plausible is not None:
            return self.plausible[0], self.plausible[1]
        low, high = self.lower_bound, self.upper_bound
        return -_ANYTHING if low is None else low, _ANYTHING if high is None else high

    def dimension(self) -> Dimension:
        """The dimension that it describes: weight 0, without a norm of the study, and measured by nobody here."""
        return Dimension(
            key=self.key,
            label=self.label,
            short_label=self.short_label or self.label,
            position=_POSITION,
            theme=Theme(self.theme),
            unit=self.unit,
            lower_bound=self.lower_bound,
            upper_bound=self.upper_bound,
            plausible=self.range,
            higher_is_better=self.higher_is_better,
            default_weight=0.0,
            smallest_meaningful_difference=self.smallest_meaningful_difference,
            reference=None,
            published_error=None,
            decimals=self.decimals,
            logarithmic=self.logarithmic,
            description=self.description,
            procedure="Added by whoever runs this service; its values were imported, not measured here.",
            source=self.source or "Not stated.",
            passes=(),
            origin=Origin.OWN,
        )


class PackageMeasure(BaseModel):
    """By what an installed package measures a dimension, as the store keeps it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    package: str = Field(min_length=1, max_length=200)
    version: str = Field(min_length=1, max_length=200)
    entry_point: str = Field(min_length=1, max_length=200)
    passes: list[Literal[tuple(each.value for each in PLUG_IN_PASSES)]] = Field(min_length=1)  # type: ignore[valid-type]
    needs_probabilities: bool
    procedure: Text


class PackageDefinition(DimensionDefinition):
    """A dimension whose values an installed package measures; nobody writes one by hand."""

    measure: PackageMeasure

    def dimension(self) -> Dimension:
        """The dimension that it describes, with what measures it."""
        its = self.measure
        return replace(
            super().dimension(),
            procedure=its.procedure,
            passes=tuple(map(Pass, its.passes)),
            needs_probabilities=its.needs_probabilities,
            plug_in=PlugIn(package=its.package, version=its.version, entry_point=its.entry_point),
        )


def definition_of(document: Mapping[str, JsonValue], *, place: str = "the dimension") -> DimensionDefinition:
    """A definition from the contents of a file, of a request, or of the store.

    Args:
        document: as TOML or JSON gives it.
        place: named in refusals.

    Raises:
        Refusal: `bad_dimension`, naming each value and its rule.
    """
    return _definition_as(DimensionDefinition, document, place)


def stored_definition(document: Mapping[str, JsonValue]) -> DimensionDefinition:
    """A definition from the store, which has those that a package measures too.

    Raises:
        Refusal: `bad_dimension`, as `definition_of`.
    """
    return _definition_as(
        PackageDefinition if "measure" in document else DimensionDefinition, document, "the dimension"
    )


def _definition_as(kind: type[_Definition], document: Mapping[str, JsonValue], place: str) -> _Definition:
    try:
        return kind.model_validate(dict(document))
    except ValidationError as error:
        told = faults_in_words(error, kind.model_fields, _ABSENT)
        raise _refusal(f"{place}: {told}.") from None


def definition_from(dimension: Dimension, plug_in: PlugIn | None = None) -> DimensionDefinition:
    """What a dimension that a package brings is, as its owner would write it.

    Args:
        dimension: of the package.
        plug_in: the package, where it measures the dimension; otherwise values come by import.

    Raises:
        Refusal: `bad_dimension`, where it breaks a rule for dimensions of one's own.
    """
    bounds = {"lower_bound": dimension.lower_bound, "upper_bound": dimension.upper_bound}
    told: dict[str, JsonValue] = {
        "key": dimension.key,
        "label": dimension.label,
        "short_label": dimension.short_label,
        "unit": dimension.unit,
        "higher_is_better": dimension.higher_is_better,
        "theme": dimension.theme.value,
        "description": dimension.description,
        "smallest_meaningful_difference": dimension.smallest_meaningful_difference,
        "plausible": list(dimension.plausible),
        "decimals": dimension.decimals,
        "logarithmic": dimension.logarithmic,
        "source": dimension.source,
        **{name: bound for name, bound in bounds.items() if bound is not None},
    }
    place = f"the dimension {dimension.key}"
    if plug_in is None:
        return _definition_as(DimensionDefinition, told, place)
    told["measure"] = {
        "package": plug_in.package,
        "version": plug_in.version,
        "entry_point": plug_in.entry_point,
        "passes": [each.value for each in dimension.passes],
        "needs_probabilities": dimension.needs_probabilities,
        "procedure": dimension.procedure,
    }
    return _definition_as(PackageDefinition, told, place)


def read_definition(path: Path) -> DimensionDefinition:
    """A definition from a TOML file.

    Raises:
        Refusal: `bad_dimension`, naming the file, the place in it and the rule it breaks.
    """
    try:
        document = toml_document(path)
    except ValueError as fault:
        raise _refusal(str(fault)) from None
    return definition_of(document, place=str(path))


def _refusal(message: str) -> Refusal:
    return Refusal("bad_dimension", message, _NEXT_STEP)
