"""Which images two models decide differently. Their paths are the owner's, so that all needs the token."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from backend.evaluations.listing import ImageLists
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.model_difference import ModelDifference, Side, difference, side
from backend.ranking.page_links import following_links
from backend.ranking.parameters import PAGE_WITHOUT_SORT, POOL, Parameter, Text, fields_of
from backend.ranking.quantities import Benchmark, DataVersion, ModelId, NextCursor, Protocol
from backend.ranking.query import Pool
from backend.ranking.ranked import CurrentRankings, known_row
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.security import require_token
from backend.store.benchmarks import benchmark
from backend.store.engine import reading
from backend.store.own_benchmarks import current_version
from backend.store.tables import BenchmarkVersion
from quba.deciding.paired_differences import Flips
from quba.dimension import Pass
from quba.measuring.evidence import Evidence
from quba.vocabulary import ALL_VALUES, CONFIDENCE

router = APIRouter(tags=["trade-offs"], dependencies=[Depends(require_token)], route_class=CheckedRoute)

_DIRECTIONS = ("now_wrong", "now_right")
_WHICH = {name: parameter for name, parameter in POOL.items() if name != "quality"} | {
    # A group, for no class can have a field of this name.
    "pass": Parameter(
        Annotated[str, Field(min_length=1, max_length=100)],
        "The pass, and where it has variants the variant, as `flips` of /v1/differences names it, such as "
        "`corruptions:fog/3`.",
        Pass.CLEAN.value,
    ),
    "direction": Parameter(
        Literal[_DIRECTIONS] | None, "Keep the images that are now wrong, or those that are now right. Default: both."
    ),
}


class FlipQuery(fields_of(_WHICH, PAGE_WITHOUT_SORT), CheckedQuery):  # type: ignore[misc]
    """The query of /v1/differences/flips."""

    a: Text = Field(description="The identifier of the first model, such as the baseline.", examples=["mine-0"])
    b: Text = Field(description="The identifier of the second model, such as the new one.", examples=["mine-1"])


class Flip(BaseModel):
    """An image that one of the two models decides right and the other wrong."""

    position: int = Field(description="The place of the image in its set, from 0.")
    path: str = Field(
        description="The file of the image, relative to the folder of the benchmark, or to that of the data sets for a "
        "built-in one. For an attack or a corruption it is the clean image's."
    )
    direction: Literal[_DIRECTIONS] = Field(  # type: ignore[valid-type]
        description="The way it flipped: `now_wrong`, from right for the first model to wrong for the second, or "
        "`now_right`, the reverse."
    )


class FlipList(BaseModel):
    """A page of the images of one pass that flipped, in the order of the set."""

    data_version: DataVersion
    benchmark: Benchmark
    protocol: Protocol
    a: ModelId
    b: ModelId
    name: str = Field(description="The pass, with its variant where it has several.")
    now_wrong: int = Field(description="The number of images that the first model decides right and the second wrong.")
    now_right: int = Field(description="The number of images that the first model decides wrong and the second right.")
    items: list[Flip] = Field(description="The images of this page.")
    next_cursor: NextCursor


@router.get(
    "/v1/differences/flips", summary="List flipped images", response_model=FlipList,
    responses=responses(304, 401, 404, 409, 422, 503),
)  # fmt: skip
def list_flips(
    request: Request, query: Annotated[FlipQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[FlipList]:
    """The images of one pass that one of two models decides right and the other wrong, with their files.

    Both models must have been measured here on the same images, and these must lie on the service's machine as they did
    then. Images that the program made from others are not listed.
    """
    values = query.values()
    pool = Pool.of({**values, "quality": ALL_VALUES})
    prepared = rankings.prepared_pool(pool)
    rows = [known_row(prepared, model_id) for model_id in (query.a, query.b)]
    state = request.app.state
    with reading(state.engine) as session:
        a, b = (side(session, state.evidence, prepared, row) for row in rows)
        version = current_version(session, benchmark(session, pool.benchmark))
    # A file can come and go without a new data version.
    asked = {**values, "evidence": [(each.seen, each.without) for each in (a, b)]}
    question = Question(request, asked, prepared.origin.data_version)

    # Stays absent where the caller holds the answer, of which 304 says nothing new.
    following: str | None = None

    def document() -> FlipList:
        nonlocal following
        name = values["pass"]
        flips = _of_pass(difference(a, b, confidence=CONFIDENCE.default), name)
        kept = [each for each in _DIRECTIONS if values["direction"] in (None, each)]
        flipped = sorted((place, each) for each in kept for place in getattr(flips, each).tolist())
        start, limit = question.offset(), values["limit"]
        page = flipped[start : start + limit]
        following = question.next_cursor(start + limit) if start + limit < len(flipped) else None
        paths = _paths(state.image_lists, a, name, version) if page else ()
        return FlipList(
            data_version=prepared.origin.data_version,
            benchmark=pool.benchmark,
            protocol=pool.protocol,
            a=query.a,
            b=query.b,
            name=name,
            now_wrong=flips.now_wrong.size,
            now_right=flips.now_right.size,
            items=[Flip(position=place, path=_path(paths, place, name), direction=each) for place, each in page],
            next_cursor=following,
        )

    found = json_response(question, document)
    found.headers.update(following_links(request, values["cursor"], following))
    return found


def _of_pass(found: ModelDifference, name: str) -> Flips:
    if found.flips is None:
        raise ProblemError(
            409, "not_paired", found.unpaired or "", "Ask about two models that were measured here on the same images."
        )
    if name not in found.flips:
        raise ProblemError(
            404,
            "unknown_pass",
            f"pass is {name[:80]!r}, which was not measured on both.",
            f"Use one of: {', '.join(found.flips) or 'none'}.",
        )
    return found.flips[name]


def _paths(lists: ImageLists, one: Side, name: str, version: BenchmarkVersion | None) -> Sequence[str]:
    assert isinstance(one.known, Evidence)  # noqa: S101 - narrows; without evidence of both nothing is paired
    return lists.paths(one.known.conditions, name, version)


def _path(paths: Sequence[str], place: int, name: str) -> str:
    if place >= len(paths):
        raise ProblemError(
            409, "files_not_here", f"{name} has {len(paths)} images now, and had more.", "Measure both models again."
        )
    return paths[place]
