"""What a page shows, as one query string: the API's own parameter names, defaults left out.

A link that somebody edited or mistyped must still open, so reading never fails: a value that breaks a rule falls back
to its default and leaves a notice that names the parameter, the value and the rule.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from quba.vocabulary import (
    AMONG,
    AROUND,
    COMPARED,
    ESTIMATORS,
    FACTS,
    FRONT_DIMENSIONS,
    IDENTITY_WORDS,
    JITTER,
    LAYERS,
    LONGEST_SEARCH,
    NORMALISATIONS,
    PAIRINGS,
    QUALITIES,
    RANKED_PROTOCOLS,
    SLUG,
    TOLERANCE,
    TOP_K,
    WEIGHT,
    Bounds,
)  # fmt: skip

CHOICE_FIELDS = (*IDENTITY_WORDS, "source_library", "commercial_use", "flag")
OPEN_FIELDS = PAIRINGS  # hundreds of values each: filtered by link, not by a list of choices
# What a ranking is asked with, beside weights and filters.
SETTINGS = ("preset", "normalisation", "quality", "benchmark", "protocol")
ADDRESS_DIGITS = 9  # as many as a weight of a third needs to be taken for the preset's
HIGHEST_ON_SLIDER = 3.0  # where the sliders of the weights end; a link may go beyond
SCORE = "score"
ACCURACY = "accuracy"  # what a trade-off shows first: the score counts the cost already
RANK = "rank"
FEWEST_COMPARED, MOST_COMPARED = COMPARED.lowest, COMPARED.highest
FEWEST_IN_FRONT, MOST_IN_FRONT = FRONT_DIMENSIONS.lowest, FRONT_DIMENSIONS.highest
GROUP_FIELDS = ("architecture", "training", "pretraining_data", "recipe", "head")
GROUP_BOUNDS = ("parameters_millions.gte", "parameters_millions.lte")
GROUP_PREFIXES = ("a.", "b.")
ONLY_DIFFERENCES = "differences"
_SLUG = re.compile(SLUG)
_PAGES = Bounds(1, 10_000, 1)
SEPARATOR = re.compile(r",(?![^()]*\))")  # some sources carry a comma in brackets

Read = Callable[[str], Any]
Write = Callable[[Any], str]


class RuleBroken(ValueError):
    """A value of the query string breaks the rule that the message states."""


@dataclass(frozen=True)
class Notice:
    """A parameter of the link that could not be used."""

    parameter: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"{self.parameter}={self.value} was ignored: {self.rule}"


@dataclass(frozen=True)
class Parameter:
    """One name of the query string: its default, and how a value is read and written."""

    default: Any
    read: Read
    write: Write = str


def _one_of(words: Sequence[str]) -> Read:
    def read(text: str) -> str:
        if text not in words:
            raise RuleBroken(f"it must be one of {', '.join(words)}.")
        return text

    return read


def _sort_by(keys: Sequence[str]) -> Read:
    def read(text: str) -> str:
        if text not in keys:
            raise RuleBroken("sort by score, rank, name or a dimension; a hyphen in front sorts downwards.")
        return text

    return read


def _several_of(words: Sequence[str] | None, most: int | None = None) -> Read:
    def read(text: str) -> tuple[str, ...]:
        values = tuple(dict.fromkeys(part.strip() for part in SEPARATOR.split(text) if part.strip()))
        if words is None:
            unknown = [value for value in values if not _SLUG.fullmatch(value.lower())]
            rule = "names consist of letters, digits, dots, hyphens and underscores."
        else:
            unknown = [value for value in values if value not in words]
            rule = f"choose among {', '.join(words)}."
        if unknown or not values:
            raise RuleBroken(rule)
        if most is not None and len(values) > most:
            raise RuleBroken(f"choose {most} or fewer.")
        return values

    return read


def _number(bounds: Bounds[float] | None = None) -> Read:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            # Refused by the next line, with the same words as NaN and infinity that somebody typed.
            value = math.nan
        if not math.isfinite(value):
            raise RuleBroken("it must be a number.")
        if bounds is not None and not bounds.hold(value):
            least = f"above {bounds.lowest:g} and up to" if bounds.above else f"from {bounds.lowest:g} to"
            raise RuleBroken(f"it must be a number {least} {bounds.highest:,.12g}.")
        return value

    return read


def _whole(bounds: Bounds[int]) -> Read:
    def read(text: str) -> int:
        # Python refuses to read thousands of digits; nine without zeros in front are above every bound already.
        digits = text.lstrip("0")[:9] or "0"
        if not text.isascii() or not text.isdigit() or not bounds.hold(int(digits)):
            raise RuleBroken(f"it must be a whole number from {bounds.lowest} to {bounds.highest}.")
        return int(digits)

    return read


def _words(text: str) -> str:
    if len(text) > LONGEST_SEARCH:
        raise RuleBroken(f"it must have {LONGEST_SEARCH} characters or fewer.")
    return text.strip()


def _slug(text: str) -> str:
    if not _SLUG.fullmatch(text):
        raise RuleBroken("a model is named by its lower-case identifier, such as resnet50.")
    return text


def _slugs(text: str) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(_slug(part.strip()) for part in text.split(",") if part.strip()))
    if len(values) > MOST_COMPARED:
        raise RuleBroken(f"at most {MOST_COMPARED} models can be compared.")
    return values


def number_text(value: float) -> str:
    """A number as links carry it: `ADDRESS_DIGITS` at most, no trailing zeros, as the board writes it."""
    return format(value, f".{ADDRESS_DIGITS}g")


def _comma_list(values: Sequence[str]) -> str:
    return ",".join(values)


@dataclass(frozen=True)
class Vocabulary:
    """The words that links may use, as the API lists them.

    Attributes:
        presets: preset key -> its weights; the first one is the default.
        choices: filter field -> its values; a field that is absent accepts any slug.
    """

    presets: Mapping[str, Mapping[str, float]]
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def default_preset(self) -> str:
        """The preset of a link that names none."""
        return next(iter(self.presets))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimension keys in their order."""
        return tuple(self.presets[self.default_preset])

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """Every name that a link may carry, in the order in which links list them."""
        return _parameters(self)


