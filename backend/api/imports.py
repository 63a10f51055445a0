"""Taking in results that were measured elsewhere, and telling which came in."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import Engine

from backend.evaluations.uploads import receive
from backend.idempotent_route import IdempotentRoute
from backend.imports.csv_file import MAX_BYTES
from backend.imports.foreign_import import import_table
from backend.imports.foreign_table import TableFile
from backend.imports.import_progress import Watch
from backend.imports.importer import ImportRejected, ImportReport, import_results
from backend.imports.readers import READERS
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedQuery
from backend.ranking.formats import JSON, prefers
from backend.ranking.page_links import following_links
from backend.ranking.parameters import Text, number
from backend.ranking.quantities import DimensionName, ModelId, NextCursor, Value
from backend.ranking.responses import JsonAnswer
from backend.security import require_token
from backend.store import imports as stored_imports
from backend.store.engine import reading
from backend.store.tables import JsonObject
from backend.work_events import EVENT_STREAM, work_response
from backend.work_events import Watch as WatchEvents
from quba.errors import Refusal

router = APIRouter(tags=["imports"], dependencies=[Depends(require_token)], route_class=IdempotentRoute)
MOST_FAULTS = 1000
_LARGE_FILE = "Split the file, or ask the operator to raise WELLBEHAVED_MAX_IMPORT_BYTES."
_MOST_ITEMS = 200
_EXAMPLE = """\
model_id,name,architecture,training,pretraining_data,backbone,source_library,source_identifier,accuracy,\
adversarial_robustness,corruption_robustness,ood_robustness,calibration_error,class_balance,object_focus,shape_bias,\
parameters_millions
my-resnet50,My ResNet50,cnn,supervised,imagenet-1k,resnet50,own,,0.791,0.12,0.48,0.55,0.0041,0.79,0.93,0.27,25.6
"""
_EXAMPLE_JSON: JsonObject = {
    "dataset": "imagenet",
    "architecture": "ResNet-50",
    "eps": "4/255",
    "clean_acc": "60.00",
    "autoattack_acc": "30.00",
}
_EVENTS = (
    'id: 1\nevent: progress\ndata: {"phase":"comparing","rows_done":4000,"rows_total":60000}\n\n'
    'id: 2\nevent: result\ndata: {"import_id":"im-0123456789ab","added":60000}\n\n'
)
# The last is what programs call a file whose kind they do not know.
_CSV = ("text/csv", "application/csv", "application/octet-stream")
_BODY: JsonObject = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE},
            "application/json": {"schema": {"type": "object"}, "example": _EXAMPLE_JSON},
        },
    },
}


class ImportQuery(CheckedQuery):
    """The query of an import."""

    filename: Text | None = Field(
        None,
        description="The name of the file; it is listed and never used as a path. Tables of others say by it what they "
        "are of: `results-imagenet-a.csv` for timm, `imagenet/Linf/MODEL.json` for RobustBench.",
    )
    format: Literal[tuple(READERS)] | None = Field(  # type: ignore[valid-type]
        None, description="Whose table it is. Without it, the file has the columns of this program's own results."
    )
    dimension: Text | None = Field(
        None,
        description="The set of images, the device or the kind of threat that the values of a `format` are about, "
        "where the name of the file does not say it.",
    )
    partial: Literal["true", "false"] = Field(
        "false",
        description="The treatment of rows of no known model, with `format`: `true` adds models that are not there, "
        "with their other values missing, and leaves out the other rows; `false` refuses the file and lists them.",
    )


class ImportListQuery(CheckedQuery):
    """The query of the list of imports."""

    limit: Annotated[int, Field(ge=1, le=_MOST_ITEMS), BeforeValidator(number)] = Field(
        50, description="The largest number of items in one answer."
    )
    cursor: str | None = Field(
        None, pattern=f"^{stored_imports.ID_PATTERN}$", description="The `next_cursor` of the previous answer."
    )


class ImportedOutlier(BaseModel):
    """A value that was taken, though it is very far from all others."""

    model_id: ModelId
    dimension: DimensionName
    value: Value


class LeftOutRow(BaseModel):
    """A row of somebody else's table that was not taken."""

    line: int = Field(description="The line of the row in the file.")
    model: str = Field(description="The name that the table has for the model.")
    reason: str = Field(description="The reason why no model got the values.")


