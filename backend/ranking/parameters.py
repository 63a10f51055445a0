"""The parameters of the interface: one definition serves parsing, error messages and the OpenAPI text."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, NamedTuple, Self, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from backend.imports.flags import FLAGS
from backend.problems import ProblemError
from backend.ranking.parameter_errors import limits, refusal
from backend.store.names import normalised_text, text_violation
from quba.benchmarks import STUDY_BENCHMARK
from quba.dimension import Dimension
from quba.dimensions import BUILT_IN, DIMENSIONS, MEASURES, DimensionSet, current_dimensions
from quba.ranking.presets import BUILT_IN_PRESETS
from quba.vocabulary import (
    AMONG as AMONG_WORDS,
)  # fmt: skip
from quba.vocabulary import (
    COMMERCIAL_USE,
    DRAWS,
    FACTS,
    IDENTITY_WORDS,
    LONGEST_SEARCH,
    NONE,
    NORMALISATIONS,
    PAGE_SIZE,
    QUALITIES,
    RANKED_PROTOCOLS,
    SEED,
    WEIGHT,
    Bounds,
)

DEFAULT_BENCHMARK = STUDY_BENCHMARK
DEFAULT_PRESET = "paper"
MAX_LIMIT = PAGE_SIZE.highest
DEFAULT_LIMIT = PAGE_SIZE.default
WEIGHT_PREFIX = "w."
OPEN_FIELDS = ("backbone", "lineage", "source_library")
CHOICE_FIELDS = (*IDENTITY_WORDS, *OPEN_FIELDS, "commercial_use", "flag")
_CLOSED_CHOICES = {**IDENTITY_WORDS, "commercial_use": COMMERCIAL_USE, "flag": (*FLAGS, NONE)}


def number(value: object) -> object:
    """Refuse what Python would silently read as a number: booleans, spaces, underscores, digits of other scripts."""
    # First what an address has, many times in a ranking's.
    if (isinstance(value, str) and not _DECIMAL.fullmatch(value)) or isinstance(value, bool):
        raise PydanticCustomError("number", "must be a plain decimal number")
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "must be a finite number")
    return value


def _text(value: object) -> object:
    """Refuse what no name holds, before it reaches a database or a log."""
    if isinstance(value, str) and _CONTROL.search(value):
        raise PydanticCustomError("control_characters", "must not hold control characters")
    return value


def display_name(value: object) -> object:
    """Refuse a name that an import would refuse, and give its letters one spelling."""
    if not isinstance(value, str):
        return value
    name = normalised_text(value)
    if violated := text_violation(name, _NAME_LENGTH):
        rule, _, step = violated.partition("; ")
        raise PydanticCustomError("name", "{rule}", {"rule": rule, "step": step[:1].upper() + step[1:]})
    return name


def within(bounds: Bounds[int] | Bounds[float]) -> Any:  # noqa: ANN401 - a type built at run time
    """The type of a number within bounds."""
    # The bounds say whether a number is whole: 1 and 1.0 make different parameters.
    kind: Any = type(bounds.lowest)
    # JSON Schema has two words for it, `exclusiveMinimum` and `minimum`; only one of them may be given.
    above, least = (bounds.lowest, None) if bounds.above else (None, bounds.lowest)
    return Annotated[kind, Field(gt=above, ge=least, le=bounds.highest), BeforeValidator(number)]


def comma_separated(value: object) -> object:
    """Split `a,b` into its parts; a JSON list is taken as it is."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


_NAME_LENGTH = 200
# Not `float`, which also reads `1_000`, `nan`, spaces and the digits of other scripts.
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
# Line ends and NUL would break logs and databases; a name that is shown never needs them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _text_up_to(longest: int) -> Any:  # noqa: ANN401 - a type built at run time
    return Annotated[str, Field(max_length=longest), BeforeValidator(_text)]


Text: TypeAlias = Annotated[str, Field(max_length=200), BeforeValidator(_text)]
BenchmarkKey: TypeAlias = Annotated[str, Field(max_length=100), BeforeValidator(_text)]
Draws = Annotated[int, Field(ge=DRAWS.lowest, le=DRAWS.highest), BeforeValidator(number)]
Seed = Annotated[int, Field(ge=SEED.lowest, le=SEED.highest), BeforeValidator(number)]
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(number)]
Weight = Annotated[float, Field(ge=WEIGHT.lowest, le=WEIGHT.highest, allow_inf_nan=False), BeforeValidator(number)]
Words = Annotated[tuple[Text, ...], Field(min_length=1, max_length=200), BeforeValidator(comma_separated)]


def _known_dimension(value: object) -> object:
    """Refuse what is no dimension as pydantic refuses a word that is none of a list."""
    if value not in DIMENSIONS:
        raise PydanticKnownError("literal_error", {"expected": ", ".join(f"{key!r}" for key in DIMENSIONS)})
    return value


