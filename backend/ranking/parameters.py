"""The parameters of the interface: one definition serves parsing, error messages and the OpenAPI text."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple, Required, TypeAlias
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from backend.body import repeated_parameter, repeats
from backend.imports.flags import FLAGS
from backend.ranking.parameter_errors import limits, refusal
from backend.store.names import normalised, text_violation
from quba.benchmarks import STUDY_BENCHMARK
from quba.dimensions import DIMENSIONS
from quba.ranking.presets import PRESETS
from quba.vocabulary import (
    AMONG as AMONG_WORDS,
)  # fmt: skip
from quba.vocabulary import (
    DRAWS,
    IDENTITY_WORDS,
    LONGEST_SEARCH,
    NONE,
    NORMALISATIONS,
    PAGE_SIZE,
    PROTOCOLS,
    QUALITIES,
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
CHOICE_FIELDS = (*IDENTITY_WORDS, *OPEN_FIELDS, "flag")
RANGE_FIELDS = ("score", *DIMENSIONS)


def number(value: object) -> object:
    """Refuse what Python would silently read as a number: booleans, spaces, underscores, digits of other scripts."""
    if isinstance(value, bool) or (isinstance(value, str) and not _DECIMAL.fullmatch(value)):
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
    name = normalised(value)
    if violated := text_violation(name, _NAME_LENGTH):
        rule, _, step = violated.partition("; ")
        raise PydanticCustomError("name", "{rule}", {"rule": rule, "step": step[:1].upper() + step[1:]})
    return name


def within(bounds: Bounds[int] | Bounds[float]) -> Any:  # noqa: ANN401 - a type built at run time
    """The type of a number within bounds."""
    kind: Any = type(bounds.lowest)
    above, least = (bounds.lowest, None) if bounds.above else (None, bounds.lowest)
    return Annotated[kind, Field(gt=above, ge=least, le=bounds.highest), BeforeValidator(number)]


def comma_separated(value: object) -> object:
    """Split `a,b` into its parts; a JSON list is taken as it is."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


_NAME_LENGTH = 200
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _text_up_to(longest: int) -> Any:  # noqa: ANN401 - a type built at run time
    return Annotated[str, Field(max_length=longest), BeforeValidator(_text)]


Text: TypeAlias = Annotated[str, Field(max_length=200), BeforeValidator(_text)]
Draws = Annotated[int, Field(ge=DRAWS.lowest, le=DRAWS.highest), BeforeValidator(number)]
Seed = Annotated[int, Field(ge=SEED.lowest, le=SEED.highest), BeforeValidator(number)]
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(number)]
Weight = Annotated[float, Field(ge=WEIGHT.lowest, le=WEIGHT.highest, allow_inf_nan=False), BeforeValidator(number)]
Words = Annotated[tuple[Text, ...], Field(min_length=1, max_length=200), BeforeValidator(comma_separated)]

DimensionKey: Any = Literal[tuple(DIMENSIONS)]


class Parameter(NamedTuple):
    """One parameter: its type with constraints, what it does, and its value when it is not given (`...`: required)."""

    kind: Any
    description: str
    default: Any = None


Group = Mapping[str, Parameter]


def _choice_type(field: str) -> Any:  # noqa: ANN401 - a type built at run time
    known = (*FLAGS, NONE) if field == "flag" else IDENTITY_WORDS.get(field)
    if known is None:
        return Words
    choice: Any = Literal[known]
    return Annotated[tuple[choice, ...], Field(min_length=1), BeforeValidator(comma_separated)]