def _parameters(vocabulary: Vocabulary) -> dict[str, Parameter]:
    dimensions = vocabulary.dimensions
    axes = (*dimensions, SCORE, RANK, *FACTS)
    # Both ways of each key are words of their own: a hyphen is part of the value, as in the API.
    sortable = tuple(f"{sign}{key}" for key in (SCORE, RANK, "name", *dimensions) for sign in ("", "-"))
    table = {"preset": Parameter(vocabulary.default_preset, _one_of(tuple(vocabulary.presets)))}
    table |= {f"w.{key}": Parameter(None, _number(WEIGHT), number_text) for key in dimensions}
    table |= {
        "normalisation": Parameter(NORMALISATIONS[0], _one_of(NORMALISATIONS)),
        "quality": Parameter(QUALITIES[0], _one_of(QUALITIES)),
        # Any slug: benchmarks of one's own come and go, and the page says where one is gone.
        "benchmark": Parameter("", _slug),
        "protocol": Parameter("", _one_of(RANKED_PROTOCOLS)),
    }
    table |= {
        name: Parameter((), _several_of(vocabulary.choices.get(name)), _comma_list)
        for name in (*CHOICE_FIELDS, *OPEN_FIELDS)
    }
    table |= {
        f"{key}.{bound}": Parameter(None, _number(), number_text)
        for key in (*dimensions, SCORE, *FACTS)
        for bound in ("gte", "lte")
    }
    table |= {
        "q": Parameter("", _words),
        "sort": Parameter("-score", _sort_by(sortable)),
        "page": Parameter(1, _whole(_PAGES)),
        "x": Parameter("parameters_millions", _one_of(axes)),
        "y": Parameter(ACCURACY if ACCURACY in axes else SCORE, _one_of(axes)),
        "select": Parameter("", _slug),
        "models": Parameter((), _slugs, _comma_list),
        "front": Parameter((), _several_of(dimensions, MOST_IN_FRONT), _comma_list),
        "layers": Parameter(LAYERS.default, _whole(LAYERS)),
        "tolerance": Parameter(TOLERANCE.default, _number(TOLERANCE), number_text),
        "only": Parameter("", _one_of((ONLY_DIFFERENCES,))),
        "evaluation": Parameter("", _slug),
        "paired_by": Parameter("", _one_of(PAIRINGS)),
        "estimator": Parameter(ESTIMATORS[0], _one_of(ESTIMATORS)),
        "among": Parameter(AMONG[0], _one_of(AMONG)),
        "around": Parameter(AROUND[0], _one_of(AROUND)),
        "jitter": Parameter(JITTER.default, _number(JITTER), number_text),
        "top_k": Parameter(TOP_K.default, _whole(TOP_K)),
        "lock": Parameter((), _several_of(dimensions), _comma_list),
    }
    for side in GROUP_PREFIXES:
        table |= {
            f"{side}{name}": Parameter((), _several_of(vocabulary.choices.get(name)), _comma_list)
            for name in GROUP_FIELDS
        }
        table |= {f"{side}{name}": Parameter(None, _number(), number_text) for name in GROUP_BOUNDS}
    return table


