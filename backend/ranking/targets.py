"""Values that a model would need to reach a rank, and whether any model has or could have them."""

from pydantic import BaseModel, Field

from backend.ranking.contenders import Contenders
from backend.ranking.quantities import DimensionName
from quba.deciding.improvement import Ascent, Improvement, ascent
from quba.deciding.reach import Reach, target
from quba.ranking.normalisation import Normalisation


class TargetItem(BaseModel):
    """A needed value, held against what can be and what the models of the pool have."""

    dimension: DimensionName
    value: float = Field(description="The value that the model has.")
    needed: float = Field(description="The value that it would need.")
    possible: bool = Field(description="Whether any model could have that value: false where `reach` is `impossible`.")
    rule: str | None = Field(description="The rule that an impossible value breaks; null for the others.")
    reach: Reach = Field(
        description="The reachability of the value. `possible`: a model of the pool is at least as good; "
        "`beyond_all_models`: none is; `impossible`: none can be. A ratio to the clean accuracy a is at most 1/a, "
        "object focus at most 1 + 1/a."
    )
    bound: float | None = Field(
        description="The best value that can be, at the accuracy that the model would have; null where there is no end."
    )
    best_value: float = Field(description="The best value in the whole pool, whatever the filters.")
    best_model_id: str = Field(
        description="The identifier of the model with the best value; the first by the pool's order where several "
        "have it."
    )
    best_name: str = Field(description="The name of the model with the best value.")
    best_flags: list[str] = Field(description="The quality flags of the best value; /v1/flags explains them.")


def way_up(contenders: Contenders, place: int, rank: int) -> Ascent | None:
    """What a contender would have to improve to reach a rank among them; None under percentile ranks.

    Raises:
        QuestionError: as `ascent`.
    """
    view = contenders.view
    if view.normalisation is Normalisation.PERCENTILE:
        return None
    columns = contenders.part(contenders.prepared.snapshot.columns)
    weighted = {key: columns[key] for key, weight in view.weights.items() if weight}
    return ascent(weighted, contenders.prepared.norms, view.weights, place, k=rank)


def accuracies(contenders: Contenders, place: int, found: Ascent) -> tuple[float, float]:
    """The clean accuracy that a model has, and the one that it would have if all dimensions improved together."""
    own = float(contenders.prepared.snapshot.columns["accuracy"][contenders.rows[place]])
    # A ratio to the clean accuracy has another bound once the accuracy itself has changed.
    improved = next((way.needed for way in found.together if way.key == "accuracy"), own)
    return own, min(improved, 1.0)


def target_item(way: Improvement, contenders: Contenders, clean_accuracy: float) -> TargetItem:
    """A way up as an answer's item, at the clean accuracy that the model would have; NaN where that is not known."""
    prepared = contenders.prepared
    # NaN is the only number that differs from itself.
    known = clean_accuracy if clean_accuracy == clean_accuracy else None
    found = target(way.key, way.needed, prepared.snapshot.columns, known)
    best = prepared.models[found.best]
    return TargetItem(
        dimension=way.key,
        value=way.value,
        needed=way.needed,
        possible=found.rule is None,
        rule=found.rule,
        reach=found.reach,
        bound=found.bound,
        best_value=found.best_value,
        best_model_id=best.id,
        best_name=best.name,
        best_flags=list(prepared.snapshot.flags[found.best].get(way.key, ())),
    )
