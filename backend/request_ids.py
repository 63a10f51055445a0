"""Every request has an identifier, the caller's own or a new one: in its answer, in problems, and in the log."""

import re
import secrets
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.logs import enter_request

REQUEST_ID: Final = "X-Request-ID"
_HEADER: Final = REQUEST_ID.lower().encode()
# What stands in a log must not look like another line of it, and must not fill it.
_GIVEN: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}")
_RANDOM_BYTES: Final = 12


class RequestIds:
    """Gives every request its identifier.

    Args:
        app: the service.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        identifier = given if _GIVEN.fullmatch(given) else secrets.token_hex(_RANDOM_BYTES).encode()
        # Not taken back: each request has a context of its own, which what answers for a crash reads afterwards.
        enter_request(identifier.decode())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (_HEADER, identifier)]}
            await send(message)

        await self._app(scope, receive, send_with_id)