def _measurable_dimension(value: object) -> object:
    """Refuse likewise what no worker could measure."""
    measurable = [key for key, each in DIMENSIONS.items() if each.measurable]
    if value not in measurable:
        raise PydanticKnownError("literal_error", {"expected": ", ".join(f"{key!r}" for key in measurable)})
    return value


DimensionKey: TypeAlias = Annotated[
    str, BeforeValidator(_known_dimension), WithJsonSchema({"type": "string", "enum": list(BUILT_IN)})
]
"""Any dimension in force; `backend.openapi` writes those of one's own into the document."""
MeasuredKey: TypeAlias = Annotated[
    str, BeforeValidator(_measurable_dimension), WithJsonSchema({"type": "string", "enum": list(MEASURES)})
]
"""A dimension that can be measured: one of the program's, or one that an installed package measures."""


class Parameter(NamedTuple):
    """One parameter: its type with constraints, what it does, and its value when it is not given (`...`: required)."""

    kind: Any
    description: str
    default: Any = None


Group = Mapping[str, Parameter]
# Checked parameters by name. Which there are follows the dimensions, so that no class can say their types.
Values: TypeAlias = Mapping[str, Any]


def _choice_type(field: str) -> Any:  # noqa: ANN401 - a type built at run time
    # Fields with a closed list are refused by name; backbones and libraries grow with the data, so the pool judges
    # them.
    known = _CLOSED_CHOICES.get(field)
    if known is None:
        return Words
    choice: Any = Literal[known]
    return Annotated[tuple[choice, ...], Field(min_length=1), BeforeValidator(comma_separated)]


def _weights_of(dimensions: Mapping[str, Dimension]) -> Group:
    return {
        f"{WEIGHT_PREFIX}{key}": Parameter(
            Weight | None,
            f"Weight of {dimension.inline_label}, 0 or more; 0 leaves it out. Default: the preset's.",
        )
        for key, dimension in dimensions.items()
    }


def _bounds_of(keys: Iterable[str]) -> Group:
    return {
        f"{key}.{bound}": Parameter(Number | None, f"Keep models whose {key} is at {word} this.")
        for key in keys
        for bound, word in (("gte", "least"), ("lte", "most"))
    }


_CHOICE_TEXTS = {
    "commercial_use": "Keep models whose weights have a licence that allows commercial use by its words (`yes`), "
    "refuses it (`no`), or of which that is not known (`unknown`), comma-separated.",
}
POOL: Group = {
    "benchmark": Parameter(
        BenchmarkKey,
        "The benchmark, a suite of data sets, that the values were measured on.",
        DEFAULT_BENCHMARK,
    ),
    "protocol": Parameter(
        Literal[RANKED_PROTOCOLS] | None,
        "The protocol that the values were measured by; a ranking never mixes protocols. Default: the benchmark's own.",
    ),
    "quality": Parameter(
        Literal[QUALITIES],
        "The values that count: with `all` every value as published; with `screened` flagged values are missing.",
        QUALITIES[0],
    ),
}
WEIGHTING: Group = {
    "preset": Parameter(
        Literal[tuple(BUILT_IN_PRESETS)],
        "The named weighting that single weights start from.",
        DEFAULT_PRESET,
    ),
    "normalisation": Parameter(
        Literal[NORMALISATIONS] | None,
        "The normalisation, which puts values on one scale. Default: `published`, or `zscore` on a "
        "benchmark without published norms.",
    ),
    **_weights_of(BUILT_IN),
}
FILTERS: Group = {
    **{
        field: Parameter(
            _choice_type(field) | None,
            _CHOICE_TEXTS.get(
                field, f"Keep models with one of these values of {field}, comma-separated; `{NONE}` means absent."
            ),
        )
        for field in CHOICE_FIELDS
    },
    "q": Parameter(
        _text_up_to(LONGEST_SEARCH) | None,
        "Keep models whose names, identifier or paper hold all of these words.",
    ),
    **_bounds_of(("score", *BUILT_IN, *FACTS)),
}
AMONG: Group = {
    "among": Parameter(
        Literal[AMONG_WORDS],
        "The models that the answer compares. `filtered`: those that pass the filters, as the ranking lists them; "
        "`all`: every model of the pool, whatever the filters. Scores and norms are the same either way.",
        AMONG_WORDS[0],
    )
}
ALPHA: Group = {
    "alpha": Parameter(
        Annotated[float, Field(gt=0, lt=1), BeforeValidator(number)],
        "A difference is significant where its corrected p is below this; the intervals hold 1 - alpha.",
        0.05,
    )
}
# A score exists only where weights are given, so lists without weights cannot be filtered by it.
PLAIN_FILTERS: Group = {name: parameter for name, parameter in FILTERS.items() if not name.startswith("score.")}
PAGE_WITHOUT_SORT: Group = {
    "limit": Parameter(
        within(PAGE_SIZE),
        "The largest number of items in one answer.",
        PAGE_SIZE.default,
    ),
    "cursor": Parameter(_text_up_to(500) | None, "The opaque `next_cursor` of the previous answer."),
}
# Of lists with other formats than JSON: a file that is read by its address has all rows, or it would lack most of them
# and nobody would notice.
TABLE_PAGE: Group = {
    **PAGE_WITHOUT_SORT,
    "limit": Parameter(
        within(PAGE_SIZE) | None,
        f"The largest number of items in one answer. Default: {PAGE_SIZE.default} as JSON, all in other formats.",
    ),
}
PAGE: Group = {
    "sort": Parameter(
        Words,
        "Keys to sort by, comma-separated, each with `-` for descending: score, rank, name or a dimension.",
        ("-score",),
    ),
    **TABLE_PAGE,
}
FORMAT: Group = {
    "format": Parameter(
        Literal["json", "csv", "ndjson", "parquet"] | None,
        "The format of the answer; without it the Accept header decides.",
    )
}


