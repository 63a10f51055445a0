"""The architectures that a checkpoint can have."""

from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.parameters import Text

router = APIRouter(tags=["catalogue"], route_class=CheckedRoute)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class ArchitectureQuery(CheckedQuery):
    """The query of /v1/architectures."""

    q: Annotated[Text, BeforeValidator(_lower)] = Field(
        "", description="Keep names that hold all of these words, in any order."
    )


class ArchitectureList(BaseModel):
    """Names of the timm library, in alphabetical order."""

    total: int = Field(description="The number of names that match.")
    items: list[str] = Field(description="The names that match the words.")


@cache
def architectures() -> tuple[str, ...]:
    """All names; a list of ours, because the service starts without timm and must not follow timm's prefixes."""
    return tuple((files("backend.api") / "architectures.txt").read_text(encoding="ascii").split())


@router.get("/v1/architectures", summary="List architectures", responses=responses(422))
def list_architectures(query: Annotated[ArchitectureQuery, Query()]) -> ArchitectureList:
    """A checkpoint is submitted together with the name of its architecture in the timm library."""
    words = query.q.replace("-", "_").split()
    found = [name for name in architectures() if all(word in name for word in words)]
    return ArchitectureList(total=len(found), items=found)
