"""What one connection may cost the service: bounds on headers, bodies, time and number.

The server underneath bounds none of it: its parser joins an endless header anew with every packet, which stalls
everybody else, and it waits for the rest of a request for ever.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

import orjson
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from backend.problems import MEDIA_TYPE, RETRY_AFTER_SECONDS, Problem
from backend.settings import Settings

_LEAST_BYTES_PER_SECOND: Final = 1024
_MOST_HEADERS: Final = 100
_MOST_PIPELINED: Final = 16
# What a refused caller may still send while it reads the answer; cut off at once, it would see a reset instead.
_LINGER_SECONDS: Final = 2.0
_LINGER_BYTES: Final = 1024**2
# A caller that sends a body nobody wants, such as a checkpoint that is too large, may need to send all of it first.
_DISCARD_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a connection may cost; the defaults are those of `Settings`.

    Attributes:
        header_bytes: address and headers of a request together.
        header_seconds: from the connection, or from a request's first byte, until its headers are complete.
        stall_seconds: a body that brings less than 1 KiB a second over so long is given up, and so is an answer that
            nobody reads.
        connections: open at once.
    """

    header_bytes: int = 32 * 1024
    header_seconds: float = 10.0
    stall_seconds: float = 20.0
    connections: int = 500

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Those that the operator has set."""
        return cls(
            header_bytes=settings.max_header_bytes,
            header_seconds=settings.header_seconds,
            stall_seconds=settings.stall_seconds,
            connections=settings.max_connections,
        )


class BoundedHttp(HttpToolsProtocol):
    """One connection within its limits; what exceeds them is answered 408, 431 or 503 and closed."""

    limits = Limits()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._in_headers = True
        self._header_bytes = 0
        self._body_bytes = 0
        self._refused_bytes: int | None = None

    # What the event loop calls

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        super().connection_made(transport)
        self._after(self.limits.header_seconds, self._headers_late)
        if len(self.connections) > self.limits.connections:
            self._make_room()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._stop_unread_timer()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        while data and self._refused_bytes is None and not self.transport.is_closing():
            if self._in_headers:
                if self._timer is None:
                    self._after(self.limits.header_seconds, self._headers_late)
                # No more than fits is handed to the parser: what it was given it keeps.
                room = self.limits.header_bytes - self._header_bytes
                if room <= 0:
                    self._refuse_headers(f"are over {self.limits.header_bytes} bytes")
                    break
                piece, data = data[:room], data[room:]
                self._header_bytes += len(piece)
                super().data_received(piece)
            else:
                self._feed_body(data)
                return
        if self._refused_bytes is not None and data:
            self._refused_bytes += len(data)
            if self._refused_bytes > _LINGER_BYTES:
                self.transport.abort()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread_timer is None:
            self._unread_timer = self.loop.call_later(self.limits.stall_seconds, self.transport.abort)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_unread_timer()

    # What the parser calls

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_headers = True
        # It may begin behind the end of another in the same packet.
        self._header_bytes = max(self._header_bytes, 1)
        if self._timer is None:
            self._after(self.limits.header_seconds, self._headers_late)
        if len(self.pipeline) >= _MOST_PIPELINED:
            raise ValueError("too many requests before the first is answered")

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > _MOST_HEADERS:
            self._refuse_headers(f"are over {_MOST_HEADERS} in number")
            raise ValueError("too many headers")

    @override
    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._header_bytes = self._body_bytes = 0
        self._after(self.limits.stall_seconds, self._body_watched)
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        self._header_bytes = 0
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._in_headers = True
        self._header_bytes = 0
        self._stop_timer()
        super().on_message_complete()

    # What the server calls

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._in_headers and not self.transport.is_closing():
            # Answered before the body was read, and perhaps without an end: the connection serves nothing else.
            self._unset_keepalive_if_required()
            self._after(_DISCARD_SECONDS, self.transport.close)

    @override
    def send_400_response(self, msg: str) -> None:
        if self._refused_bytes is None:
            super().send_400_response(msg)

    # What goes over a limit

    def _feed_body(self, data: bytes) -> None:
        """Hand on a part of a body; without a byte of content it counts as headers: chunks can carry text, too."""
        before = self._body_bytes
        super().data_received(data)
        if not self._in_headers and self._body_bytes == before:
            self._header_bytes += len(data)
            if self._header_bytes > self.limits.header_bytes:
                self._refuse_headers(f"after the body are over {self.limits.header_bytes} bytes")

    def _headers_late(self) -> None:
        self._timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            # The next request is late while this one is still being answered, which shall come through.
            self.cycle.keep_alive = False
        elif self._header_bytes:
            self._refuse(408, "slow_request", f"Its headers took over {self.limits.header_seconds:g} seconds.")
        else:
            self.transport.close()

    def _body_watched(self) -> None:
        least = _LEAST_BYTES_PER_SECOND * self.limits.stall_seconds
        # While reading is paused it is the service that is slow.
        if self._body_bytes >= least or self.flow.read_paused:
            self._body_bytes = 0
            self._after(self.limits.stall_seconds, self._body_watched)
            return
        detail = f"Its body brought under {least:g} bytes in {self.limits.stall_seconds:g} seconds."
        if self.cycle.response_started:
            self.transport.abort()
            return
        self._refuse(408, "slow_request", detail)

    def _refuse_headers(self, fault: str) -> None:
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()  # an answer cannot be put into the middle of another
            return
        self._refuse(431, "headers_too_large", f"Address and headers {fault}.")

    def _make_room(self) -> None:
        """Close the connection that has waited longest without a request; where all are at work, this one."""
        idle = (each for each in self.connections if isinstance(each, BoundedHttp) and each._is_idle(self))
        oldest = min(idle, key=lambda each: each._deadline(), default=None)
        if oldest is not None:
            oldest.transport.abort()
            return
        self._refuse(503, "too_many_connections", f"{self.limits.connections} connections are open, the most allowed.")

    def _is_idle(self, newcomer: "BoundedHttp") -> bool:
        if self is newcomer or not self._in_headers or self.transport.is_closing():
            return False
        return self.cycle is None or self.cycle.response_complete

    def _deadline(self) -> float:
        waiting = self._timer or self.timeout_keep_alive_task
        return waiting.when() if waiting is not None else 0.0

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Answer without the application, and take nothing more in."""
        self._stop_timer()
        self._unset_keepalive_if_required()
        self._refused_bytes = 0
        if self.cycle is not None and not self.cycle.response_complete:
            # The application learns that its caller is gone, and cannot write behind this answer.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(_answer(status, code, detail))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._timer = self.loop.call_later(_LINGER_SECONDS, self.transport.abort)

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, action)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_unread_timer(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None


def bounded_protocol(limits: Limits) -> type[BoundedHttp]:
    """The protocol within these limits, for the server's option `http`."""
    return cast(type[BoundedHttp], type("Bounded", (BoundedHttp,), {"limits": limits}))


_NEXT_STEPS: Final = {
    408: "Send the request again, all of it at once.",
    431: "Send fewer or shorter headers; long questions go into the body of a POST.",
    503: f"Try again in {RETRY_AFTER_SECONDS} seconds.",
}


def _answer(status: int, code: str, detail: str) -> bytes:
    problem = Problem(
        type=f"/problems/{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        next_step=_NEXT_STEPS[status],
        instance="/",
    )
    body = orjson.dumps(problem.model_dump())
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"content-type: {MEDIA_TYPE}"]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        lines.append(f"retry-after: {RETRY_AFTER_SECONDS}")
    lines += [f"content-length: {len(body)}", "connection: close", "", ""]
    return "\r\n".join(lines).encode("ascii") + body
