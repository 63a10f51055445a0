"""The flags that mark doubtful published values, and what each means."""

from collections import Counter

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.imports.flags import FLAGS
from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.quantities import DataVersion
from backend.ranking.query import Pool
from backend.ranking.ranked import CurrentRankings
from backend.ranking.view_queries import PoolQuery

router = APIRouter(tags=["catalogue"], route_class=CheckedRoute)


class FlagItem(BaseModel):
    """A reason to doubt a value."""

    key: str = Field(examples=["train-mode"], description="The key of the flag, by which answers name it.")
    label: str = Field(description="The name of the flag.")
    meaning: str = Field(description="The reason for the doubt in words.")
    dimensions: list[str] = Field(description="The dimensions whose values the flag usually concerns.")
    count: int = Field(description="The number of models with this flag in the default pool.")


class FlagList(BaseModel):
    """All flags. They are this project's reading of the figures, not their authors' word."""

    data_version: DataVersion
    items: list[FlagItem] = Field(description="All quality flags, each with its meaning.")


@router.get(
    "/v1/flags",
    summary="List quality flags",
    responses=responses(422, 503),
)
def list_flags(rankings: CurrentRankings) -> FlagList:
    """Flags mark values and change none; `quality=screened` takes flagged values for missing."""
    prepared = rankings.prepared_pool(Pool.of(PoolQuery().values()))
    counts = Counter(flag for own in prepared.flags for flag in own)
    return FlagList(
        data_version=prepared.origin.data_version,
        items=[
            FlagItem(
                key=flag.key,
                label=flag.label,
                meaning=flag.meaning,
                dimensions=list(flag.dimensions),
                count=counts[flag.key],
            )
            for flag in FLAGS.values()
        ],
    )