def _unknown_rule(name: str) -> str:
    # Dimensions of one's own come and go: a link of yesterday may weigh or bound one that is no longer there.
    key = name.removeprefix("w.").removesuffix(".gte").removesuffix(".lte")
    return f"no dimension has the key {key!r}." if key != name and "." not in key else "there is no such parameter."


@dataclass(frozen=True)
class ViewState:
    """One view: the values that differ from their defaults, by parameter name."""

    vocabulary: Vocabulary
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_query(cls, query: Mapping[str, str], vocabulary: Vocabulary) -> tuple[ViewState, list[Notice]]:
        """Read a query string; what cannot be used is left at its default and reported."""
        known = vocabulary.parameters
        values: dict[str, Any] = {}
        notices = []
        for name, text in query.items():
            if name not in known:
                notices.append(Notice(name, text, _unknown_rule(name)))
                continue
            try:
                values[name] = known[name].read(text)
            except RuleBroken as rule:
                notices.append(Notice(name, text, str(rule)))
        return cls(vocabulary).with_values(values), notices

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - each parameter has its own type
        return self.values[name] if name in self.values else self.vocabulary.parameters[name].default

    def with_values(self, values: Mapping[str, Any]) -> ViewState:
        """The same view with other values; one that equals its default is dropped."""
        known = self.vocabulary.parameters
        # Merged before anything is compared: another preset in `values` makes other weights the usual ones.
        merged = {**self.values, **values}
        preset = self.vocabulary.presets[merged.get("preset") or self.vocabulary.default_preset]
        kept = {}
        # In the order of the table, so that equal views have equal addresses.
        for name in known:
            value, parameter = merged.get(name), known[name]
            usual = preset[name[2:]] if name.startswith("w.") else parameter.default
            # Compared as the address writes them: a weight of 0.333333333 is the preset's third, and what the address
            # cannot tell from the default would be gone after a reload.
            if value is not None and (usual is None or parameter.write(value) != parameter.write(usual)):
                kept[name] = value
        return ViewState(self.vocabulary, kept)

    def query(self) -> dict[str, str]:
        """The query string, defaults left out."""
        known = self.vocabulary.parameters
        return {name: known[name].write(value) for name, value in self.values.items()}

    @property
    def weights(self) -> dict[str, float]:
        """All weights: the preset's, with the view's own in their place."""
        preset = self.vocabulary.presets[self["preset"]]
        return {key: float(self.values.get(f"w.{key}", weight)) for key, weight in preset.items()}

    @property
    def own_weights(self) -> dict[str, float]:
        """The weights that differ from the preset's."""
        return {name[2:]: value for name, value in self.values.items() if name.startswith("w.")}

    @property
    def shares(self) -> dict[str, float]:
        """Each dimension's share of the score, 0 to 1; all 0 when every weight is 0."""
        weights = self.weights
        total = sum(weights.values())
        return {key: weight / total if total else 0.0 for key, weight in weights.items()}

    @property
    def filters(self) -> dict[str, Any]:
        """The filters in force, by parameter name."""
        return {name: value for name, value in self.values.items() if is_filter(name)}

    def changes_for(self, measured: Container[str]) -> dict[str, Any]:
        """What must change so that the view asks for nothing but measured dimensions.

        Weights stay: elsewhere they count again, and here they take no part.

        Args:
            measured: the keys of the dimensions that a benchmark has.
        """
        # By the dimensions that are absent and not those that are there: facts and the score are there everywhere.
        absent = [key for key in self.vocabulary.dimensions if key not in measured]
        changes: dict[str, Any] = {f"{key}.{bound}": None for key in absent for bound in ("gte", "lte")}
        changes |= {name: SCORE for name in ("x", "y") if self[name] in absent}
        if self["sort"].lstrip("-") in absent:
            changes["sort"] = None
        for name in ("front", "lock"):
            changes[name] = tuple(key for key in self[name] if key not in absent)
        return {name: value for name, value in changes.items() if value != self[name]}

    def without_filters(self, *names: str) -> ViewState:
        """The same view with these filters taken off, or with none when no name is given."""
        gone = names or tuple(self.filters)
        return ViewState(self.vocabulary, {name: value for name, value in self.values.items() if name not in gone})


def is_filter(name: str) -> bool:
    """Whether a parameter chooses which models are listed."""
    # First: "a.parameters_millions.gte" ends like a filter and belongs to a group.
    if name.startswith(GROUP_PREFIXES):
        return False
    return name in (*CHOICE_FIELDS, *OPEN_FIELDS, "q") or name.endswith((".gte", ".lte"))


def chooses_rows(name: str) -> bool:
    """Whether a parameter is part of the question that the ranking answers: which models, what scores, in what order.

    All others arrange the screen, or ask something else about the same ranking.
    """
    return name in (*SETTINGS, "sort") or name.startswith("w.") or is_filter(name)
