"""Choose an image classifier by how well it behaves: the public Python face of the service."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellbehaved.api_errors import ApiError, ApiUnreachable
    from wellbehaved.client import AsyncClient, Client
    from wellbehaved.cost_measuring import measure_cost
    from wellbehaved.differences import Difference
    from wellbehaved.measuring import measure
    from wellbehaved.profile import Profile
    from wellbehaved.ranking import Ranking

__all__ = [
    "ApiError",
    "ApiUnreachable",
    "AsyncClient",
    "Client",
    "Difference",
    "Profile",
    "Ranking",
    "measure",
    "measure_cost",
]

# Where each lies: the client brings httpx and measuring brings torch, which nobody waits for who needs the other.
_PLACES = {
    **dict.fromkeys(("ApiError", "ApiUnreachable"), "api_errors"),
    **dict.fromkeys(("AsyncClient", "Client"), "client"),
    "Difference": "differences",
    "Profile": "profile",
    "Ranking": "ranking",
    "measure": "measuring",
    "measure_cost": "cost_measuring",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the module holds under the name
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}.")
    try:
        return getattr(import_module(f"wellbehaved.{_PLACES[name]}"), name)
    except ModuleNotFoundError as error:
        from wellbehaved.missing_extras import ExtraMissing, extra_missing, is_brought_by_an_extra

        if not is_brought_by_an_extra(error):
            raise
        raise ExtraMissing(extra_missing(f"wellbehaved.{name}", "evaluation"), name=error.name) from error
