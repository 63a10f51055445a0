"""Contact sheets: 24 images of each generated set of a benchmark, so that a person sees what is measured."""

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.datastructures import State

from backend.api.benchmarks import known_benchmark
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.security import require_token
from backend.store.contact_sheets import ContactSheets
from backend.store.engine import reading
from backend.store.file_store import FileChanged, FileGone
from backend.store.tables import JsonObject

# They show the user's images, which are not for everybody.
router = APIRouter(tags=["catalogue"], dependencies=[Depends(require_token)], route_class=CheckedRoute)
_PICTURE: JsonObject = {
    "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
    "description": "The contact sheet is a picture.",
}


class ContactSheetList(BaseModel):
    """The contact sheets of the current version of a benchmark."""

    benchmark: str = Field(description="The key of the benchmark.")
    items: list[str] = Field(
        description="The names of the generated sets that have a contact sheet; empty until a model was measured by a "
        "worker that has the service's WELLBEHAVED_DATA_DIR or its WELLBEHAVED_FILES_URL, and for benchmarks without "
        "generated sets."
    )


@router.get(
    "/v1/benchmarks/{key}/contact-sheets", summary="List contact sheets", responses=responses(401, 404, 422, 503)
)
def list_contact_sheets(request: Request, key: str) -> ContactSheetList:
    """The sets that the program made from the benchmark's images: to look at before their figures are believed."""
    return ContactSheetList(benchmark=key, items=_names(request.app.state, key))


@router.get(
    "/v1/benchmarks/{key}/contact-sheets/{name}", summary="Get a contact sheet",
    response_class=Response, responses={**responses(401, 404, 410, 422, 503), 200: _PICTURE},
)  # fmt: skip
def get_contact_sheet(request: Request, key: str, name: str) -> Response:
    """Twenty-four images of one generated set, each with its class, as PNG."""
    names = _names(request.app.state, key)
    # Compared with what lies there, so that no name leads to another file.
    if name not in names:
        raise _unknown(key, name, names)
    sheets: ContactSheets = request.app.state.contact_sheets
    try:
        picture = sheets.picture(key, _digest(request.app.state, key) or "", name)
    except FileChanged as changed:
        raise ProblemError(410, changed.code, changed.message, changed.hint) from changed
    except FileGone as gone:
        # It was deleted since the names were read.
        raise _unknown(key, name, [each for each in names if each != name]) from gone
    return Response(picture, media_type="image/png")


def _unknown(key: str, name: str, names: list[str]) -> ProblemError:
    return ProblemError(
        404,
        "unknown_contact_sheet",
        f"{key} has no contact sheet {name[:80]!r}; it has {', '.join(names) or 'none'}.",
        "Contact sheets are made when a model is measured on the benchmark.",
    )


def _names(state: State, key: str) -> list[str]:
    digest = _digest(state, key)
    if digest is None:
        return []
    sheets: ContactSheets = state.contact_sheets
    return sheets.names(key, digest)


def _digest(state: State, key: str) -> str | None:
    with reading(state.engine) as session:
        return known_benchmark(session, key).digest