class ImportAnswer(BaseModel):
    """The result of an import."""

    import_id: str | None = Field(
        description="The identifier by which the import can be deleted; null where it added nothing."
    )
    added: int = Field(description="The number of models that got values.")
    new_models: int = Field(description="The number of models that a table of others added, of those that got values.")
    unchanged: int = Field(description="The number of models that were already there with the same values.")
    data_version: str = Field(description="The data version that holds the imported values.")
    outliers: list[ImportedOutlier] = Field(
        description="The file's values farther from the median than 50 robust standard deviations; they are kept, "
        "and the norms of the pool leave them out."
    )
    dimensions: list[str] = Field(
        description="The keys of the dimensions that a table of others is of; empty for the program's own results."
    )
    left_out: list[LeftOutRow] = Field(description="The rows of a table of others that were left out, with `partial`.")


class Import(BaseModel):
    """A file of results that came in."""

    import_id: str = Field(examples=["im-0123456789ab"], description="The identifier of the import.")
    imported_at: datetime = Field(description="The time of the import, in UTC.")
    filename: str | None = Field(description="The name of the file, where it was given.")
    row_count: int = Field(description="The number of rows of the file.")
    model_count: int = Field(description="The number of models that got values from the file.")
    benchmarks: list[str] = Field(description="The benchmarks that the file's values belong to.")
    values_held: int = Field(
        description="The number of the file's values that were neither deleted nor replaced since."
    )


class ImportsWithoutId(BaseModel):
    """The results from before imports were listed, whose models can only be deleted one by one."""

    models: int = Field(description="The number of models with such values.")
    values: int = Field(description="The number of such values.")


class ImportList(BaseModel):
    """A page of imports, the newest first."""

    items: list[Import] = Field(description="The imports of this page.")
    without_id: ImportsWithoutId = Field(
        description="The results imported before imports had identifiers; they are in no item and are deleted with "
        "`DELETE /v1/models/...`."
    )
    next_cursor: NextCursor


@router.get(
    "/v1/imports", summary="List imports", responses=responses(401, 422, 503),
)  # fmt: skip
def list_imports(request: Request, response: Response, query: Annotated[ImportListQuery, Query()]) -> ImportList:
    """Imports are listed with the newest first. The study, which every store starts with, is not one of them."""
    with reading(request.app.state.engine) as session:
        # One more than is shown says whether there is a next page.
        found = stored_imports.records(session, limit=query.limit + 1, before=query.cursor)
        older = stored_imports.without_id(session)
    page = found[: query.limit]
    following = page[-1].import_id if len(found) > len(page) else None
    response.headers.update(following_links(request, query.cursor, following))
    return ImportList(
        items=[Import.model_validate(record, from_attributes=True) for record in page],
        without_id=ImportsWithoutId(**older._asdict()),
        next_cursor=following,
    )


