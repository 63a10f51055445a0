"""Gives every request one set of dimensions: what somebody adds meanwhile shows in the next."""

from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.below_root import path_below_root
from backend.store.dimension_sets import DimensionSets
from backend.store.errors import StoreUnavailable
from quba.dimensions import DimensionSet, dimensions_in_force

# These are asked about the program and must answer whatever the store does; the document of the interface is about all.
_DOCUMENT = "/openapi.json"
_NEWEST = "wellbehaved.newest_version"
_WITHOUT_STORE = frozenset({"/v1/health", "/v1/ready", "/v1/version"})


class DimensionsInForce:
    """Puts the dimensions of the newest data version in force for the time of a request.

    Plain ASGI, so that the route runs in the same context; a route in a thread of its own gets a copy.

    Args:
        app: what answers.
        sets: who knows the dimensions.
        embedded: whether the data version is read from a local file, which takes microseconds, or from a server.
    """

    def __init__(self, app: ASGIApp, sets: DimensionSets, *, embedded: bool) -> None:
        self._app = app
        self._sets = sets
        self._embedded = embedded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with the dimensions of now."""
        if scope["type"] != "http" or not _is_about_data(path_below_root(scope)):
            await self._app(scope, receive, send)
            return
        with dimensions_in_force(await self._current(scope)):
            await self._app(scope, receive, send)

    async def _current(self, scope: Scope) -> DimensionSet:
        try:
            found = self._sets.at_hand() if self._embedded else None
            if found is None:
                return await run_in_threadpool(self._sets.current)
            scope[_NEWEST], dimensions = found
            return dimensions
        except StoreUnavailable:
            # Whoever asks for data is refused for it by its own route; what a dimension is was known before.
            return self._sets.last_known


def newest_version(scope: Scope) -> str | None:
    """The data version that was the newest when the request came; None where nobody has read it on the event loop.

    For who answers before anything else can have happened.
    """
    version: str | None = scope.get(_NEWEST)
    return version


def _is_about_data(path: str) -> bool:
    return path == _DOCUMENT or (path.startswith("/v1/") and path not in _WITHOUT_STORE)
