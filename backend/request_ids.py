"""Every request has an identifier, the caller's own or a new one: in its answer, in problems, and in the log."""

import logging
import re
import secrets
from contextvars import ContextVar
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.store.tables import JsonObject

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


def logging_with_ids(level: str) -> JsonObject:
    """The configuration of the log: uvicorn's lines and the service's, each with the identifier of its request.

    Args:
        level: least severity that is logged of the service.
    """
    # As uvicorn has them by itself, but for the identifiers and the lines of the service.
    handler: JsonObject = {"class": "logging.StreamHandler", "filters": ["request_id"]}
    access = '%(levelprefix)s [%(request_id)s] %(client_addr)s - "%(request_line)s" %(status_code)s'
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": f"{__name__}.{RequestIdFilter.__name__}"}},
        "formatters": {
            "default": {
                "()": "uvicorn.logging.DefaultFormatter",
                "fmt": "%(levelprefix)s [%(request_id)s] %(message)s",
            },
            "access": {"()": "uvicorn.logging.AccessFormatter", "fmt": access},
        },
        "handlers": {
            "default": {**handler, "formatter": "default", "stream": "ext://sys.stderr"},
            "access": {**handler, "formatter": "access", "stream": "ext://sys.stdout"},
        },
        "loggers": {
            "uvicorn": {"handlers": ["default"], "level": "INFO", "propagate": False},
            "uvicorn.error": {"level": "INFO"},
            "uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
            "backend": {"handlers": ["default"], "level": level.upper(), "propagate": False},
        },
    }
