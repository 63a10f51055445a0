"""Every way in which a request can fail, and how the answer says so (RFC 9457, application/problem+json)."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, JsonValue
from starlette.exceptions import HTTPException
from starlette.routing import Match

from backend.below_root import path_below_root, public_path
from backend.logs import current_request_id
from backend.metrics import count_refusal
from backend.request_ids import REQUEST_ID
from backend.root_path import checked_root_path
from backend.store.errors import StoreUnavailable
from backend.store.file_store import FilesFull, FilesUnavailable
from quba.errors import QuestionError

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
_FILES_RETRY_AFTER_SECONDS = 30
MEDIA_TYPE = "application/problem+json"
_NOT_MODIFIED = 304
_LONGEST_ADDRESS = 500
# A longer path is looked through no further: each part costs a look at all routes.
_MOST_PARTS = 8
# What FastAPI takes as the answers of a route, by status.
Responses: TypeAlias = dict[int | str, dict[str, JsonValue]]


class Problem(BaseModel):
    """An error, in the shape of RFC 9457 with a stable `code` and the `next_step`."""

    type: str = Field(
        description="The address that names the kind of problem.", examples=["/problems/invalid_parameter"]
    )
    title: str = Field(description="The kind of problem in a few words.", examples=["A parameter is not valid"])
    status: int = Field(description="The HTTP status of the answer.", examples=[422])
    detail: str = Field(
        description="The fault in this request.", examples=["w.accuracy is -1; weights must be 0 or more."]
    )
    code: str = Field(description="The stable name of the problem for programs.", examples=["invalid_parameter"])
    next_step: str = Field(
        description="The next step that solves the problem.", examples=["Use 0 to leave a dimension out."]
    )
    instance: str = Field(description="The path of the request.", examples=["/v1/rankings"])
    request_id: str | None = Field(
        default=None,
        description="The identifier of the request, which the service's log has, too.",
        examples=["5f2b1c0e9d8a7f6e5d4c3b2a"],
    )
    errors: list[dict[str, str | int | None]] = Field(
        default_factory=list, description="The single faults, where there are several of them."
    )


class ProblemError(Exception):
    """Raised by the service's own code to answer with a problem.

    Args:
        status: HTTP status.
        code: stable name of the problem, in snake case.
        detail: the value and the rule it breaks.
        next_step: what the caller can do.
        errors: the single faults, each a JSON object.
        headers: additional response headers.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        next_step: str,
        *,
        errors: Sequence[Mapping[str, str | int | None]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.next_step = next_step
        self.errors = [dict(error) for error in errors]
        self.headers = dict(headers or {})


def problem_response(request: Request, problem: ProblemError) -> Response:
    """Answer a request with a problem, and count it."""
    count_refusal(problem.code)
    body = Problem(
        type=public_path(request.scope, f"/problems/{problem.code}"),
        title=problem.code.replace("_", " ").capitalize(),
        status=problem.status,
        detail=problem.detail,
        code=problem.code,
        next_step=problem.next_step,
        instance=_address(request),
        request_id=current_request_id(),
        errors=problem.errors,
    )
    return Response(
        orjson.dumps(body.model_dump(), default=str),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def responses(*statuses: int) -> Responses:
    """The OpenAPI declaration of what a route can answer with beside success: problems, and 304, which has no body."""
    problem: JsonValue = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    declared: Responses = {
        status: {"description": HTTPStatus(status).phrase, "content": problem} for status in statuses
    }
    if _NOT_MODIFIED in declared:
        del declared[_NOT_MODIFIED]["content"]
    return declared


_NEXT_STEP_BY_STATUS = {
    400: (
        "http_error",
        "Send the whole body in the form that its Content-Type names; see /docs for what is taken.",
    ),
    404: ("not_found", "See /docs for the paths that exist."),
    405: ("method_not_allowed", ""),
}


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows the type that Starlette's registry erases
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        other = ("http_error", "Send the request again later; if it fails again, report it with its `request_id`.")
    else:
        other = ("http_error", "Correct the request: /docs has the parameters and the body that this path takes.")
    code, next_step = _NEXT_STEP_BY_STATUS.get(error.status_code, other)
    headers = dict(error.headers or {})
    if code == "method_not_allowed":
        # The framework names the methods of the first route only, where a path has several.
        headers["Allow"] = ", ".join(_methods(request))
        next_step = f"Use {headers['Allow']}; see /docs for what this path takes."
    elif code == "not_found" and request.url.path.endswith("/"):
        next_step = "Leave out the slash at the end; see /docs for the paths that exist."
    elif code == "not_found" and (prefix := _prefix_of_a_proxy(request)):
        set_to = request.scope.get("root_path", "") or "not set"
        next_step = (
            f"If a proxy leaves {prefix} before the path, set WELLBEHAVED_ROOT_PATH={prefix} (now {set_to}) and start "
            "the service again; else see /docs for the paths that exist."
        )
    detail = f"{request.method} {_address(request)}: {error.detail}."
    return problem_response(request, ProblemError(error.status_code, code, detail, next_step, headers=headers))


def _prefix_of_a_proxy(request: Request) -> str | None:
    """What stands before a path of the service, as where a proxy and the settings differ; None for other paths."""
    parts = path_below_root(request.scope).split("/")
    for end in range(2, min(len(parts), _MOST_PARTS)):
        rest = public_path(request.scope, "/".join(["", *parts[end:]]))
        if any(route.matches({**request.scope, "path": rest})[0] is Match.FULL for route in request.app.routes):
            return _root_path_or_none("/".join(parts[:end]))
    return None


def _root_path_or_none(text: str) -> str | None:
    try:
        return checked_root_path(text)
    except ValueError:
        return None


def _methods(request: Request) -> list[str]:
    routes = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    methods = {method for route in routes for method in getattr(route, "methods", None) or ()}
    # The application answers HEAD wherever it answers GET.
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


def _address(request: Request) -> str:
    """The path as it stands in an address: `instance` is a URI reference, and a path may hold anything."""
    # Cut, for an answer must not be as long as whatever a caller sends.
    return quote(request.url.path)[:_LONGEST_ADDRESS]


async def _unanswerable(request: Request, error: Exception) -> Response:
    assert isinstance(error, QuestionError)  # noqa: S101 - narrows the type that Starlette's registry erases
    detail, _, next_step = str(error).partition("; ")
    step = next_step[:1].upper() + next_step[1:] or "See /docs for what this path takes."
    return problem_response(request, ProblemError(422, error.code, detail.rstrip(".") + ".", step))


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - narrows the type that Starlette's registry erases
    faults = [
        {
            "parameter": ".".join(str(part) for part in fault["loc"][1:]),
            "value": repr(fault.get("input"))[:100],
            "rule": fault["msg"],
        }
        for fault in error.errors()
    ]
    detail = "; ".join(f"{fault['parameter']} is {fault['value']}: {fault['rule']}" for fault in faults)
    problem = ProblemError(422, "invalid_parameter", detail, "See /docs for what this path takes.", errors=faults)
    return problem_response(request, problem)


async def _failure(request: Request, error: Exception) -> Response:
    return problem_response(request, problem_of(request, error))


def problem_of(request: Request, error: Exception) -> ProblemError:
    """The problem that an error is answered with; one of the program's or the machine's is logged."""
    match error:
        case ProblemError():
            return error
        case StoreUnavailable():
            return _store_problem(error)
        case FilesUnavailable():
            return _files_problem(error)
        case _:
            return _internal_problem(request, error)


def _store_problem(error: StoreUnavailable) -> ProblemError:
    logger.warning("store unavailable: %s", error)
    return ProblemError(
        503,
        "store_unavailable",
        str(error),
        f"Try again in {RETRY_AFTER_SECONDS} seconds; `wellbehaved doctor` on the server shows what is wrong.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def _files_problem(error: FilesUnavailable) -> ProblemError:
    logger.warning("store of files unavailable: %s", error)
    full = isinstance(error, FilesFull)
    return ProblemError(
        507 if full else 503,
        "files_full" if full else "files_unavailable",
        error.message,
        f"Send the request again later, or ask the operator: {error.hint}",
        headers={"Retry-After": str(_FILES_RETRY_AFTER_SECONDS)},
    )


def _internal_problem(request: Request, error: Exception) -> ProblemError:
    # The path without its query, which may hold what a user typed.
    logger.error("unexpected error in %s %s", request.method, request.url.path, exc_info=error)
    return ProblemError(
        500,
        "internal_error",
        "The service failed on this request; the error is ours and has been logged.",
        "Try again; if it fails again, report it with its `request_id`.",
        # What answers for a crash stands before all else, so that nobody adds it.
        headers={REQUEST_ID: identifier} if (identifier := current_request_id()) else {},
    )


def install_error_handlers(app: FastAPI) -> None:
    """Make every failure of the application answer as a problem."""
    app.add_exception_handler(QuestionError, _unanswerable)
    app.add_exception_handler(ProblemError, _failure)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(StoreUnavailable, _failure)
    app.add_exception_handler(FilesUnavailable, _failure)
    app.add_exception_handler(Exception, _failure)
