"""What pages of other origins may do: send checkpoints from the dashboard, and read where the operator allows it."""

from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.root_path import path_below_root
from backend.settings import Settings

_PATH = "/v1/checkpoints"
# What a page may read of an answer beside its body and the few headers that every page may.
_READABLE: Final = (
    "Accept-Ranges", "Content-Disposition", "Content-Range", "ETag", "Link", "Retry-After", "X-Data-Version",
    "X-Next-Cursor", "X-Request-ID",
)  # fmt: skip
_SENDABLE: Final = ("Accept", "Authorization", "If-None-Match", "If-Range", "Range", "X-Request-ID")


def dashboard_origins(settings: Settings) -> tuple[str, ...]:
    """Where the dashboard's pages come from: its own port on this machine, and its public address."""
    here = tuple(f"http://{host}:{settings.dashboard_port}" for host in ("127.0.0.1", "localhost", "[::1]"))
    public = settings.public_dashboard_url
    return here if public is None else (*here, "/".join(public.split("/")[:3]))


class CrossOrigin:
    """Lets browsers send files from the dashboard's pages, to the one path that takes them, and read from others.

    Reading is off unless origins are set: a service on one's own machine could else be read by every page that is
    opened there. No page of another origin writes anything without the token, which it can only have from its reader.

    Args:
        app: the service.
        sending: origins from which a page may send files.
        reading: origins from which a page may read, `*` for all.
    """

    def __init__(self, app: ASGIApp, sending: tuple[str, ...], reading: tuple[str, ...]) -> None:
        self._sending = CORSMiddleware(
            app, allow_origins=sending, allow_methods=["POST"], allow_headers=["Authorization", "Content-Type"]
        )
        # Without origins, answers carry no headers for nothing: each costs part of a ranking.
        self._reading = (
            CORSMiddleware(
                app,
                allow_origins=reading,
                allow_methods=["GET", "HEAD"],
                allow_headers=_SENDABLE,
                expose_headers=_READABLE,
            )
            if reading
            else app
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        is_upload = scope["type"] == "http" and path_below_root(scope) == _PATH
        chosen = self._sending if is_upload else self._reading
        await chosen(scope, receive, send)
