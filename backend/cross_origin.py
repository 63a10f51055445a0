"""The dashboard's pages may send checkpoints here from the browser, so that files do not pass through the dashboard."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.settings import Settings

_PATH = "/v1/checkpoints"


def dashboard_origins(settings: Settings) -> tuple[str, ...]:
    """Where the dashboard's pages come from: its own port on this machine, and its public address."""
    here = tuple(f"http://{host}:{settings.dashboard_port}" for host in ("127.0.0.1", "localhost", "[::1]"))
    public = settings.public_dashboard_url
    return here if public is None else (*here, "/".join(public.split("/")[:3]))


class DashboardUploads:
    """Lets browsers send files from the dashboard's pages, to the one path that takes them.

    Only that path: any other answer would carry the headers for nothing, and each costs part of a ranking.

    Args:
        app: the service.
        origins: from which a page may send.
    """

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._sharing = CORSMiddleware(
            app, allow_origins=origins, allow_methods=["POST"], allow_headers=["Authorization", "Content-Type"]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        chosen = self._sharing if scope.get("path") == _PATH else self._app
        await chosen(scope, receive, send)
