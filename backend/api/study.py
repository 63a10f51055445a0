"""The study's models as this instance has them: which can be measured here, and which are."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from backend.imports.model_facts import shipped_facts
from backend.imports.study_names import PREFIX, study_reasons, study_weights
from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.quantities import DataVersion, DimensionName
from backend.security import sees_private
from backend.store import data_versions
from backend.store.engine import reading
from backend.store.model_evaluations import LatestEvaluation, latest_evaluations
from backend.store.reproductions import Weights
from backend.store.study_values import StudyValue, study_values
from quba.benchmarks import STUDY, STUDY_BENCHMARK
from quba.dimensions import BUILT_IN

router = APIRouter(tags=["evaluations"], route_class=CheckedRoute)


class HeldValue(BaseModel):
    """A dimension that need not be measured again."""

    protocol: str = Field(description="The protocol that the dimension was measured by.")
    dimension: DimensionName
    missing_reason: str | None = Field(
        description="The model's own reason for having no value, such as attacks without a meaning for it; null where "
        "there is a value. Failed measurements and missing data sets are left out."
    )
    all_images: bool | None = Field(
        description="Whether the value rests on all images; null where there is no value, or the dimension is none of "
        "the study's."
    )


class ModelEvaluation(BaseModel):
    """The evaluation of a model that says how far it is."""

    evaluation_id: str = Field(examples=["ev-0123456789ab"], description="The identifier of the evaluation.")
    state: str = Field(description="The state of the evaluation: queued, running, succeeded, failed or cancelled.")
    reason: str | None = Field(
        description="The reason why the evaluation failed, or what it waits for in the queue beside its turn; null "
        "otherwise."
    )


class StudyModel(BaseModel):
    """One published model."""

    model_id: str = Field(examples=["hiera-t"], description="The identifier of the published model.")
    model: str | None = Field(
        examples=["study:hiera-t"],
        description="The name under which `POST /v1/evaluations` takes it; null where nothing can measure it.",
    )
    reason: str | None = Field(description="The reason why nothing can measure it; null where it can be measured.")
    macs_billions: float | None = Field(
        description="The multiply-accumulates of one image in billions, with which the time to measure the model "
        "grows; null where they are not known."
    )
    values: list[HeldValue] = Field(description="The dimensions that need not be measured again on `imagenet-1k`.")
    evaluation: ModelEvaluation | None = Field(
        description="The evaluation on `imagenet-1k` that is not over yet, else the one that changed last; null where "
        "there is none, and without the token."
    )


class StudyModels(BaseModel):
    """All published models."""

    data_version: DataVersion
    protocol: str = Field(description="The protocol that is measured by unless another is asked for.")
    dimensions: list[str] = Field(
        description="The keys of the dimensions that are measured unless others are asked for."
    )
    items: list[StudyModel] = Field(description="The models in the order in which they were published.")


@router.get("/v1/study", summary="List the study's models to be measured", responses=responses(422, 503))
def list_study_models(request: Request) -> StudyModels:
    """Each published model with what was measured here of its weights, and how far its evaluation is.

    Whoever submits the models one by one with `POST /v1/evaluations` leaves out those that have all values. Private
    values and evaluations are included for holders of the token.
    """
    private = sees_private(request)
    with reading(request.app.state.engine) as session:
        version = data_versions.current_name(session)
        held = study_values(session, STUDY_BENCHMARK, private=private)
        latest = latest_evaluations(session, PREFIX, STUDY_BENCHMARK) if private else {}
    items = [
        _model(model_id, reason, held, latest.get(f"{PREFIX}{model_id}"))
        for model_id, reason in study_reasons().items()
    ]
    dimensions = [key for key, dimension in BUILT_IN.items() if dimension.measurable]
    return StudyModels(data_version=version, protocol=STUDY.default_protocol, dimensions=dimensions, items=items)


def _model(
    model_id: str, reason: str, held: Mapping[Weights, list[StudyValue]], latest: LatestEvaluation | None
) -> StudyModel:
    weights = study_weights().get(model_id)
    # Weights that nobody can have were never measured, and what they would cost says nothing.
    facts = None if weights is None else shipped_facts().get(weights)
    return StudyModel(
        model_id=model_id,
        model=None if reason else f"{PREFIX}{model_id}",
        reason=reason or None,
        macs_billions=None if facts is None else facts["macs_billions"],
        values=[] if weights is None else [HeldValue(**each) for each in held.get(weights, [])],
        evaluation=None if latest is None else ModelEvaluation(**latest._asdict()),
    )
