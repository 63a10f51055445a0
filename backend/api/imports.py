"""Taking in results that were measured elsewhere."""

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from backend.body import bounded_body
from backend.errors import ProblemError, responses
from backend.security import require_token
from backend.study.importer import ImportRejected, import_results
from backend.study.results import MAX_BYTES
from backend.view.parameters import no_parameters

router = APIRouter(tags=["writing"])
MOST_FAULTS = 1000
_EXAMPLE = """\
model_id,name,architecture,training,pretraining_data,backbone,source_library,source_identifier,accuracy,\
adversarial_robustness,corruption_robustness,ood_robustness,calibration_error,class_balance,object_focus,shape_bias,\
parameters_millions
my-resnet50,My ResNet50,cnn,supervised,imagenet-1k,resnet50,own,,0.791,0.12,0.48,0.55,0.0041,0.79,0.93,0.27,25.6
"""
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}


class ImportedOutlier(BaseModel):
    """A value that was taken, though it is very far from all others."""

    model_id: str
    dimension: str
    value: float


class ImportAnswer(BaseModel):
    """What an import did."""

    added: int = Field(description="Models that were not there before.")
    unchanged: int = Field(description="Models that were there with the same values.")
    data_version: str = Field(description="The data version that holds them.")
    outliers: list[ImportedOutlier] = Field(
        description="Values of the file farther from the median than 50 robust standard deviations; they are kept, and "
        "the norms of the pool leave them out."
    )


@router.post(
    "/v1/imports", summary="Import results from a CSV", status_code=201,
    dependencies=[Depends(require_token), Depends(no_parameters)],
    responses=responses(400, 401, 413, 415, 422, 503), openapi_extra=_BODY,
)  # fmt: skip
async def imports(request: Request) -> ImportAnswer:
    """Takes the columns of the study's table, all rows or none; lists each fault with line, column, value and rule."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in ("text/csv", "application/csv", "application/octet-stream"):
        raise ProblemError(
            415,
            "not_csv",
            f"Content-Type is {media_type[:60]!r}; an import is text/csv.",
            "Send the file with Content-Type: text/csv.",
        )
    data = await bounded_body(request, MAX_BYTES)
    try:
        report = await run_in_threadpool(import_results, request.app.state.engine, data)
    except ImportRejected as rejected:
        faults = [
            {"line": fault.line, "column": fault.column, "value": fault.value, "rule": fault.rule}
            for fault in rejected.errors[:MOST_FAULTS]
        ]
        count = len(rejected.errors)
        listed = f", of which the first {MOST_FAULTS} are listed" if count > MOST_FAULTS else ""
        raise ProblemError(
            422,
            "import_rejected",
            f"{count} {'fault' if count == 1 else 'faults'}{listed}; nothing was imported. First: {rejected.errors[0]}",
            "Correct the lines named in `errors` and send the whole file again.",
            errors=faults,
        ) from None
    return ImportAnswer(
        added=report.added,
        unchanged=report.unchanged,
        data_version=report.data_version,
        outliers=[ImportedOutlier(**outlier._asdict()) for outlier in report.outliers],
    )