@router.post(
    "/v1/imports", summary="Import results from a file", status_code=201, response_model=ImportAnswer,
    responses=responses(400, 401, 409, 413, 415, 422, 503, 507)
    | {201: {"content": {EVENT_STREAM: {"example": _EVENTS}}}},
    openapi_extra=_BODY,
)  # fmt: skip
async def create_import(request: Request, query: Annotated[ImportQuery, Query()]) -> Response:
    """Takes the columns of the study's table, all rows or none; lists each fault with line, column, value and rule.

    With `format`, it takes a file of timm's folder `results` or of RobustBench's folder `model_info`, or what
    `wellbehaved cost --json` writes, as dimensions of their own that weigh 0.

    With `Accept: text/event-stream`, the file's way is streamed once it has arrived: an event `progress` with phase,
    rows_done and rows_total whenever they change, and at the end `result`, with what is answered otherwise, or
    `problem`. A comment is sent when nothing has changed for 15 seconds.

    A file may be as large as the operator allows, 1 GiB by default, and have any number of rows; with `format`, it may
    have 16 MiB and 10,000 rows.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (*_CSV, *(["application/json"] if query.format else [])):
        raise ProblemError(
            415,
            "not_csv",
            f"Content-Type is {media_type[:60]!r}; an import is text/csv.",
            "Send the file with Content-Type: text/csv; with `format`, it may be application/json.",
        )
    if query.format is None and (query.dimension is not None or query.partial == "true"):
        raise ProblemError(
            422,
            "format_missing",
            "`dimension` and `partial` are about tables of others, and no `format` says whose table this is.",
            f"Add `format`, one of {', '.join(READERS)}, or leave both out.",
        )
    settings = request.app.state.settings
    async with AsyncExitStack() as stack:
        # On disk: it may be larger than the memory of the machine.
        receiving = receive(request, settings.data_dir / "imports", settings.max_import_bytes, remedy=_LARGE_FILE)
        file = await stack.enter_async_context(receiving)
        if prefers(request.headers.get("accept", ""), EVENT_STREAM, JSON):
            run = partial(_watched_import, request.app.state.engine, file.path, query)
            return work_response(request, stack.pop_all(), run, status=201)
        answer = await run_in_threadpool(_import_file, request.app.state.engine, file.path, query)
    return JsonAnswer[ImportAnswer](answer.model_dump_json(), status_code=201, media_type=JSON)


def _watched_import(engine: Engine, path: Path, query: ImportQuery, watch: WatchEvents) -> ImportAnswer:
    return _import_file(engine, path, query, lambda progress: watch(progress._asdict()))


def _import_file(engine: Engine, path: Path, query: ImportQuery, watch: Watch = lambda _: None) -> ImportAnswer:
    """Import a file that has arrived.

    Raises:
        ProblemError: 422 `import_rejected`, or 409 where somebody else's dimension has the key of one of the table's.
    """
    try:
        return _answer_of(_report_of(engine, path, query, watch))
    except ImportRejected as rejected:
        raise _problem_of(rejected) from None
    # No fault of the file: a dimension of somebody else's has the key of one of its own.
    except Refusal as refusal:
        raise ProblemError(409, refusal.code, refusal.message, refusal.hint) from None


def _problem_of(rejected: ImportRejected) -> ProblemError:
    faults = [
        {"line": fault.line, "column": fault.column, "value": fault.value, "rule": fault.rule}
        # A file of the wrong kind breaks a rule in every cell; its answer would be larger than itself.
        for fault in rejected.errors[:MOST_FAULTS]
    ]
    count = len(rejected.errors)
    listed = f", of which the first {MOST_FAULTS} are listed" if count > MOST_FAULTS else ""
    return ProblemError(
        422,
        "import_rejected",
        f"{count} {'fault' if count == 1 else 'faults'}{listed}; nothing was imported. First: {rejected.errors[0]}",
        "Correct the lines named in `errors` and send the whole file again.",
        errors=faults,
    )


def _answer_of(report: ImportReport) -> ImportAnswer:
    return ImportAnswer(
        import_id=report.import_id,
        added=report.added,
        new_models=report.new_models,
        unchanged=report.unchanged,
        data_version=report.data_version,
        outliers=[ImportedOutlier(**outlier._asdict()) for outlier in report.outliers],
        dimensions=list(report.dimensions),
        left_out=[LeftOutRow(**row._asdict()) for row in report.left_out],
    )


def _report_of(engine: Engine, path: Path, query: ImportQuery, watch: Watch) -> ImportReport:
    with path.open("rb") as file:
        if query.format is None:
            return import_results(engine, file, filename=query.filename, watch=watch)
        now = datetime.now(UTC)
        # One byte more than is taken says that there are more.
        data = file.read(MAX_BYTES + 1)
    table = TableFile(data=data, name=query.filename, dimension=query.dimension, day=now.date())
    return import_table(engine, table, query.format, partial=query.partial == "true", now=now)
