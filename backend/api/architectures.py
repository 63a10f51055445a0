"""The architectures that a checkpoint can have."""

from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator, Field

from backend.problems import responses
from backend.ranking.parameters import Group, Parameter, ParameterSet, Text

router = APIRouter(tags=["catalogue"])


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


_SEARCH: Group = {
    "q": Parameter(
        Annotated[Text, BeforeValidator(_lower)] | None, "Keep names that hold all of these words, in any order."
    )
}
_PARAMETERS = ParameterSet("ArchitectureParameters", _SEARCH)


class ArchitectureList(BaseModel):
    """Names of the timm library, in alphabetical order."""

    total: int = Field(description="The number of names that match.")
    items: list[str] = Field(description="The names that match the words.")


@cache
def architectures() -> tuple[str, ...]:
    """All names; a list of ours, because the service starts without timm and must not follow timm's prefixes."""
    return tuple((files("backend.api") / "architectures.txt").read_text(encoding="ascii").split())


@router.get(
    "/v1/architectures", summary="List architectures", responses=responses(422), openapi_extra=_PARAMETERS.openapi()
)
def list_architectures(request: Request) -> ArchitectureList:
    """A checkpoint is submitted together with the name of its architecture in the timm library."""
    words = (_PARAMETERS.from_query(request)["q"] or "").replace("-", "_").split()
    found = [name for name in architectures() if all(word in name for word in words)]
    return ArchitectureList(total=len(found), items=found)
