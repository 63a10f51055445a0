"""Multiply-accumulates: how much arithmetic one image takes."""

from quba.dimension import Dimension, Theme
from quba.vocabulary import Origin

DIMENSION = Dimension(
    key="macs_billions",
    label="Multiply-accumulates",
    short_label="MACs",
    position=17,
    theme=Theme.SIZE,
    unit="billions per image",
    lower_bound=0.0,
    upper_bound=None,
    plausible=(0.0, 100_000.0),
    higher_is_better=False,
    default_weight=0.0,
    smallest_meaningful_difference=0.1,
    reference=None,
    published_error=None,
    decimals=2,
    logarithmic=True,
    description="Multiply-accumulates for one image, in billions; fewer need less arithmetic.",
    procedure=(
        "All multiply-accumulates of convolutions and matrix products, those of attention among them, counted on the "
        "architecture for one image of its input size. Nothing is measured: latency is another thing."
    ),
    source="He et al. 2015, Deep Residual Learning for Image Recognition (arXiv 1512.03385), table 1",
    passes=(),
    origin=Origin.FACTS,
)
