"""The queries that several routes share, as pydantic models of the parameters in `parameters`.

Their names have dots, as `w.accuracy` has, and follow the dimensions, so that the fields are made from those groups.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, create_model

from backend.ranking.checked_route import CheckedQuery
from backend.ranking.parameters import (
    AMONG,
    FILTERS,
    POOL,
    WEIGHTING,
    Group,
    number,
)
from backend.ranking.query import View
from quba.vocabulary import TARGET_RANK


def fields_of(*groups: Group) -> Any:  # noqa: ANN401 - a base class made at run time
    """A base class for queries that has the parameters of these groups as fields."""
    parameters = {name: parameter for group in groups for name, parameter in group.items()}
    fields: Any = {
        name: (parameter.kind, Field(parameter.default, description=parameter.description))
        for name, parameter in parameters.items()
    }
    return create_model("Fields", __base__=CheckedQuery, **fields)


class PoolQuery(fields_of(POOL), CheckedQuery):  # type: ignore[misc]
    """Which measurements."""


class ViewQuery(fields_of(POOL, WEIGHTING, FILTERS), CheckedQuery):  # type: ignore[misc]
    """A view: which measurements, how they are weighed, and which models are kept."""

    def view(self) -> View:
        """The view that is asked about.

        Raises:
            ProblemError: as `View.of`.
        """
        return View.of(self.values())


class AmongQuery(fields_of(AMONG), ViewQuery):  # type: ignore[misc]
    """A view, and whether its filters say which models are compared."""


class TargetQuery(AmongQuery):
    """A view and a rank in it."""

    target_rank: Annotated[int, Field(ge=TARGET_RANK.lowest, le=TARGET_RANK.highest), BeforeValidator(number)] = Field(
        TARGET_RANK.default, description="The rank that the model should reach."
    )
