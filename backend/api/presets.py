"""Named weightings."""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from backend.definition_folder import RefusedFile
from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.quantities import Weights
from quba.dimensions import DIMENSIONS
from quba.ranking.presets import PRESETS
from quba.vocabulary import Origin

router = APIRouter(tags=["catalogue"], route_class=CheckedRoute)


class PresetItem(BaseModel):
    """A named weighting."""

    key: str = Field(examples=["paper"], description="The key of the weighting, which the parameter `preset` takes.")
    label: str = Field(description="The name of the weighting.")
    description: str = Field(description="The purpose of the weighting in words.")
    weights: Weights
    origin: Literal[tuple(each.value for each in Origin)] = Field(  # type: ignore[valid-type]
        description="The origin of the weighting: `built-in` with the program, `own` added by whoever runs it."
    )
    removed_dimensions: list[str] = Field(
        description="The dimensions that it weighs and that were removed from this service; their weight counts for "
        "nothing."
    )


class RefusedPresetFile(BaseModel):
    """A file in the folder of presets that was not taken."""

    file: str = Field(description="The name of the file in the folder `presets` of the data folder.")
    reason: str = Field(description="The fault, with the rule that the file breaks.")
    next_step: str = Field(description="The way to a file that is taken.")


class PresetList(BaseModel):
    """All named weightings; the first is the default."""

    items: list[PresetItem] = Field(description="The named weightings: the built-in ones, then those of one's own.")
    refused_files: list[RefusedPresetFile] = Field(
        description="The files of the folder of presets that were not taken; the service looks at them all the time."
    )


@router.get(
    "/v1/presets",
    summary="List presets",
    responses=responses(422),
)
def list_presets(request: Request) -> PresetList:
    """Weightings for common needs; `preset=KEY` starts from one, `w.KEY` changes single weights of it."""
    refused: tuple[RefusedFile, ...] = request.app.state.preset_folder.refused
    return PresetList(
        items=[
            PresetItem(
                key=preset.key,
                label=preset.label,
                description=preset.description,
                # A preset of one's own names what it weighs; whatever else there is has the weight 0.
                weights={key: float(preset.weights.get(key, 0.0)) for key in DIMENSIONS},
                origin=preset.origin.value,
                removed_dimensions=list(preset.removed),
            )
            for preset in PRESETS.values()
        ],
        refused_files=[
            RefusedPresetFile(file=each.file, reason=each.reason, next_step=each.next_step) for each in refused
        ],
    )
