"""How a model does on each class of a benchmark."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, JsonValue

from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.quantities import Benchmark, DataVersion, ModelId, ModelName, Protocol
from backend.ranking.query import Pool
from backend.ranking.ranked import CurrentRankings, known_row
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.view_queries import PoolQuery
from backend.store.class_reports import class_report
from backend.store.engine import reading
from backend.store.own_benchmarks import class_names

router = APIRouter(tags=["models"], route_class=CheckedRoute)


class ClassReportAnswer(BaseModel):
    """A model class by class, on one benchmark and protocol."""

    data_version: DataVersion
    benchmark: Benchmark
    protocol: Protocol
    model_id: ModelId
    name: ModelName
    classes: list[str] | None = Field(
        description="The names of the classes in the order of the labels; null for a built-in benchmark."
    )
    report: dict[str, JsonValue] = Field(
        description="The recall, precision and image count of each class, the confusion matrix, the reliability "
        "diagram, and for two classes the area under the ROC curve."
    )


@router.get(
    "/v1/models/{model_id}/class-report", summary="Get a model's report by class", response_model=ClassReportAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def get_class_report(
    request: Request, model_id: str, query: Annotated[PoolQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[ClassReportAnswer]:
    """Recall, precision and confusions by class, as they were measured here on the benchmark's current version."""
    pool = Pool.of(query.values())
    prepared = rankings.prepared_pool(pool)
    row = known_row(prepared, model_id)
    with reading(request.app.state.engine) as session:
        report = class_report(session, model_id, pool.benchmark, pool.protocol)
        names = class_names(session, pool.benchmark)
    if report is None:
        raise ProblemError(
            404,
            "no_class_report",
            f"{prepared.names[row]} has no report by class on {pool.benchmark} under the protocol {pool.protocol}.",
            "Reports come with evaluations of this version of the program: evaluate the model again.",
        )

    def document() -> ClassReportAnswer:
        return ClassReportAnswer(
            data_version=prepared.origin.data_version,
            benchmark=pool.benchmark,
            protocol=pool.protocol,
            model_id=model_id,
            name=prepared.names[row],
            classes=names,
            report=report,
        )

    return json_response(Question(request, query.values(), prepared.origin.data_version), document)
