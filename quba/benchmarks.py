"""The benchmarks that come with the program: what the store keeps of them and what a measurement needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quba.vocabulary import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltInBenchmark:
    """A named suite of data sets.

    Attributes:
        key: its name everywhere.
        label: its name on screen.
        description: what is in it, in a sentence.
        class_count: classes that a model must decide among.
        reference: the norm that the study published for it, "published", or None.
        default_protocol: where attacks happen unless one asks otherwise: "as-published" or "corrected".
    """

    key: str
    label: str
    description: str
    class_count: int
    reference: str | None
    default_protocol: str


STUDY = BuiltInBenchmark(
    key="imagenet-1k",
    label="ImageNet-1k",
    description=(
        "The study's suite: ImageNet-1k validation, ImageNet-C, ImageNet-R, the 16-class sets of "
        "model-vs-human, and the Backgrounds Challenge."
    ),
    class_count=1000,
    reference="published",
    default_protocol=Protocol.AS_PUBLISHED.value,
)
TOY = BuiltInBenchmark(
    key="toy-shapes",
    label="Toy shapes",
    description=(
        "Drawn shapes whose form, texture, colour and background vary independently: made on any machine by "
        "`wellbehaved datasets make-toy`, in the layouts of the study's suite."
    ),
    class_count=16,
    reference=None,
    # Nobody has published values for it, so nothing ties it to the study's attack in normalised space.
    default_protocol=Protocol.CORRECTED.value,
)
STUDY_BENCHMARK, TOY_BENCHMARK = STUDY.key, TOY.key

BUILT_IN: Mapping[str, BuiltInBenchmark] = MappingProxyType({each.key: each for each in (STUDY, TOY)})
"""Those benchmarks by key, the study's first."""