Query = TypeVar("Query", bound="CheckedParameters")


class CheckedParameters(BaseModel):
    """Parameters of a query or of a body: its fields are the only names that it may hold."""

    model_config = ConfigDict(extra="forbid", defer_build=False)

    @classmethod
    def read(cls, given: Mapping[str, object], *, strict: bool = False) -> Self:
        """Check names and values.

        Args:
            given: as they were sent; what is absent gets its default.
            strict: whether numbers must be numbers, as in JSON, or may be texts, as in an address.

        Raises:
            ProblemError: 422, naming each parameter with its value and rule.
        """
        try:
            return cls.in_force().model_validate(given, strict=strict)
        except ValidationError as error:
            raise cls.refusal(error.errors(include_url=False)) from None

    @classmethod
    def refusal(cls, faults: Sequence[Mapping[str, Any]]) -> ProblemError:
        """What answers these faults, as pydantic lists them."""
        return refusal(faults, *_rules(cls.in_force()))

    @classmethod
    def in_force(cls) -> type[Self]:
        """The same parameters, with those of the dimensions of one's own that are in force."""
        dimensions = current_dimensions()
        # The class itself where there are none, as nearly everywhere: looking further would cost every ranking.
        own = dimensions.own or dimensions.removed or dimensions.presets
        return cls if not own else _with_own(cls, dimensions)

    @model_validator(mode="wrap")
    @classmethod
    def _of_the_dimensions_in_force(cls, given: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        # Where FastAPI reads the query, it knows only the class that the route was declared with.
        model = cls.in_force()
        return handler(given) if model is cls else model.model_validate(given)

    def values(self) -> Values:
        """Every parameter by its name, the absent ones with their defaults."""
        # Not `model_dump`, which would copy all of it for every ranking.
        return self.__dict__


@lru_cache(maxsize=128)
def _with_own(model: type[Query], dimensions: DimensionSet) -> type[Query]:
    """A model's variant with the parameters of dimensions and presets of one's own, where it has the built-in ones.

    It also takes those of removed dimensions, so that a link that names one is answered, with a notice.
    """
    if model.__name__.startswith(_VARIANT):
        return model
    every = {each.key: each for each in (*dimensions.own, *dimensions.removed)}
    fields: Any = {
        name: (parameter.kind, Field(parameter.default, description=parameter.description))
        for group in (_weights_of(every), _bounds_of(every))
        # Any built-in one tells whether the model has parameters of this kind at all.
        for name, parameter in group.items()
        if _of_accuracy(name) in model.model_fields
    }
    if dimensions.presets and (preset := model.model_fields.get("preset")) is not None:
        keys = (*BUILT_IN_PRESETS, *(each.key for each in dimensions.presets))
        fields["preset"] = (Literal[keys], Field(preset.default, description=preset.description))
    return create_model(f"{_VARIANT}{model.__name__}", __base__=model, **fields) if fields else model


class _Fields(CheckedParameters):
    """Fields for other classes, which take the whole time of being built and are the ones that are read."""

    model_config = ConfigDict(defer_build=True)


_VARIANT = "WithOwn"


def _of_accuracy(name: str) -> str:
    """The parameter of accuracy of the same kind."""
    if name.startswith(WEIGHT_PREFIX):
        return f"{WEIGHT_PREFIX}accuracy"
    return f"accuracy.{name.rpartition('.')[2]}"


@cache
def _rules(model: type[BaseModel]) -> tuple[tuple[str, ...], dict[str, tuple[int, int]]]:
    """The names that a model takes and their bounds; kept, for making a schema takes milliseconds."""
    return tuple(model.model_fields), limits(model.model_json_schema())


def fields_of(*groups: Group) -> Any:  # noqa: ANN401 - a base class made at run time
    """A base class that has the parameters of these groups as fields.

    Their names have dots, as `w.accuracy` has, and follow the dimensions, so that no class can spell them.
    """
    parameters = {name: parameter for group in groups for name, parameter in group.items()}
    fields: Any = {
        name: (parameter.kind, Field(parameter.default, description=parameter.description))
        for name, parameter in parameters.items()
    }
    return create_model("Fields", __base__=_Fields, **fields)
