"""Shape bias: whether a model goes by shape or by texture."""

import numpy as np
from jaxtyping import Int

from quba.dimension import Dimension, Missing, Pass, Theme, UndefinedResult

DIMENSION = Dimension(
    key="shape_bias",
    label="Shape bias",
    short_label="Shape bias",
    position=7,
    theme=Theme.BIAS,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    higher_is_better=True,
    default_weight=1 / 2,
    description="How often a model goes by the shape of an object when shape and texture disagree.",
    source="Geirhos et al. 2019, ImageNet-trained CNNs are biased towards texture (arXiv 1811.12231)",
    passes=(Pass.CUE_CONFLICT,),
)


def shape_bias(
    decisions: Int[np.ndarray, " images"], shapes: Int[np.ndarray, " images"], textures: Int[np.ndarray, " images"]
) -> float:
    """Share of shape decisions among the decisions for shape or texture; higher is better.

    Args:
        decisions: the category decided for (``quba.decision.category_decisions`` with ``last_wins_ties``).
        shapes: the category of the shape in each image.
        textures: the category of its texture; images where both agree are left out.

    Returns:
        A fraction in [0, 1]. Decisions for neither are ignored.

    Raises:
        ValueError: if counts differ, or no image has a shape and a texture that disagree.
        UndefinedResult: with ``NOT_APPLICABLE`` if no decision is for shape or for texture.

    Source:
        Geirhos et al. 2019, arXiv 1811.12231.

    >>> shape_bias(np.array([0, 0, 1, 2]), shapes=np.array([0, 0, 0, 0]), textures=np.array([1, 1, 1, 1]))
    0.6666666666666666
    """
    if not decisions.shape == shapes.shape == textures.shape:
        raise ValueError(
            f"there are {decisions.size} decisions for {shapes.size} shapes and {textures.size} textures; "
            "pass one of each per image."
        )
    conflict = shapes != textures
    if not conflict.any():
        raise ValueError("no image has a shape and a texture that disagree; pass at least one cue-conflict image.")
    for_shape = int((conflict & (decisions == shapes)).sum())
    for_texture = int((conflict & (decisions == textures)).sum())
    if for_shape + for_texture == 0:
        raise UndefinedResult(Missing.NOT_APPLICABLE, "no decision is for the shape or the texture of its image.")
    return for_shape / (for_shape + for_texture)
