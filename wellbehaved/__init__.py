"""Choose an image classifier by how well it behaves: the public Python face of the service."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellbehaved.api_errors import ApiError, ApiUnreachable
    from wellbehaved.client import Client, Ranking

__all__ = ["ApiError", "ApiUnreachable", "Client", "Ranking"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the client module holds under the name
    # The client brings pandas, which every start of the command line would otherwise wait for.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}.")
    from wellbehaved import client

    return getattr(client, name)
