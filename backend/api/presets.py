"""Named weightings."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from quba.ranking.presets import PRESETS

router = APIRouter(tags=["catalogue"], route_class=CheckedRoute)


class PresetItem(BaseModel):
    """A named weighting."""

    key: str = Field(examples=["paper"])
    label: str
    description: str = Field(description="The purpose of the weighting in words.")
    weights: dict[str, float] = Field(description="The weight of every dimension, by its key.")


class PresetList(BaseModel):
    """All named weightings; the first is the default."""

    items: list[PresetItem]


@router.get(
    "/v1/presets",
    summary="List presets",
    responses=responses(422),
)
def list_presets() -> PresetList:
    """Weightings for common needs; `preset=KEY` starts from one, `w.KEY` changes single weights of it."""
    return PresetList(
        items=[
            PresetItem(key=preset.key, label=preset.label, description=preset.description, weights=dict(preset.weights))
            for preset in PRESETS.values()
        ]
    )
