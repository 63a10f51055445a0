"""What somebody writes to add a dimension of their own: the same keys in a TOML file and in the JSON of REST."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

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
from pydantic_core import ErrorDetails

from backend.store.names import normalised_text, text_violation
from backend.store.tables import Model
from quba.dimension import Dimension, Theme
from quba.dimensions import BUILT_IN
from quba.errors import Refusal
from quba.vocabulary import COSTS, Origin

MOST_BYTES = 64 * 1024
_SHOWN = 80
_MOST_FAULTS = 3
_LONGEST_LABEL = 60
_LONGEST_TEXT = 500
# Behind all that come with the program.
_POSITION = 1000
# Wide enough for any unit: without a range of its own, nothing is implausible.
_ANYTHING = 1e12
# No point: `w.KEY`, `KEY.gte` and `KEY.standard_error` are names of parameters and columns.
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
# What tables of models and rankings have a column of already.
_TAKEN = frozenset(
    {*Model.__table__.columns.keys(), *COSTS, "commercial_use", "default_rank", "flagged", "flags", "missing"}
    | {"overall_rank", "rank", "score", "score_gap", "timm_tag"}
)
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


def _text(text: str) -> str:
    text = normalised_text(text)
    if violated := text_violation(text, _LONGEST_TEXT):
        raise ValueError(violated.rstrip("."))
    return text


def _label(label: str) -> str:
    if len(_text(label)) > _LONGEST_LABEL:
        raise ValueError(f"must have at most {_LONGEST_LABEL} characters; shorten it")
    return _text(label)


_Text = Annotated[str, Field(min_length=1), AfterValidator(_text)]
_Label = Annotated[str, Field(min_length=1), AfterValidator(_label)]


class DimensionDefinition(BaseModel):
    """A dimension of one's own as its owner writes it; an unknown key is refused, for it may be a misspelt one."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: Annotated[str, AfterValidator(_key)] = Field(
        description="The key, which parameters, files and answers use: lower-case letters, digits and underscores.",
        examples=["throughput"],
    )
    label: _Label = Field(description="The name on screen.")
    short_label: _Label | None = Field(None, description="The name where room is scarce. Default: the label.")
    unit: _Label = Field(description="The unit of the values; `fraction` is checked for per cent.")
    higher_is_better: bool = Field(description="Whether larger values are better.")
    theme: Literal[tuple(each.value for each in Theme)] = Field(  # type: ignore[valid-type]
        description="The theme under which it is shown."
    )
    description: _Text = Field(description="The meaning in one sentence, for a newcomer.")
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
    source: _Text | None = Field(None, description="The publication or the place that the values come from.")

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


def definition_of(document: Mapping[str, JsonValue], *, place: str = "the dimension") -> DimensionDefinition:
    """A definition from the contents of a file, of a request, or of the store.

    Args:
        document: as TOML or JSON gives it.
        place: named in refusals.

    Raises:
        Refusal: `bad_dimension`, naming each value and its rule.
    """
    try:
        return DimensionDefinition.model_validate(dict(document))
    except ValidationError as error:
        faults = [_sentence(each) for each in error.errors()]
        more = f" and {len(faults) - _MOST_FAULTS} more faults" if len(faults) > _MOST_FAULTS else ""
        raise _refusal(f"{place}: {'; '.join(faults[:_MOST_FAULTS])}{more}.") from None


def read_definition(path: Path) -> DimensionDefinition:
    """A definition from a TOML file.

    Raises:
        Refusal: `bad_dimension`, naming the file, the place in it and the rule it breaks.
    """
    try:
        # One byte more shows that there are more; a pipe or a device has no size to ask for.
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _refusal(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > MOST_BYTES:
        raise _refusal(f"{path} is larger than {MOST_BYTES} bytes, which no definition of a dimension is.")
    try:
        document = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise _refusal(f"{path} is not written in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise _refusal(f"{path} is not valid TOML: {error}.") from None
    return definition_of(document, place=str(path))


def _sentence(fault: ErrorDetails) -> str:
    where = ".".join(str(part) for part in fault["loc"])[:_SHOWN]
    if fault["type"] == "missing":
        return f"{where} is missing: {_ABSENT.get(where, f'write {where} = ...')}"
    if fault["type"] == "extra_forbidden":
        return f"the key {where} is unknown; the keys are {', '.join(DimensionDefinition.model_fields)}"
    if fault["type"] == "value_error" and not where:
        return str(fault["ctx"]["error"])
    rule = str(fault["ctx"]["error"]) if fault["type"] == "value_error" else fault["msg"]
    return f"{where} is {str(fault['input'])[:_SHOWN]!r}: {rule[0].lower()}{rule[1:]}"


def _refusal(message: str) -> Refusal:
    return Refusal("bad_dimension", message, _NEXT_STEP)
