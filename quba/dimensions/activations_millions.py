"""Activations: how many numbers a model puts out on the way to a decision."""

from quba.dimension import Dimension, Theme
from quba.vocabulary import Origin

DIMENSION = Dimension(
    key="activations_millions",
    label="Activations",
    short_label="Activations",
    position=18,
    theme=Theme.SIZE,
    unit="millions per image",
    lower_bound=0.0,
    upper_bound=None,
    plausible=(0.0, 1_000_000.0),
    higher_is_better=False,
    default_weight=0.0,
    smallest_meaningful_difference=0.5,
    reference=None,
    published_error=None,
    decimals=1,
    logarithmic=True,
    description="Numbers that a model computes on the way for one image, in millions; fewer need less memory traffic.",
    procedure=(
        "All elements that convolutions and matrix products put out, counted on the architecture for one image of its "
        "input size. On accelerators they tell run times better than multiply-accumulates do."
    ),
    source="Radosavovic et al. 2020, Designing Network Design Spaces (arXiv 2003.13678), section 3",
    passes=(),
    origin=Origin.FACTS,
)
