"""The quality dimensions."""

from typing import Literal

import numpy as np
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from backend.dimension_folder import DimensionFolder
from backend.dimension_packages import DimensionPackages
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.quantities import ModelId, Value
from backend.ranking.query import Pool
from backend.ranking.ranked import CurrentRankings, Rankings
from backend.store.errors import StoreUnavailable
from quba.benchmarks import STUDY
from quba.dimension import Dimension
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import outlying
from quba.vocabulary import ALL_VALUES, Origin

router = APIRouter(tags=["catalogue"], route_class=CheckedRoute)
_POOL = Pool(benchmark=STUDY.key, protocol=STUDY.default_protocol, quality=ALL_VALUES)


class ReferenceItem(BaseModel):
    """The constants that the norm `published` standardises with."""

    mean: float = Field(description="The mean that is subtracted from a value, in the unit of the dimension.")
    standard_deviation: float = Field(
        description="The standard deviation that a value is divided by, above 0, in the unit of the dimension."
    )


class OutlierItem(BaseModel):
    """A value that makes no norm, for it is too far from all others."""

    model_id: ModelId
    value: Value


class DimensionItem(BaseModel):
    """One quality dimension."""

    key: str = Field(
        examples=["calibration_error"], description="The key of the dimension, which parameters and answers use."
    )
    label: str = Field(description="The name of the dimension.")
    short_label: str = Field(description="The name of the dimension where there is little room.")
    theme: str = Field(description="The theme under which the dimension is shown.")
    unit: str = Field(examples=["fraction"], description="The unit of the values.")
    decimals: int = Field(description="The number of digits after the point that published values have.")
    higher_is_better: bool = Field(description="Whether larger values are better.")
    direction: str = Field(examples=["lower is better"], description="The same in words, as a chart's axis says it.")
    default_weight: float = Field(description="The weight under the default preset, 0 or more.")
    lower_bound: float | None = Field(description="The bound of the possible values; null where there is none.")
    upper_bound: float | None = Field(description="The bound of the possible values; null where there is none.")
    plausible_low: float = Field(description="An imported value below this is refused.")
    plausible_high: float = Field(description="An imported value above this is refused.")
    smallest_meaningful_difference: float = Field(
        description="The smallest difference between two models that matters in practice, which is a judgement."
    )
    logarithmic: bool = Field(description="Whether a chart should use a logarithmic axis.")
    description: str = Field(description="The meaning of the dimension in words.")
    procedure: str = Field(description="The procedure by which a value is measured, in words.")
    published_error: str | None = Field(
        description="The basis of the estimated measurement errors of published values; null where there are no "
        "published values."
    )
    source: str = Field(description="The publication that introduced the measure.")
    origin: Literal[tuple(each.value for each in Origin)] = Field(  # type: ignore[valid-type]
        description="The origin of the dimension: `built-in` with the program, `own` added by whoever runs it."
    )
    package: str | None = Field(
        description="The installed package whose measure gives the values, with its version; null where the program "
        "measures them, or where they come by import."
    )
    outliers: list[OutlierItem] | None = Field(
        description="The values on the study's benchmark farther than 50 robust standard deviations from the median, "
        "which the norms of a pool leave out; null while the store does not answer."
    )
    reference: ReferenceItem | None = Field(
        description="The published constants; null where the study has no values, so that the norm `published` is "
        "that of the current models."
    )


class RefusedFileItem(BaseModel):
    """A file in the folder of dimensions that was not taken."""

    file: str = Field(description="The name of the file in the folder `dimensions` of the data folder.")
    reason: str = Field(description="The fault, with the rule that the file breaks.")
    next_step: str = Field(description="The way to a file that is taken.")


class RefusedPackageItem(BaseModel):
    """An entry point of an installed package that brought no dimension."""

    entry_point: str = Field(description="The name of the entry point, with the package that declares it.")
    reason: str = Field(description="The fault, such as the error that the package raised.")
    next_step: str = Field(description="The way to one that is taken.")


class DimensionList(BaseModel):
    """All quality dimensions: those of the study in its order, then the others."""

    items: list[DimensionItem] = Field(description="The dimensions: those of the study in its order, then the others.")
    refused_files: list[RefusedFileItem] = Field(
        description="The files of the folder of dimensions that were not taken; the service looks at them all the time."
    )
    refused_packages: list[RefusedPackageItem] = Field(
        description="The entry points `wellbehaved.dimensions` of installed packages that brought no dimension when "
        "the service started."
    )


def _outliers(rankings: Rankings) -> dict[str, list[OutlierItem]] | None:
    """Per dimension the values that make no norm; None where the store cannot tell."""
    try:
        prepared = rankings.prepared_pool(_POOL)
    except (ProblemError, StoreUnavailable):
        # What a dimension is does not depend on the store, and pages need it to say that the store is away.
        return None
    columns = prepared.snapshot.columns
    return {
        key: [
            OutlierItem(model_id=prepared.models[row].id, value=float(column[row]))
            for row in np.flatnonzero(outlying(key, column, prepared.among))
        ]
        for key, column in columns.items()
    }


def _item(dimension: Dimension, outliers: list[OutlierItem] | None) -> DimensionItem:
    # Null rather than 0 and 1, which would look like a norm that changes nothing.
    norm = dimension.reference
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
        plausible_low=dimension.plausible[0],
        plausible_high=dimension.plausible[1],
        smallest_meaningful_difference=dimension.smallest_meaningful_difference,
        logarithmic=dimension.logarithmic,
        description=dimension.description,
        procedure=dimension.procedure,
        published_error=dimension.published_error.basis if dimension.published_error else None,
        source=dimension.source,
        origin=dimension.origin.value,
        package=dimension.plug_in and f"{dimension.plug_in.package} {dimension.plug_in.version}",
        outliers=outliers,
        reference=norm and ReferenceItem(mean=norm.mean, standard_deviation=norm.standard_deviation),
    )


@router.get(
    "/v1/dimensions",
    summary="List dimensions",
    responses=responses(422),
)
def list_dimensions(request: Request, rankings: CurrentRankings) -> DimensionList:
    """The quality dimensions with unit and direction, and the constants of the norm `published`."""
    outliers = _outliers(rankings)
    folder: DimensionFolder = request.app.state.dimension_folder
    packages: DimensionPackages = request.app.state.dimension_packages
    return DimensionList(
        items=[_item(dimension, outliers.get(key) if outliers else None) for key, dimension in DIMENSIONS.items()],
        refused_files=[
            RefusedFileItem(file=each.file, reason=each.reason, next_step=each.next_step) for each in folder.refused
        ],
        refused_packages=[
            RefusedPackageItem(entry_point=each.entry_point, reason=each.reason, next_step=each.next_step)
            for each in packages.refused
        ],
    )
