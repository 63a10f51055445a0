"""Serving below a sub-path of a host, whether the proxy keeps the prefix or takes it off."""

from starlette.types import ASGIApp, Receive, Scope, Send


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
    return _root(scope) + path


def own_path(scope: Scope, path: str) -> str:
    """The path of the service's own that is at a path for whoever sent the request: `public_path` undone.

    >>> own_path({"path": "/rankings/v1/health", "root_path": "/rankings"}, "/rankings/docs")
    '/docs'
    """
    return path.removeprefix(_root(scope))


def _root(scope: Scope) -> str:
    root: str = scope.get("app_root_path", scope.get("root_path", ""))
    return root


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
