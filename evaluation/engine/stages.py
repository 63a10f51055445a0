"""From the dimensions that are asked for to the stages of a run: each stage decodes its images once."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from evaluation.attacks import ATTACKS
from evaluation.benchmark import Benchmark
from evaluation.datasets.dataset import DataSet
from evaluation.engine.ingredients import extra_attacks, extra_corruptions
from evaluation.published import PUBLISHED_CORRUPTIONS, SEVERITIES
from quba.dimension import Missing, Pass
from quba.dimensions import DIMENSIONS, MEASURES
from quba.study_ingredients import AFTER_AN_ATTACK
from quba.vocabulary import Precision as Precision
from quba.vocabulary import Protocol as Protocol

# An attacked image costs some thirty runs, so that its steps are shorter: a killed run repeats one step.
_IMAGES_PER_STEP = 1024
_ATTACKED_IMAGES_PER_STEP = 256

# An attack of one's own is made from the clean images too, whatever dimension it belongs to.
_CLASS_BY_CLASS = frozenset({Pass.CORRUPTIONS, Pass.EDGE, Pass.SILHOUETTE, Pass.SKETCH, Pass.STYLIZED})

OF_CLEAN_IMAGES: frozenset[str] = frozenset({Pass.CLEAN, *ATTACKS, Pass.CORRUPTIONS, Pass.GENERATED})
"""The passes over the clean images and what is made from them: what a subset cuts down to so many of each class."""

SMALL_SET = 2_000
"""Images that a set of its own, beside the clean images, always keeps; smaller ones are measured whole."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be measured, and everything that the values depend on beside the model.

    Attributes:
        benchmark: the data.
        dimensions: keys, in any order.
        protocol: for the attacks.
        samples_per_class: take so many clean images of each class; None takes all. Sets beside the clean images are
            cut only above 2,000 images, evenly, to 2,000 or as many as the clean subset has.
        seed: of the subset, the attacks' starts and the corruptions.
        precision: of the model's arithmetic.
        extras: attacks and corruptions that no dimension is made of. Each becomes a part of adversarial or corruption
            robustness and enters no value.
        checks_order: whether the first clean images are drawn so that they show outputs in another order than the
            classes; a model with such outputs is measured no further.
        package_versions: by dimension that a package measures, the version that is installed here. A dimension whose
            package is not installed gets no pass and no value.
    """

    benchmark: Benchmark
    dimensions: tuple[str, ...] = tuple(MEASURES)
    protocol: Protocol = Protocol.CORRECTED
    samples_per_class: int | None = None
    seed: int = 0
    precision: Precision = Precision.FP32
    extras: tuple[str, ...] = ()
    checks_order: bool = False
    package_versions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        measurable = [key for key, each in DIMENSIONS.items() if each.measurable]
        unknown = [key for key in self.dimensions if key not in measurable]
        if unknown or not self.dimensions:
            raise ValueError(f"dimensions {unknown} cannot be measured; use some of: {', '.join(measurable)}.")
        if self.samples_per_class is not None and self.samples_per_class < 1:
            raise ValueError(f"samples per class is {self.samples_per_class}; use 1 or more, or leave it out for all.")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; use 0 or more.")
        if self.released:
            self._check_released()
        self._check_extras()

    @property
    def released(self) -> bool:
        """Whether the defects of the study's program are reproduced."""
        return self.protocol is Protocol.AS_RELEASED

    def passes_of(self, dimension: str) -> tuple[Pass, ...]:
        """The passes that a dimension is made of on this benchmark; none where its package is not installed."""
        if DIMENSIONS[dimension].plug_in is not None and dimension not in self.package_versions:
            return ()
        return DIMENSIONS[dimension].passes_on(self.benchmark.data_sets)

    def _check_released(self) -> None:
        others = [key for key in self.dimensions if key not in AFTER_AN_ATTACK]
        if others:
            raise ValueError(
                f"{', '.join(others)} cannot be measured under as-released: the study's program measures it as "
                f"as-published does. Use some of: {', '.join(AFTER_AN_ATTACK)}."
            )
        if self.extras:
            raise ValueError("the study's program has no extras; leave them out under as-released.")
        if self.benchmark.digest is not None:
            raise ValueError(
                f"as-released reproduces the study's program, and {self.benchmark.key} is a benchmark of your own; use "
                "as-published or corrected."
            )

    def _check_extras(self) -> None:
        # A part needs a dimension to be a part of: measured alone it would be stored nowhere.
        homes = dict.fromkeys(extra_attacks(), "adversarial_robustness")
        homes |= dict.fromkeys(extra_corruptions(), "corruption_robustness")
        for key in self.extras:
            if key not in homes:
                step = f"use some of: {', '.join(homes)}" if homes else "all that is installed is measured without it"
                raise ValueError(f"extra {key[:80]!r} is not known; {step}.")
            if homes[key] not in self.dimensions:
                raise ValueError(f"extra {key} is a part of {homes[key]}; measure that dimension too.")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Images that are decoded once, and the passes that are run on them.

    Attributes:
        data_set: where the images come from.
        variant: of the data set.
        outcome: the name under which the result counts: the variant, or "fog/3" for corruptions made on the fly.
        passes: what is run, in order; attacks follow the clean pass, whose forward run they share.
        protocol: for the attacks.
        class_count: of the benchmark.
        corruption: to apply on the fly, or "".
        severity: of the corruption.
        keeps_probabilities: whether a formula needs more than which images were right.
        extra: whether the result becomes a part of a dimension without entering its value.
        checks_order: whether its first step is a draw that shows outputs in another order than the classes.
    """

    data_set: DataSet
    variant: str
    outcome: str
    passes: tuple[str, ...]
    protocol: Protocol
    class_count: int
    corruption: str = ""
    severity: int = 0
    keeps_probabilities: bool = False
    extra: bool = False
    checks_order: bool = False

    @property
    def key(self) -> str:
        """A name that is also good for a folder, different for stages that leave different results behind."""
        parts = ["+".join(self.passes)]
        if self.outcome:
            parts.append(self.outcome.replace("/", "-"))
        if self.attacks or self.protocol is Protocol.AS_RELEASED:
            parts.append(self.protocol)
        # Steps without probabilities must not be taken for steps with them when a later run asks for more dimensions.
        if self.keeps_probabilities:
            parts.append("probabilities")
        return ".".join(parts)

    @property
    def shuffled(self) -> bool:
        """Whether its images run in a drawn order: where batches are what they were in the study's program.

        That reads the clean images and ImageNet-R so; ImageNet-C and the 16-class sets come class by class.
        """
        return self.protocol is Protocol.AS_RELEASED and not _CLASS_BY_CLASS.intersection(self.passes)

    @property
    def reordered(self) -> bool:
        """Whether its images run in another order than that of the data set."""
        return self.checks_order or self.shuffled

    @property
    def label(self) -> str:
        """What is run, in words for whoever waits: "Toy validation, fog at severity 3"."""
        kind, _, severity = self.outcome.partition("/")
        kind = kind.replace("_", " ")
        made = [f"{kind} at severity {severity}"] if severity else [kind] if kind else []
        attacked = [f"attacked by {' and '.join(self.attacks)}"] if self.attacks else []
        return ", ".join([self.data_set.label, *made, *attacked])

    @property
    def attacks(self) -> tuple[str, ...]:
        """The passes among them that are attacks."""
        return tuple(each for each in self.passes if each in ATTACKS)

    @property
    def cost(self) -> float:
        """Of one image, in forward runs of the model."""
        # The clean forward run of an attacked stage also carries a gradient back.
        base = 1.0 if not self.attacks else 2.0
        return base + sum(ATTACKS[each].cost for each in self.attacks)

    @property
    def images_per_step(self) -> int:
        """After how many images the result is saved."""
        return _ATTACKED_IMAGES_PER_STEP if self.attacks else _IMAGES_PER_STEP

    def images_per_label(self, samples_per_class: int | None) -> int | None:
        """How many images of each label a subset has; None where the set is not cut.

        Of the clean images and what is made from them, as many as asked for. The other sets cost little beside them
        and bear little cutting, least of all one of 160 images: they keep `SMALL_SET` images, or as many as the clean
        subset where those are more.
        """
        if samples_per_class is None or OF_CLEAN_IMAGES.issuperset(self.passes):
            return samples_per_class
        budget = max(SMALL_SET, samples_per_class * self.class_count)
        # Rounded up, so that the subset is never smaller than what is promised.
        return None if self.data_set.image_count <= budget else math.ceil(budget / self.data_set.label_count)

    def expected_images(self, samples_per_class: int | None) -> int:
        """How many images there should be; a guess for subsets, known once the data set is read."""
        each = self.images_per_label(samples_per_class)
        if each is None:
            return self.data_set.image_count
        return min(self.data_set.image_count, each * self.data_set.label_count)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The stages of a run, and the passes that the benchmark has no data for.

    Attributes:
        stages: in the order in which they are run: the small data sets first, because a model that cannot be measured
            shows itself there, then the clean images, then the many corrupted ones.
        absent: why a pass cannot be run.
        details: where images can be added for such a pass, how.
    """

    stages: tuple[Stage, ...]
    absent: Mapping[Pass, Missing]
    details: Mapping[Pass, str] = field(default_factory=dict)

    def without_attacks(self, reason: Missing, detail: str) -> "Plan":
        """The same for a model that cannot be attacked: the clean images are run alone.

        Args:
            reason: of the passes that fall away.
            detail: the same in words.
        """
        kept = (replace(each, passes=tuple(key for key in each.passes if key not in ATTACKS)) for each in self.stages)
        # An attack of one's own is a pass of no dimension, so that nothing waits for it.
        lost = [Pass(key) for each in self.stages for key in each.attacks if not each.extra]
        return Plan(
            stages=tuple(each for each in kept if each.passes),
            absent={**self.absent, **dict.fromkeys(lost, reason)},
            details={**self.details, **dict.fromkeys(lost, detail)},
        )