POOL: Group = {
    "benchmark": Parameter(
        _text_up_to(100),
        "The benchmark, a suite of data sets, that the values were measured on.",
        DEFAULT_BENCHMARK,
    ),
    "protocol": Parameter(
        Literal[PROTOCOLS] | None,
        "The protocol that the values were measured by; a ranking never mixes protocols. Default: the benchmark's own.",
    ),
    "quality": Parameter(
        Literal[QUALITIES],
        "The values that count: with `all` every value as published; with `screened` flagged values are missing.",
        QUALITIES[0],
    ),
}
WEIGHTING: Group = {
    "preset": Parameter(Literal[tuple(PRESETS)], "The named weighting that single weights start from.", DEFAULT_PRESET),
    "normalisation": Parameter(
        Literal[NORMALISATIONS] | None,
        "The normalisation, which puts values on one scale. Default: `published`, or `zscore` on a "
        "benchmark without published norms.",
    ),
    **{
        f"{WEIGHT_PREFIX}{key}": Parameter(
            Weight | None,
            f"Weight of {dimension.label.lower()}, 0 or more; 0 leaves it out. Default: the preset's.",
        )
        for key, dimension in DIMENSIONS.items()
    },
}
FILTERS: Group = {
    **{
        field: Parameter(
            _choice_type(field) | None,
            f"Keep models with one of these values of {field}, comma-separated; `{NONE}` means absent.",
        )
        for field in CHOICE_FIELDS
    },
    "q": Parameter(
        _text_up_to(LONGEST_SEARCH) | None,
        "Keep models whose names, identifier or paper hold all of these words.",
    ),
    **{
        f"{key}.{bound}": Parameter(Number | None, f"Keep models whose {key} is at {word} this.")
        for key in RANGE_FIELDS
        for bound, word in (("gte", "least"), ("lte", "most"))
    },
}
AMONG: Group = {
    "among": Parameter(
        Literal[AMONG_WORDS],
        "The models that the answer compares. `filtered`: those that pass the filters, as the ranking lists them; "
        "`all`: every model of the pool, whatever the filters. Scores and norms are the same either way.",
        AMONG_WORDS[0],
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
PAGE: Group = {
    "sort": Parameter(
        Words,
        "Keys to sort by, comma-separated, each with `-` for descending: score, rank, name or a dimension.",
        ("-score",),
    ),
    **PAGE_WITHOUT_SORT,
}
FORMAT: Group = {
    "format": Parameter(
        Literal["json", "csv", "ndjson", "parquet"] | None,
        "The format of the answer; without it the Accept header decides.",
    )
}


class ParameterSet:
    """The parameters that one path takes.

    Args:
        name: for the generated model.
        groups: which parameters.
    """

    def __init__(self, name: str, *groups: Group) -> None:
        parameters = {key: parameter for group in groups for key, parameter in group.items()}
        self._names = tuple(parameters)
        self._defaults = {key: parameter.default for key, parameter in parameters.items() if parameter.default != ...}
        fields: Any = {key: self._field(parameter) for key, parameter in parameters.items()}
        # A dictionary rather than a model: only what is given is looked at, and a dot can stand in a name.
        given: Any = with_config(ConfigDict(extra="forbid"))(TypedDict(name, fields, total=False))  # type: ignore[operator]
        self._given = TypeAdapter[dict[str, Any]](given)
        self._limits = limits(self.json_schema())

    @staticmethod
    def _field(parameter: Parameter) -> Any:  # noqa: ANN401 - a type built at run time
        if parameter.default is ...:
            return Required[Annotated[parameter.kind, Field(description=parameter.description)]]
        shown = {"default": list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default}
        return Annotated[parameter.kind, Field(description=parameter.description, json_schema_extra=shown)]

    def __contains__(self, name: str) -> bool:
        """Whether there is a parameter of this name."""
        return name in self._names

    def from_query(self, request: Request) -> dict[str, Any]:
        """Read the parameters from a request's query string.

        Returns:
            Every parameter of the set by name, absent ones with their default.

        Raises:
            ProblemError: 422, naming each parameter with its value and rule.
        """
        # As Starlette reads it; its `query_params` would build two more lists and a dictionary.
        pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(pairs)
        if len(given) != len(pairs):
            raise repeated_parameter(repeats([name for name, _ in pairs]))
        return self.from_mapping(given)

    def from_mapping(self, given: Mapping[str, Any], *, strict: bool = False) -> dict[str, Any]:
        """Read the parameters from names and values, as `from_query` does.

        Args:
            given: names and values.
            strict: whether numbers must be numbers, as in JSON, or may be texts, as in a query string.
        """
        try:
            return {**self._defaults, **self._given.validate_python(given, strict=strict)}
        except ValidationError as error:
            raise refusal(error.errors(include_url=False), self._names, self._limits) from None

    def json_schema(self) -> dict[str, Any]:
        """The parameters as the JSON schema of an object."""
        return self._given.json_schema(ref_template="#/components/schemas/{model}")

    def openapi(self) -> dict[str, Any]:
        """What FastAPI's `openapi_extra` wants, to document the parameters."""
        schema = self.json_schema()
        required = set(schema.get("required", ()))
        parameters = []
        for name, field in schema["properties"].items():
            parameter: dict[str, Any] = {"name": name, "in": "query", "required": name in required}
            parameter["description"] = field.pop("description", "")
            parameter["schema"] = field
            describe_as_sent(parameter)
            parameters.append(parameter)
        return {"parameters": parameters}


def describe_as_sent(parameter: dict[str, Any]) -> None:
    """Correct a query parameter of OpenAPI: absent rather than null, and lists with commas instead of repeated."""
    parameter["schema"] = _without_null(parameter["schema"])
    if parameter["schema"].get("type") == "array":
        parameter |= {"style": "form", "explode": False}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query parameter is absent, never null: take `null` out of the alternatives and defaults."""
    schema.pop("title", None)
    schema.pop("description", None)
    if schema.get("default", 0) is None:
        schema.pop("default")
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    return schema | kinds[0] if len(kinds) == 1 else schema | ({"anyOf": kinds} if kinds else {})


def no_parameters(request: Request) -> None:
    """For paths that take no parameters: refuse those that come all the same.

    Raises:
        ProblemError: 422 `unknown_parameter`.
    """
    _NONE.from_query(request)


_NONE = ParameterSet("NoParameters")
