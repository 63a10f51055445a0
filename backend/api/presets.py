"""Named weightings."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.quantities import Weights
from quba.ranking.presets import PRESETS
from quba.ranking.score import checked_weights

router = APIRouter(tags=["catalogue"], route_class=CheckedRoute)


class PresetItem(BaseModel):
    """A named weighting."""

    key: str = Field(examples=["paper"], description="The key of the weighting, which the parameter `preset` takes.")
    label: str = Field(description="The name of the weighting.")
    description: str = Field(description="The purpose of the weighting in words.")
    weights: Weights


class PresetList(BaseModel):
    """All named weightings; the first is the default."""

    items: list[PresetItem] = Field(description="The named weightings.")


@router.get(
    "/v1/presets",
    summary="List presets",
    responses=responses(422),
)
def list_presets() -> PresetList:
    """Weightings for common needs; `preset=KEY` starts from one, `w.KEY` changes single weights of it."""
    return PresetList(
        items=[
            PresetItem(
                key=preset.key,
                label=preset.label,
                description=preset.description,
                weights=checked_weights(preset.weights),
            )
            for preset in PRESETS.values()
        ]
    )
