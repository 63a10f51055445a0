"""The themes under which the dimensions are shown."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from quba.dimension import Theme
from quba.dimensions import DIMENSIONS

router = APIRouter(tags=["what is measured"], route_class=CheckedRoute)


class ThemeItem(BaseModel):
    """A theme."""

    key: str = Field(description="Its name.")
    dimensions: list[str] = Field(description="The keys of its dimensions.")


class ThemeList(BaseModel):
    """All themes."""

    items: list[ThemeItem]


@router.get("/v1/themes", summary="The themes", responses=responses(422))
def list_themes() -> ThemeList:
    """Each theme with its dimensions."""
    return ThemeList(
        items=[
            ThemeItem(key=theme.value, dimensions=[key for key, one in DIMENSIONS.items() if one.theme is theme])
            for theme in Theme
        ]
    )