def plan(request: Request) -> Plan:
    """Merge what the asked dimensions need into stages; the same request always gives the same stages."""
    wanted = {each for key in request.dimensions for each in request.passes_of(key)}
    stages: list[Stage] = []
    absent: dict[Pass, Missing] = {}
    data_sets = request.benchmark.data_sets
    # In the order of the enumeration: sets have none, and the log and the progress of two runs must be alike.
    for source in sorted(wanted.difference(ATTACKS, (Pass.CLEAN, Pass.CORRUPTIONS)), key=list(Pass).index):
        if source in data_sets:
            stages += _plain(request, source)
        else:
            absent[source] = Missing.NOT_APPLICABLE
    # One stage for the clean pass and its attacks: they share the forward run and the gradient at the clean images.
    clean = tuple(each for each in Pass if each in wanted and (each is Pass.CLEAN or each in ATTACKS))
    if Pass.CLEAN not in data_sets:
        absent.update(dict.fromkeys((*clean, *({Pass.CORRUPTIONS} & wanted)), Missing.NOT_APPLICABLE))
        return Plan(stages=tuple(stages), absent=absent, details=_remedies(request, absent))
    # First, so that they are there when their dimension is measured.
    stages += _extra(request)
    if clean and request.checks_order:
        # Before everything else: a shuffled model is not worth the minutes that the rest takes. Attacks are a stage of
        # their own then, because the check must not wait for them.
        stages.insert(0, replace(_clean(request, (Pass.CLEAN,)), checks_order=True, keeps_probabilities=True))
        attacks = tuple(each for each in clean if each in ATTACKS)
        stages += [replace(_clean(request, attacks), keeps_probabilities=False)] if attacks else []
    elif clean:
        stages.append(_clean(request, clean))
    if Pass.CORRUPTIONS in wanted:
        on_disk = Pass.CORRUPTIONS in data_sets
        stages += _plain(request, Pass.CORRUPTIONS) if on_disk else _corrupted_on_the_fly(request)
    return Plan(stages=tuple(stages), absent=absent, details=_remedies(request, absent))


