"""One question to the store, checked and typed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from backend.problems import ProblemError
from backend.ranking.parameters import CHOICE_FIELDS, DEFAULT_PRESET, WEIGHT_PREFIX, Values
from backend.store.names import searchable
from quba.benchmarks import BUILT_IN
from quba.dimensions import DIMENSIONS, DimensionSet, current_dimensions
from quba.ranking.declared import declared_weights
from quba.ranking.normalisation import Normalisation
from quba.ranking.presets import PRESETS
from quba.ranking.score import WeightError, checked_weights
from quba.vocabulary import FACTS, Among, Protocol

Range = tuple[float | None, float | None]


class _Names(NamedTuple):
    """The names of parameters that follow the dimensions."""

    weights: tuple[tuple[str, str], ...]
    ranges: tuple[tuple[str, str, str], ...]
    filters: tuple[str, ...]


# Made once for every set of dimensions, of which two or three are in force at once: every ranking asks for them.
@lru_cache(maxsize=8)
def _names(dimensions: DimensionSet) -> _Names:
    ranges = tuple((key, f"{key}.gte", f"{key}.lte") for key in ("score", *dimensions.known, *FACTS))
    return _Names(
        weights=tuple((key, f"{WEIGHT_PREFIX}{key}") for key in dimensions.known),
        ranges=ranges,
        filters=(*CHOICE_FIELDS, "q", *(name for _, *bounds in ranges for name in bounds)),
    )


def _removed_names(values: Values) -> tuple[str, ...]:
    """The labels of removed dimensions that a question still weighs or limits."""
    return tuple(
        each.label
        for each in current_dimensions().removed
        if values.get(f"{WEIGHT_PREFIX}{each.key}")
        or any(values.get(f"{each.key}.{bound}") is not None for bound in ("gte", "lte"))
    )


def default_normalisation(benchmark: str) -> Normalisation:
    """The published norms where they were taken on this benchmark, and else those of its own models."""
    known = BUILT_IN.get(benchmark)
    # An unknown benchmark is refused later, where the store is asked for it.
    if known is None:
        return Normalisation.POOL
    return Normalisation.PUBLISHED if known.reference else Normalisation.ZSCORE


def default_protocol(benchmark: str) -> str:
    """The protocol that counts where none is named."""
    known = BUILT_IN.get(benchmark)
    # Nothing is published on a benchmark of one's own, so that nothing speaks for the study's protocol there.
    return Protocol.CORRECTED.value if known is None else known.default_protocol


def require_declared(benchmark: str, declared: Collection[str], asked: Sequence[str]) -> None:
    """Refuse dimensions that a benchmark does not have.

    Raises:
        ProblemError: 422 `undeclared_dimension`.
    """
    absent = [key for key in asked if key not in declared]
    if absent:
        raise ProblemError(
            422,
            "undeclared_dimension",
            f"The benchmark {benchmark} has no {', '.join(absent)}; it has {', '.join(declared)}.",
            "Name one of these, or take the filter off.",
        )


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which models to keep. Filters act after scoring, so they never change a score.

    Attributes:
        choices: field -> accepted values, where `none` accepts an absent value.
        ranges: `score`, dimension key or key of a cost -> lowest and highest accepted value, None for no bound.
        words: lower-case words that all occur in the model's names.
    """

    choices: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, Range]
    words: tuple[str, ...]

    @classmethod
    def of(cls, values: Values) -> "Filters":
        """Gather the filters from checked parameter values."""
        names = _names(current_dimensions())
        # Most questions filter nothing, which one comparison says of all parameters.
        if set(map(values.get, names.filters)) == {None}:
            return _NO_FILTERS
        ranges = {key: (values.get(low), values.get(high)) for key, low, high in names.ranges}
        return cls(
            choices={field: values[field] for field in CHOICE_FIELDS if values.get(field)},
            ranges={key: bounds for key, bounds in ranges.items() if bounds != (None, None)},
            words=tuple(searchable(values.get("q") or "").split()),
        )

    def __bool__(self) -> bool:
        """Whether anything is filtered at all."""
        return bool(self.choices or self.ranges or self.words)

    @property
    def limited_dimensions(self) -> list[str]:
        """The dimensions that it has a limit on."""
        return [key for key in self.ranges if key in DIMENSIONS]

    def without(self, field: str) -> "Filters":
        """The same filters, less the choice on one field."""
        others = {name: accepted for name, accepted in self.choices.items() if name != field}
        return Filters(choices=others, ranges=self.ranges, words=self.words)


