"""Which of the dimensions can be had from a benchmark of one's own, why not, and what would bring them."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from evaluation.attacks import ATTACKS
from evaluation.datasets import DATA_SETS
from evaluation.datasets.layouts import name_list
from evaluation.own_data.definition import Definition
from evaluation.own_data.image_sets import ImageSets, layout_sets
from evaluation.own_data.masks import shortage_of_masks
from quba.dimension import Dimension, Pass
from quba.dimensions import BUILT_IN, MEASURES

_FROM_MASKS = (Pass.CUE_CONFLICT, Pass.MIXED_SAME, Pass.MIXED_RAND)


class Availability(BaseModel):
    """Whether a dimension can be had.

    Attributes:
        key: of the dimension.
        available: whether it can.
        reason: why not; None where it can.
        remedy: what would bring it; None where it can.
        generated: whether it rests on images that the program makes.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    available: bool
    reason: str | None = None
    remedy: str | None = None
    generated: bool = False


def availability(definition: Definition, sets: ImageSets, *, masks: str = "") -> tuple[Availability, ...]:
    """One entry for each dimension that the program measures, in the customary order.

    What packages measure needs no entry: they measure from the clean images, which every benchmark has. Nor do facts of
    a model, which need none.

    Args:
        definition: of the benchmark.
        sets: that it names, listed.
        masks: why its masks do not suffice, from a look at them; empty where they do, or where nobody looked.
    """
    return tuple(_of(dimension, definition, sets, masks) for dimension in BUILT_IN.values() if dimension.measurable)


def declared_dimensions(definition: Definition, table: Sequence[Availability]) -> tuple[str, ...]:
    """The keys of the dimensions that a benchmark declares: what can be had, limited by what its definition uses."""
    wanted = MEASURES if definition.dimensions.use == "available" else definition.dimensions.use
    return tuple(each.key for each in table if each.available and each.key in wanted)


def _of(dimension: Dimension, definition: Definition, sets: ImageSets, masks: str) -> Availability:
    few = _too_few_classes(dimension, sets) or _too_few(dimension, sets)
    if few is not None:
        return few
    if dimension.yardstick and not _holds_yardstick(dimension, definition):
        return _absent(
            dimension,
            f"It holds a model against published figures of another on {DATA_SETS[dimension.yardstick].label}, and on "
            "no other images.",
            "Use corruption robustness, which needs no such figures.",
        )
    if definition.clean is None:
        return _of_layout(dimension, definition.layout, sets)
    # What is made from the clean images alone can be had wherever these are.
    passes = set(dimension.passes).difference(ATTACKS, (Pass.CLEAN, Pass.CORRUPTIONS))
    if not passes:
        return Availability(key=dimension.key, available=True)
    if passes.intersection(_FROM_MASKS):
        return _from_masks(dimension, sets, masks)
    if sets.shifted:
        return Availability(key=dimension.key, available=True)
    if definition.generated.renditions:
        return Availability(key=dimension.key, available=True, generated=True)
    return _absent(dimension, "There are no shifted sets.", dimension.remedy)


def _from_masks(dimension: Dimension, sets: ImageSets, masks: str) -> Availability:
    if sets.masks is None:
        return _absent(dimension, "There are no masks of the objects.", dimension.remedy)
    if not len(sets.masks):
        return _absent(dimension, f"{sets.masks.root} holds no masks.", dimension.remedy)
    if short := masks or shortage_of_masks(sets.marked_counts, sets.classes):
        return _absent(dimension, short, dimension.remedy)
    return Availability(key=dimension.key, available=True, generated=True)


def _too_few_classes(dimension: Dimension, sets: ImageSets) -> Availability | None:
    count, needed = len(sets.classes), dimension.fewest_classes
    if count >= needed:
        return None
    reason = f"{needed} classes are needed, and there are {count}: every model would have the same value."
    return _absent(dimension, reason, "Use accuracy, which tells models of few classes apart.")


def _too_few(dimension: Dimension, sets: ImageSets) -> Availability | None:
    counts: Mapping[str, int] = dict(zip(sets.classes, sets.clean.counts(len(sets.classes)), strict=True))
    needed = dimension.fewest_images_per_class
    few = [f"{name} {count}" for name, count in counts.items() if count < needed]
    # A class without any image is refused as such, before dimensions are looked at.
    if needed == 1 or not few:
        return None
    return _absent(
        dimension,
        f"{needed} images of each class are needed, and {len(few)} classes have fewer: {name_list(few)}.",
        "Add images of these classes.",
    )


def _of_layout(dimension: Dimension, layout: str, sets: ImageSets) -> Availability:
    held = layout_sets(layout)
    needed = [held[source] for source in dimension.passes if source in held and source is not Pass.CLEAN]
    lacking = [
        each
        for each in needed
        if not all((f"{each.key}/{variant}" if variant else each.key) in sets.others for variant in each.variants)
    ]
    # Corruptions are made from the clean images where no set of them lies there, but a yardstick is of its own files.
    lacking = [each for each in lacking if each.source is not Pass.CORRUPTIONS or each.key == dimension.yardstick]
    if not lacking:
        return Availability(key=dimension.key, available=True)
    return _absent(
        dimension,
        f"It needs {name_list([each.label for each in lacking])}.",
        " ".join(dict.fromkeys(each.how_to_get for each in lacking)),
    )


def _holds_yardstick(dimension: Dimension, definition: Definition) -> bool:
    """Whether a definition may have the data set that the dimension is defined on; listing says whether it has."""
    return definition.clean is None and any(
        each.key == dimension.yardstick for each in layout_sets(definition.layout).values()
    )


def _absent(dimension: Dimension, reason: str, remedy: str) -> Availability:
    return Availability(key=dimension.key, available=False, reason=reason, remedy=remedy)
