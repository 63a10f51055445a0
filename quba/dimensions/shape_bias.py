"""Shape bias: whether a model goes by shape or by texture."""

import numpy as np
from jaxtyping import Float, Int, Int8

from quba.dimension import Dimension, Missing, Pass, Theme, UndefinedResult
from quba.measuring.observations import CueDecisions, CueKind, Measured, Observations, keeping
from quba.measuring.uncertainty import binomial_standard_error
from quba.published_error import PublishedError, binomial_errors
from quba.reference import Reference

# Of the 1,280 cue-conflict images, 80 have shape and texture of one class and say nothing.
_CUE_CONFLICT_IMAGES = 1_200


def _published_error(
    value: Float[np.ndarray, " models"],
    _accuracy: Float[np.ndarray, " models"],
) -> Float[np.ndarray, " models"]:
    return binomial_errors(value, _CUE_CONFLICT_IMAGES)


DIMENSION = Dimension(
    key="shape_bias",
    label="Shape bias",
    short_label="Shape bias",
    position=7,
    theme=Theme.BIAS,
    unit="fraction",
    lower_bound=0.0,
    upper_bound=1.0,
    plausible=(0.0, 1.0),
    higher_is_better=True,
    default_weight=1 / 2,
    smallest_meaningful_difference=0.01,
    reference=Reference(0.30548520497464765, 0.08354531823072534),
    published_error=PublishedError("binomial on 1,200 images, the most that can have counted", _published_error),
    description="How often a model goes by the shape of an object when shape and texture disagree.",
    procedure=(
        "Images that have the shape of one class and the texture of another. Of the answers that name either, the "
        "share that names the shape."
    ),
    source="Geirhos et al. 2019, ImageNet-trained CNNs are biased towards texture (arXiv 1811.12231)",
    passes=(Pass.CUE_CONFLICT,),
    remedy="Mark where the objects are: [masks], or `wellbehaved benchmark masks KEY` for approximate ones.",
    empty_at_chance=True,
)


def cue_kinds(
    decisions: Int[np.ndarray, " images"], shapes: Int[np.ndarray, " images"], textures: Int[np.ndarray, " images"]
) -> Int8[np.ndarray, " images"]:
    """Whether each decision is for the shape, for the texture or for neither.

    Args:
        decisions: the category decided for (``quba.measuring.decision.category_decisions`` with ``last_wins_ties``).
        shapes: the category of the shape in each image.
        textures: the category of its texture.

    Returns:
        One ``CueKind`` per image; ``AGREE`` where shape and texture are of one category, whatever was decided.

    Raises:
        ValueError: if there is not one shape and one texture per decision.

    Source:
        Geirhos et al. 2019, arXiv 1811.12231.

    >>> cue_kinds(np.array([0, 0, 1, 2]), shapes=np.array([0, 0, 0, 2]), textures=np.array([1, 1, 1, 2])).tolist()
    [1, 1, 2, 0]
    """
    if not decisions.shape == shapes.shape == textures.shape:
        raise ValueError(
            f"there are {decisions.size} decisions for {shapes.size} shapes and {textures.size} textures; "
            "pass one of each per image."
        )
    # Where the cues agree a right answer shows neither preference: counting it would pull every model to one side.
    kinds = np.full(decisions.size, CueKind.OTHER, dtype=np.int8)
    kinds[decisions == shapes] = CueKind.SHAPE
    kinds[decisions == textures] = CueKind.TEXTURE
    kinds[shapes == textures] = CueKind.AGREE
    return kinds


def shape_bias(cues: CueDecisions) -> float:
    """Share of shape decisions among the decisions for shape or texture; higher is better.

    Args:
        cues: how often either was decided for: ``CueDecisions.of`` what ``cue_kinds`` gave.

    Returns:
        A fraction in [0, 1]. Decisions for neither are ignored.

    Raises:
        UndefinedResult: with ``NOT_APPLICABLE`` if no decision is for shape or for texture.

    Source:
        Geirhos et al. 2019, arXiv 1811.12231.

    >>> shape_bias(CueDecisions(shape=3, texture=1, other=4))
    0.75
    """
    # 0 of 0 is no 0: a model that names neither cue has no preference, not the strongest one for texture.
    if cues.shape + cues.texture == 0:
        raise UndefinedResult(Missing.NOT_APPLICABLE, "no decision is for the shape or the texture of its image.")
    return cues.shape / (cues.shape + cues.texture)


def measure(observations: Observations) -> Measured:
    """Shape bias of one model, with the binomial standard error of a share among the decisions for either cue.

    Args:
        observations: with the cue-conflict pass.

    Returns:
        Parts: ``shape``, ``texture`` and ``other``. The images are those decided for shape or texture.

    Raises:
        UndefinedResult: with the reason for which the pass was not run, or ``NOT_APPLICABLE`` if no decision is for
            shape or for texture, then with the parts.
    """
    if observations.cue_kinds is None:
        reason = observations.absent.get(Pass.CUE_CONFLICT, Missing.NOT_MEASURED)
        raise UndefinedResult(reason, f"the pass {Pass.CUE_CONFLICT.value} was not run")
    cues = CueDecisions.of(observations.cue_kinds)
    # The counts stand even where their share does not: they say why there is none.
    parts = {"shape": cues.shape, "texture": cues.texture, "other": cues.other}
    with keeping(parts):
        value = shape_bias(cues)
    return Measured(
        value=value,
        parts=parts,
        sample_count=cues.shape + cues.texture,
        # Conditional on a decision for either cue, each is one draw of a coin with the bias as its chance.
        standard_error=binomial_standard_error(value, cues.shape + cues.texture),
    )
