"""One question to the store, checked and typed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from backend.problems import ProblemError
from backend.ranking.parameters import CHOICE_FIELDS, DEFAULT_PRESET, RANGE_FIELDS, WEIGHT_PREFIX, Values
from backend.store.names import searchable
from quba.benchmarks import BUILT_IN, STUDY_BENCHMARK, BuiltInBenchmark
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation
from quba.ranking.presets import PRESETS
from quba.ranking.score import WeightError, checked_weights
from quba.vocabulary import Among

Range = tuple[float | None, float | None]
_RANGE_NAMES = tuple((key, f"{key}.gte", f"{key}.lte") for key in RANGE_FIELDS)
_FILTER_NAMES = (*CHOICE_FIELDS, "q", *(name for _, *bounds in _RANGE_NAMES for name in bounds))
_WEIGHT_NAMES = tuple((key, f"{WEIGHT_PREFIX}{key}") for key in DIMENSIONS)


def _own(benchmark: str) -> BuiltInBenchmark:
    # An unknown benchmark is refused later, where the store is asked for it.
    return BUILT_IN.get(benchmark, BUILT_IN[STUDY_BENCHMARK])


def default_normalisation(benchmark: str) -> Normalisation:
    """The published norms where they were taken on this benchmark, and else those of its own models."""
    return Normalisation.PUBLISHED if _own(benchmark).reference else Normalisation.ZSCORE


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which models to keep. Filters act after scoring, so they never change a score.

    Attributes:
        choices: field -> accepted values, where `none` accepts an absent value.
        ranges: `score` or dimension key -> lowest and highest accepted value, None for no bound.
        words: lower-case words that all occur in the model's names.
    """

    choices: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, Range]
    words: tuple[str, ...]

    @classmethod
    def of(cls, values: Values) -> "Filters":
        """Gather the filters from checked parameter values."""
        if set(map(values.get, _FILTER_NAMES)) == {None}:
            return _NO_FILTERS
        ranges = {key: (values.get(low), values.get(high)) for key, low, high in _RANGE_NAMES}
        return cls(
            choices={field: values[field] for field in CHOICE_FIELDS if values.get(field)},
            ranges={key: bounds for key, bounds in ranges.items() if bounds != (None, None)},
            words=tuple(searchable(values.get("q") or "").split()),
        )

    def __bool__(self) -> bool:
        """Whether anything is filtered at all."""
        return bool(self.choices or self.ranges or self.words)

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
        protocol = values["protocol"] or _own(benchmark).default_protocol
        return cls(benchmark=benchmark, protocol=protocol, quality=values["quality"])


@dataclass(frozen=True, kw_only=True)
class View:
    """A pool, how to weigh it, and which models to keep.

    Attributes:
        pool: which measurements.
        normalisation: how they are put on one scale.
        preset: the named weighting that `weights` started from.
        weights: the weight of every dimension by its key, each 0 or more, at least one above 0.
        filters: which models to list.
        among: which models statements about the ranking are about: those that pass the filters, or all.
    """

    pool: Pool
    normalisation: Normalisation
    preset: str
    weights: Mapping[str, float]
    filters: Filters
    among: Among = "filtered"

    @classmethod
    def of(cls, values: Values) -> "View":
        """Gather the view from checked parameter values.

        Raises:
            ProblemError: 422 `invalid_weight`, where all weights are 0.
        """
        preset = values.get("preset", DEFAULT_PRESET)
        given = {key: values[name] for key, name in _WEIGHT_NAMES if values.get(name) is not None}
        try:
            weights = checked_weights({**PRESETS[preset].weights, **given})
        except WeightError as error:
            raise ProblemError(
                422, "invalid_weight", str(error), "Give at least one dimension a weight above 0."
            ) from None
        return cls(
            pool=Pool.of(values),
            normalisation=Normalisation(values.get("normalisation") or default_normalisation(values["benchmark"])),
            preset=preset,
            weights=weights,
            filters=Filters.of(values),
            among=values.get("among", "filtered"),
        )

    def without_filters(self) -> "View":
        """The same question about all models."""
        return replace(self, filters=_NO_FILTERS)

    @property
    def shares(self) -> dict[str, float]:
        """Each weight as a fraction of their sum."""
        total = sum(self.weights.values())
        return {key: weight / total for key, weight in self.weights.items()}