def _remedies(request: Request, absent: Mapping[Pass, Missing]) -> dict[Pass, str]:
    found: dict[Pass, str] = {}
    for key in request.dimensions:
        dimension = DIMENSIONS[key]
        # The clean pass serves every dimension, and no one's remedy would bring it.
        lacking = absent.keys() & set(request.passes_of(key)) - {Pass.CLEAN}
        if dimension.remedy:
            sentence = f"{request.benchmark.label} has no images for {dimension.inline_label}. {dimension.remedy}"
            found.update(dict.fromkeys(lacking, sentence))
    return found


def _plain(request: Request, source: Pass) -> Iterable[Stage]:
    data_set = request.benchmark.data_sets[source]
    for variant in data_set.variants:
        yield Stage(
            data_set=data_set,
            variant=variant,
            outcome=variant,
            passes=(source,),
            protocol=request.protocol,
            class_count=request.benchmark.class_count,
        )


def _clean(request: Request, passes: tuple[Pass, ...]) -> Stage:
    data_set = request.benchmark.data_sets[Pass.CLEAN]
    return Stage(
        data_set=data_set,
        variant=data_set.variants[0],
        outcome="",
        passes=passes,
        protocol=request.protocol,
        class_count=request.benchmark.class_count,
        keeps_probabilities=any(
            DIMENSIONS[key].needs_probabilities and request.passes_of(key) for key in request.dimensions
        ),
    )


def _corrupted_on_the_fly(request: Request) -> Iterable[Stage]:
    return (_corruption_stage(request, key, severity) for key in PUBLISHED_CORRUPTIONS for severity in SEVERITIES)


def _corruption_stage(request: Request, corruption: str, severity: int, *, extra: bool = False) -> Stage:
    data_set = request.benchmark.data_sets[Pass.CLEAN]
    return Stage(
        data_set=data_set,
        variant=data_set.variants[0],
        outcome=f"{corruption}/{severity}",
        passes=(Pass.CORRUPTIONS,),
        protocol=request.protocol,
        class_count=request.benchmark.class_count,
        corruption=corruption,
        severity=severity,
        extra=extra,
    )


def _extra(request: Request) -> Iterable[Stage]:
    """What was asked for beyond the dimensions' passes, each a stage of its own, so that theirs stay as they are."""
    data_set = request.benchmark.data_sets[Pass.CLEAN]
    for key in request.extras:
        if key in ATTACKS:
            yield Stage(
                data_set=data_set,
                variant=data_set.variants[0],
                outcome="",
                passes=(key,),
                protocol=request.protocol,
                class_count=request.benchmark.class_count,
                extra=True,
            )
        else:
            yield from (_corruption_stage(request, key, severity, extra=True) for severity in SEVERITIES)
