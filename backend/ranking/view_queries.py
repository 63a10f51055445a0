"""The queries that several routes share, as pydantic models of the parameters in `parameters`."""

from pydantic import Field

from backend.ranking.checked_route import CheckedQuery
from backend.ranking.parameters import (
    AMONG,
    FILTERS,
    POOL,
    WEIGHTING,
    Draws,
    Seed,
    Words,
    fields_of,
    within,
)
from backend.ranking.query import View
from quba.vocabulary import DRAWS, PAGE_SIZE, SEED, TARGET_RANK


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


class SampledQuery(AmongQuery):
    """A view whose ranks are sampled, and of which models they are told."""

    draws: Draws | None = Field(
        None,
        description="The number of weightings that are sampled. Without the token, draws times models are limited. "
        f"Default: {DRAWS.default}, or as many as the limit allows.",
    )
    seed: Seed = Field(SEED.default, description="The random seed; the same seed gives the same samples.")
    limit: within(PAGE_SIZE) | None = Field(  # type: ignore[valid-type]
        None, description="The number of models to list, best first. Default: all."
    )
    models: Words | None = Field(
        None, description="Identifiers of models to list beyond `limit`; those without a rank are left out."
    )


class TargetQuery(AmongQuery):
    """A view and a rank in it."""

    target_rank: within(TARGET_RANK) = Field(  # type: ignore[valid-type]
        TARGET_RANK.default, description="The rank that the model should reach."
    )
