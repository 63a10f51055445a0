"""The nine quality dimensions."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from backend.errors import responses
from backend.view.parameters import no_parameters
from quba.dimension import Dimension
from quba.dimensions import DIMENSIONS
from quba.reference import PUBLISHED

router = APIRouter(tags=["what is measured"])


class ReferenceItem(BaseModel):
    """The constants that the norm `published` standardises with."""

    mean: float
    standard_deviation: float


class DimensionItem(BaseModel):
    """One quality dimension."""

    key: str = Field(examples=["calibration_error"])
    label: str
    short_label: str
    theme: str
    unit: str = Field(examples=["fraction"])
    decimals: int = Field(description="Digits after the point that published values have.")
    higher_is_better: bool
    direction: str = Field(examples=["lower is better"])
    default_weight: float
    lower_bound: float | None = Field(description="Null: no bound.")
    upper_bound: float | None = Field(description="Null: no bound.")
    description: str
    source: str
    reference: ReferenceItem


class DimensionList(BaseModel):
    """All quality dimensions, in the study's order."""

    items: list[DimensionItem]


def _item(dimension: Dimension) -> DimensionItem:
    reference = PUBLISHED[dimension.key]
    return DimensionItem(
        key=dimension.key,
        label=dimension.label,
        short_label=dimension.short_label,
        theme=dimension.theme.value,
        unit=dimension.unit,
        decimals=dimension.decimals,
        higher_is_better=dimension.higher_is_better,
        direction=dimension.direction,
        default_weight=dimension.default_weight,
        lower_bound=dimension.lower_bound,
        upper_bound=dimension.upper_bound,
        description=dimension.description,
        source=dimension.source,
        reference=ReferenceItem(mean=reference.mean, standard_deviation=reference.standard_deviation),
    )


@router.get(
    "/v1/dimensions",
    summary="The quality dimensions",
    dependencies=[Depends(no_parameters)],
    responses=responses(422),
)
def dimensions() -> DimensionList:
    """What is measured, in which unit and direction, and the constants of the norm `published`."""
    return DimensionList(items=[_item(dimension) for dimension in DIMENSIONS.values()])
