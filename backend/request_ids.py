"""Every request has an identifier, the caller's own or a new one: in its answer, in problems, and in the log."""

import logging
import re
import secrets
from contextvars import ContextVar
from copy import deepcopy
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import LOGGING_CONFIG

REQUEST_ID: Final = "X-Request-ID"
_HEADER: Final = REQUEST_ID.lower().encode()
# What stands in a log must not look like another line of it, and must not fill it.
_GIVEN: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}")
_RANDOM_BYTES: Final = 12
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """The identifier of the request that is being answered; None outside of one."""
    return _current.get()


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
        _current.set(identifier.decode())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (_HEADER, identifier)]}
            await send(message)

        await self._app(scope, receive, send_with_id)


class RequestIdFilter(logging.Filter):
    """Puts the identifier of the request into a line of the log, `-` outside of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the line pass."""
        record.request_id = current_request_id() or "-"
        return True


def logging_with_ids(level: str) -> dict[str, Any]:
    """The configuration of the log: uvicorn's own, with the identifiers, and with the service's lines beside its own.

    Args:
        level: least severity that is logged of the service.
    """
    config: dict[str, Any] = deepcopy(LOGGING_CONFIG)
    config["filters"] = {"request_id": {"()": RequestIdFilter}}
    for handler in config["handlers"].values():
        handler["filters"] = ["request_id"]
    for formatter in config["formatters"].values():
        formatter["fmt"] = formatter["fmt"].replace("%(levelprefix)s", "%(levelprefix)s [%(request_id)s]")
    config["loggers"]["backend"] = {"handlers": ["default"], "level": level.upper(), "propagate": False}
    return config
