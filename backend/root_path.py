"""The sub-path of a host that a proxy serves this instance below, whether it keeps the prefix or takes it off."""

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_FORM: Final = re.compile(r"(/[A-Za-z0-9._~-]+)*")
# What service and dashboard have directly below their root. Below one of these it could not be said of an address
# whether the prefix is still in it.
OWN_NAMES: Final = frozenset(
    (
        "_stcore", "board", "compare", "component", "correlations", "docs", "evaluate", "findings", "groups", "guide",
        "media", "method", "metrics", "model", "oauth2", "openapi.json", "problems", "stability", "static",
        "static-offline-docs", "trade-offs", "v1",
    )
)  # fmt: skip


def checked_root_path(text: str) -> str:
    """The sub-path as it stands before addresses: with a slash at its start and none at its end, empty for none.

    Raises:
        ValueError: it is not the path of an address, or cannot be told from what lies below it.

    >>> checked_root_path("/rankings/"), checked_root_path("/")
    ('/rankings', '')
    """
    root = text.rstrip("/")
    parts = root.split("/")[1:]
    if not _FORM.fullmatch(root) or {".", ".."} & set(parts):
        raise ValueError(f"{text} is not a path below a host; write it from the slash on, such as /rankings")
    if parts and parts[0] in OWN_NAMES:
        raise ValueError(f"{text} begins with {parts[0]}, which an address of the instance itself has; choose another")
    return root


def path_below_root(scope: Scope) -> str:
    """The path of a request as the routes have it, without the prefix.

    >>> path_below_root({"path": "/rankings/v1/health", "root_path": "/rankings"})
    '/v1/health'
    """
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def public_path(scope: Scope, path: str) -> str:
    """Where a path of the service's own is for whoever sent the request, from the host on.

    >>> public_path({"path": "/rankings/v1/health", "root_path": "/rankings"}, "/docs")
    '/rankings/docs'
    """
    root: str = scope.get("app_root_path", scope.get("root_path", ""))
    return root + path


class BelowRoot:
    """Lets a service be asked with the prefix in the path and without it.

    Args:
        app: the service.
        root_path: the prefix, as `checked_root_path` gives it; not empty.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        if scope["type"] == "http":
            path: str = scope["path"]
            if path == self._root_path:
                path += "/"
            elif not path.startswith(f"{self._root_path}/"):
                path = self._root_path + path
            # In place, for what answers for a crash stands around this and reads the scope, too.
            scope.update(path=path, root_path=self._root_path)
        await self._app(scope, receive, send)