_NO_FILTERS = Filters(choices={}, ranges={}, words=())


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Which measurements: one benchmark, one protocol, with or without the flagged values."""

    benchmark: str
    protocol: str
    quality: str

    @classmethod
    def of(cls, values: Values) -> "Pool":
        """Gather the pool from checked parameter values."""
        benchmark = values["benchmark"]
        protocol = values["protocol"] or default_protocol(benchmark)
        return cls(benchmark=benchmark, protocol=protocol, quality=values["quality"])


@dataclass(frozen=True, kw_only=True)
class View:
    """A pool, how to weigh it, and which models to keep.

    Attributes:
        pool: which measurements.
        normalisation: how they are put on one scale.
        preset: the named weighting that `weights` started from.
        weights: the weight of every dimension by its key, each 0 or more, at least one above 0; of a pool, those of
            the dimensions that its benchmark has.
        filters: which models to list.
        among: which models statements about the ranking are about: those that pass the filters, or all.
        named: dimensions that were given a weight above 0 by name.
        left_out: of these, those that the benchmark does not have.
        removed: labels of dimensions that are weighed or limited and that somebody took out.
    """

    pool: Pool
    normalisation: Normalisation
    preset: str
    weights: Mapping[str, float]
    filters: Filters
    among: Among = "filtered"
    named: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Values) -> "View":
        """Gather the view from checked parameter values.

        Raises:
            ProblemError: 422 `invalid_weight`, where all weights are 0.
        """
        preset = PRESETS[values.get("preset", DEFAULT_PRESET)]
        given = {
            key: values[name] for key, name in _names(current_dimensions()).weights if values.get(name) is not None
        }
        try:
            weights = checked_weights({**preset.weights, **given})
        except WeightError as error:
            # Whoever follows an old link has given a weight, and is to hear what became of it.
            gone = " and ".join(_removed_names(values))
            why = f"{gone} was removed from this service, and nothing else weighs: {error}" if gone else str(error)
            raise ProblemError(422, "invalid_weight", why, "Give at least one dimension a weight above 0.") from None
        return cls(
            pool=Pool.of(values),
            normalisation=Normalisation(values.get("normalisation") or default_normalisation(values["benchmark"])),
            preset=preset.key,
            weights=weights,
            filters=Filters.of(values),
            among=values.get("among", "filtered"),
            named=tuple(key for key, weight in given.items() if weight),
            removed=tuple(dict.fromkeys((*_removed_names(values), *preset.removed))),
        )

    def on(self, declared: Collection[str]) -> "View":
        """The same question about a benchmark's dimensions, which share the weight: the others take no part.

        Raises:
            ProblemError: 422 `invalid_weight`, where none of them has a weight; 422 `undeclared_dimension`, where a
                filter is on another one.
        """
        # What a benchmark declares is among what is weighed: as many are the same ones.
        if len(declared) == len(self.weights):
            return self
        require_declared(self.pool.benchmark, declared, self.filters.limited_dimensions)
        try:
            weights = declared_weights(self.weights, declared)
        except WeightError as error:
            raise ProblemError(
                422, "invalid_weight", str(error), "Give one of these a weight above 0, or choose another preset."
            ) from None
        return replace(self, weights=weights, left_out=tuple(key for key in self.named if key not in declared))

    def without_filters(self) -> "View":
        """The same question about all models."""
        return replace(self, filters=_NO_FILTERS)

    @property
    def shares(self) -> dict[str, float]:
        """Each weight as a fraction of their sum."""
        total = sum(self.weights.values())
        return {key: weight / total for key, weight in self.weights.items()}
