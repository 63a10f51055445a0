"""What a profile holds: the values of one model, with what and under which conditions they were measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quba.dimension import Dimension
from quba.measuring.evidence import Conditions, Evidence
from quba.vocabulary import CHANCE_LEVEL
from wellbehaved.installed_dimensions import dimension_of


@dataclass(frozen=True, kw_only=True)
class Value:
    """One dimension of a profile.

    Attributes:
        dimension: its key.
        value: in the unit of the dimension; None where there is none.
        standard_error: of the value; None where it has none.
        sample_count: images that it rests on.
        parts: what it is made of, by name.
        missing: why there is no value, such as "too_few_images"; None where there is one.
        detail: why it is missing or in doubt, in words; "" where there is nothing to say.
        flags: doubts about it.
    """

    dimension: str
    value: float | None
    standard_error: float | None
    sample_count: int | None
    parts: Mapping[str, Any]
    missing: str | None
    detail: str
    flags: tuple[str, ...]

    @property
    def about(self) -> Dimension:
        """The dimension itself: label, unit, direction."""
        return dimension_of(self.dimension)

    def interval(self, confidence: float = 0.95) -> tuple[float, float] | None:
        """The interval around the value; None where it has no standard error.

        Args:
            confidence: how often such intervals hold the value of all images, above 0 and below 1.
        """
        # Here, because SciPy takes long to load and most readers print values alone.
        from quba.measuring.uncertainty import confidence_interval

        if self.value is None or self.standard_error is None:
            return None
        return confidence_interval(
            self.value,
            self.standard_error,
            lower_bound=self.about.lower_bound,
            upper_bound=self.about.upper_bound,
            confidence=confidence,
        )


@dataclass(frozen=True, kw_only=True)
class Setting:
    """With what a profile was measured, beside the conditions that two models must share to be compared.

    Attributes:
        benchmark_label: its name on screen.
        class_count: its classes.
        precision: of the arithmetic.
        device: that computed.
        versions: of the libraries that a value can depend on.
        ingredients: by dimension the digest of what it was made of; None for one that is counted.
        measured_at: when, as ISO 8601.
        seconds: how long it took; None where nobody kept that.
        unreadable: images left out, by stage.
    """

    benchmark_label: str
    class_count: int
    precision: str
    device: str
    versions: Mapping[str, str]
    ingredients: Mapping[str, str | None]
    measured_at: str
    seconds: float | None
    unreadable: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Content:
    """What was measured of one model. `content["accuracy"]` is one of its values.

    Attributes:
        name: of the model.
        identity: who it is, as the store keeps it.
        setting: with what it was measured.
        results: by dimension, plain.
        guesses: what an accuracy at chance level means for a dimension, in words, by key.
        notes: what was done that the model's owner should know.
        class_report: recall, precision and confusions by class; None where the clean images were not measured.
        evidence: which images were right, and more.
    """

    name: str
    identity: Mapping[str, Any]
    setting: Setting
    evidence: Evidence
    results: Mapping[str, Mapping[str, Any]]
    guesses: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    class_report: Mapping[str, Any] | None = None

    @property
    def conditions(self) -> Conditions:
        """Benchmark, digest, protocol, seed and subset: two models are compared where all are equal."""
        return self.evidence.conditions

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The keys of what was asked for, in the customary order."""
        return tuple(self.results)

    def __getitem__(self, dimension: str) -> Value:
        """One value.

        Raises:
            KeyError: it was not asked for.
        """
        found = self.results.get(dimension)
        if found is None:
            raise KeyError(f"{dimension!r} was not measured; this profile has {', '.join(self.results)}.")
        guess = self.guesses.get(dimension)
        return Value(
            dimension=dimension,
            value=found["value"],
            standard_error=found["standard_error"],
            sample_count=found["sample_count"],
            parts=found["parts"],
            missing=found["missing"],
            detail=" ".join(filter(None, (found["detail"], guess))),
            flags=(*found["flags"], *([CHANCE_LEVEL] if guess else [])),
        )

    @property
    def values(self) -> tuple[Value, ...]:
        """All of them, in the customary order."""
        return tuple(self[key] for key in self.results)
