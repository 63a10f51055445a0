"""How far two models lie apart, image by image where both were measured here."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.model_difference import ModelDifference, Side, difference, side
from backend.ranking.parameters import POOL, Text, fields_of, number
from backend.ranking.quantities import Benchmark, Confidence, DataVersion, DimensionName, ModelId, ModelName, Protocol
from backend.ranking.query import Pool
from backend.ranking.ranked import CurrentRankings, known_row
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.store.engine import reading
from backend.store.own_benchmarks import class_names
from quba.deciding.paired_differences import PairedDifference
from quba.dimension import Pass
from quba.vocabulary import ALL_VALUES, CONFIDENCE

router = APIRouter(tags=["trade-offs"], route_class=CheckedRoute)
_WHICH = {name: parameter for name, parameter in POOL.items() if name != "quality"}


class DifferenceQuery(fields_of(_WHICH), CheckedQuery):  # type: ignore[misc]
    """The query of /v1/differences."""

    a: Text = Field(description="The identifier of the first model, such as the baseline.", examples=["alexnet"])
    b: Text = Field(description="The identifier of the second model, such as the new one.", examples=["resnet50"])
    confidence: Annotated[float, Field(ge=CONFIDENCE.lowest, le=CONFIDENCE.highest), BeforeValidator(number)] = Field(
        CONFIDENCE.default, description="The confidence level of the intervals."
    )


class ComparedModel(BaseModel):
    """One of the two models."""

    model_id: ModelId
    name: ModelName
    has_evidence: bool = Field(
        description="Whether it is kept here which images the model decided right, for the values that the store shows."
    )
    without: str | None = Field(description="The reason why there is no evidence, as a sentence; null where there is.")


class DifferenceItem(BaseModel):
    """The two models on one dimension."""

    dimension: DimensionName
    value_a: float | None = Field(description="The value of the first model; null where it is missing.")
    value_b: float | None = Field(description="The value of the second model; null where it is missing.")
    difference: float | None = Field(
        description="The second model's value minus the first one's, in the dimension's unit; null where either is "
        "missing."
    )
    standard_error: float | None = Field(
        description="The standard error of the difference; it and the next four fields are null where it is not known."
    )
    low: float | None = Field(description="The lower end of the interval at `confidence`.")
    high: float | None = Field(description="The upper end of the interval at `confidence`.")
    p: float | None = Field(
        description="The two-sided p-value of no true difference: McNemar's exact test for a paired accuracy, a t test "
        "on the jackknife replicates for other paired dimensions, a normal test where unpaired; null also for what is "
        "counted and not measured."
    )
    p_holm: float | None = Field(description="The p-value with Holm's correction for all dimensions of the answer.")
    paired: bool = Field(
        description="Whether the standard error takes account of both models having seen the same images. Unpaired "
        "errors are those of independent values, and mostly too large."
    )
    missing_a: str | None = Field(description="The reason why the first model has no value; null where it has one.")
    missing_b: str | None = Field(description="The reason why the second model has no value; null where it has one.")


class PassFlips(BaseModel):
    """The images of one pass that one model decides right and the other wrong."""

    name: str = Field(
        description="The pass, and where it has variants the variant, such as `clean`, `pgd` or `corruptions:fog/3`."
    )
    now_wrong: int = Field(description="The number of images that the first model decides right and the second wrong.")
    now_right: int = Field(description="The number of images that the first model decides wrong and the second right.")


class ClassFlips(BaseModel):
    """The clean images of one class that one model decides right and the other wrong."""

    label: int = Field(description="The number of the class, from 0.")
    name: str | None = Field(description="The name of the class; null for a built-in benchmark.")
    now_wrong: int = Field(description="The number of images that the first model decides right and the second wrong.")
    now_right: int = Field(description="The number of images that the first model decides wrong and the second right.")


class DifferenceAnswer(BaseModel):
    """How far two models lie apart on one benchmark and protocol."""

    data_version: DataVersion
    benchmark: Benchmark
    protocol: Protocol
    confidence: Confidence
    a: ComparedModel = Field(description="The first model.")
    b: ComparedModel = Field(description="The second model.")
    paired: bool = Field(description="Whether the two were compared image by image.")
    unpaired: str | None = Field(
        description="The reason why they were not, with the next step; null where they were. Differences then rest on "
        "the standard errors of the two values, as if the models had seen other images."
    )
    items: list[DifferenceItem] = Field(
        description="The difference on each dimension that the benchmark has, in the customary order."
    )
    flips: list[PassFlips] | None = Field(
        description="The numbers of images that flipped, by pass, for passes that both ran; null where unpaired."
    )
    flips_by_class: list[ClassFlips] | None = Field(
        description="The numbers of clean images that flipped, for classes with any; null where unpaired, or where the "
        "clean images were not measured."
    )


@router.get(
    "/v1/differences", summary="Difference of two models", response_model=DifferenceAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def get_difference(
    request: Request, query: Annotated[DifferenceQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[DifferenceAnswer]:
    """Differences (b minus a) with intervals and tests per dimension, and how many images flipped.

    Models that were measured here under the same conditions are paired: they saw the same images, so that their
    difference is far surer than either value. Others are compared by the errors of their values, and the answer says
    so.
    """
    values = query.values()
    # Screening belongs to rankings; here the question is how two values differ, whatever is doubtful about either.
    pool = Pool.of({**values, "quality": ALL_VALUES})
    prepared = rankings.prepared_pool(pool)
    rows = [known_row(prepared, model_id) for model_id in (query.a, query.b)]
    state = request.app.state
    # Before the cache is asked: which evidence there is belongs to the name of the answer.
    with reading(state.engine) as session:
        a, b = (side(session, state.evidence, prepared, row) for row in rows)
        names = class_names(session, pool.benchmark)

    def document() -> DifferenceAnswer:
        found = difference(a, b, confidence=query.confidence)
        return DifferenceAnswer(
            data_version=prepared.origin.data_version,
            benchmark=pool.benchmark,
            protocol=pool.protocol,
            confidence=query.confidence,
            a=_model(a),
            b=_model(b),
            paired=found.unpaired is None,
            unpaired=found.unpaired,
            items=[_item(each) for each in found.items],
            flips=_flips(found),
            flips_by_class=_flips_by_class(found, names),
        )

    # A file can come and go without a new data version.
    asked = {**values, "evidence": [(each.seen, each.without) for each in (a, b)]}
    return json_response(Question(request, asked, prepared.origin.data_version), document)


def _model(one: Side) -> ComparedModel:
    return ComparedModel(model_id=one.model_id, name=one.name, has_evidence=one.without is None, without=one.without)


def _item(found: PairedDifference) -> DifferenceItem:
    return DifferenceItem(**{name: getattr(found, name) for name in DifferenceItem.model_fields})


def _flips(found: ModelDifference) -> list[PassFlips] | None:
    if found.flips is None:
        return None
    return [
        PassFlips(name=name, now_wrong=each.now_wrong.size, now_right=each.now_right.size)
        for name, each in found.flips.items()
    ]


def _flips_by_class(found: ModelDifference, names: list[str] | None) -> list[ClassFlips] | None:
    clean = None if found.flips is None else found.flips.get(Pass.CLEAN.value)
    if clean is None:
        return None
    return [
        ClassFlips(
            label=label,
            name=None if names is None else names[label],
            now_wrong=clean.wrong_by_class.get(label, 0),
            now_right=clean.right_by_class.get(label, 0),
        )
        for label in sorted(clean.wrong_by_class.keys() | clean.right_by_class.keys())
    ]
