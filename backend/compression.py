"""Sends answers compressed to whoever takes them so: a page of a ranking becomes a sixth of its size.

A compressed answer is another representation, with an ETag of its own: the plain one's with the coding behind it, taken
off again before the service compares what a caller holds. What was compressed once is kept by its address and that
name.
"""

import hashlib
import threading
from collections.abc import Callable
from typing import Final, Protocol

import zstandard
from isal import isal_zlib
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.kept import Kept

# The first levels: the next ones take several times as long for a tenth less.
_LEVEL: Final = 1
_GZIP_FRAME: Final = 31
# Below, the headers outweigh what is won; above, compressing would hold up all other requests.
LEAST_BYTES, MOST_BYTES_AT_ONCE = 1_000, 1024**2
KEPT_BYTES: Final = 32 * 1024**2
# Parquet is compressed in itself, and each event of a stream must arrive at once.
KINDS: Final = frozenset(
    ("application/json", "application/problem+json", "application/x-ndjson", "text/csv", "text/html", "text/markdown")
)


class _Stream(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


def _gzip_stream() -> _Stream:
    stream: _Stream = isal_zlib.compressobj(_LEVEL, wbits=_GZIP_FRAME)
    return stream


# In the order in which they are chosen among those that a caller likes as well.
CODINGS: Final[dict[str, Callable[[], _Stream]]] = {
    "zstd": lambda: zstandard.ZstdCompressor(level=_LEVEL).compressobj(),
    "gzip": _gzip_stream,
}


def accepted_coding(accept_encoding: str) -> str | None:
    """The coding that a caller likes best; None for none of those there are.

    >>> accepted_coding("gzip, deflate, br, zstd"), accepted_coding("gzip;q=1, zstd;q=.5"), accepted_coding("br")
    ('zstd', 'gzip', None)
    """
    liked = dict(_preference(part) for part in accept_encoding.lower().split(","))
    anything = liked.get("*", 0.0)
    # `max` takes the first of equals.
    best = max(CODINGS, key=lambda coding: liked.get(coding, anything))
    return best if liked.get(best, anything) > 0 else None


def _preference(part: str) -> tuple[str, float]:
    coding, _, quality = part.partition(";")
    try:
        return coding.strip(), float(quality.strip().removeprefix("q=") or 1)
    except ValueError:
        # Said in a way that is none: rather not.
        return coding.strip(), 0.0


class Compressed:
    """Compresses the answers of an application.

    Args:
        app: the service.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: Kept[bytes] = Kept(KEPT_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        coding = accepted_coding(headers.get("accept-encoding", ""))
        # Parts are counted in the bytes of the plain answer.
        if coding is None or "range" in headers:
            await self._app(scope, receive, _varying(send))
            return
        held = headers.get("if-none-match", "")
        if f';{coding}"' in held:
            # In place, for the layers around this one read the scope, too.
            changed = MutableHeaders(raw=list(scope["headers"]))
            changed["if-none-match"] = held.replace(f';{coding}"', '"')
            scope["headers"] = changed.raw
        await self._app(scope, receive, _Answer(send, coding, held, _address(scope), self._kept))


def _address(scope: Scope) -> str:
    """Path and query in a few letters: thousands of them are kept, and one may be as long as headers may be."""
    path: str = scope["path"]
    query: bytes = scope["query_string"]
    return hashlib.blake2b(path.encode() + b"?" + query, digest_size=18).hexdigest()


def _vary(headers: MutableHeaders) -> None:
    if "accept-encoding" not in headers.get("vary", "").lower():
        headers.add_vary_header("Accept-Encoding")


def _is_compressible(status: int, headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0]
    return status not in (206, 304) and kind in KINDS and "content-encoding" not in headers


def _varying(send: Send) -> Send:
    """Sends plain answers, and says of those that others get compressed that they differ."""

    async def send_and_say(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            if message["status"] == 304 or _is_compressible(message["status"], headers):
                _vary(headers)
                message = {**message, "headers": headers.raw}
        await send(message)

    return send_and_say


class _Answer:
    """Sends one answer on, compressed where that is worth it."""

    def __init__(self, send: Send, coding: str, held: str, address: str, kept: Kept[bytes]) -> None:
        self._send = send
        self._coding = coding
        self._held = held
        self._address = address
        self._kept = kept
        self._start: Message = {}
        self._headers = MutableHeaders()
        self._stream: _Stream | None = None
        self._is_plain = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._is_plain:
            await self._send(message)
        elif self._stream is not None:
            await self._go_on(self._stream, message)
        elif message.get("more_body", False):
            self._stream = CODINGS[self._coding]()
            del self._headers["content-length"]
            await self._send(self._compressed_start())
            await self._go_on(self._stream, message)
        else:
            await self._send_whole(message)

    async def _begin(self, message: Message) -> None:
        status = message["status"]
        self._headers = MutableHeaders(raw=list(message["headers"]))
        self._start = {**message, "headers": self._headers.raw}
        self._is_plain = not _is_compressible(status, self._headers)
        if status == 304:
            _vary(self._headers)
            etag = self._headers.get("etag", "")
            # The name of what the caller holds, which may be the plain answer, if that is short.
            if etag not in self._held.replace("W/", ""):
                self._headers["etag"] = self._own_name(etag)
        if self._is_plain:
            await self._send(self._start)

    async def _send_whole(self, message: Message) -> None:
        body: bytes = message.get("body", b"")
        _vary(self._headers)
        if len(body) >= LEAST_BYTES:
            body = await self._bytes_of(body)
            self._headers["content-length"] = str(len(body))
            self._start = self._compressed_start()
        await self._send(self._start)
        await self._send({**message, "body": body})

    async def _bytes_of(self, body: bytes) -> bytes:
        etag = self._headers.get("etag")
        # An ETag names an answer among those of one address only: files of one size and age share theirs.
        key = None if etag is None else f"{self._address} {self._own_name(etag)}"
        if key is not None and (kept := self._kept.get(key)) is not None:
            return kept
        if len(body) > MOST_BYTES_AT_ONCE:
            found = await run_in_threadpool(_whole, self._coding, body)
        else:
            found = _whole(self._coding, body)
        if key is not None:
            self._kept.keep(key, found, len(found))
        return found

    def _compressed_start(self) -> Message:
        headers = self._headers
        _vary(headers)
        headers["content-encoding"] = self._coding
        del headers["accept-ranges"]
        if "etag" in headers:
            headers["etag"] = self._own_name(headers["etag"])
        return {**self._start, "headers": headers.raw}

    async def _go_on(self, stream: _Stream, message: Message) -> None:
        data = stream.compress(message.get("body", b""))
        if not message.get("more_body", False):
            data += stream.flush()
        # An empty part would end nothing, and is left out.
        if data or not message.get("more_body", False):
            await self._send({**message, "body": data})

    def _own_name(self, etag: str) -> str:
        return f'{etag[:-1]};{self._coding}"'


# Each thread's own, for one cannot serve two at once; a new one would cost as much as a page takes.
_of_thread = threading.local()


def _whole(coding: str, body: bytes) -> bytes:
    if coding == "gzip":
        packed: bytes = isal_zlib.compress(body, _LEVEL, wbits=_GZIP_FRAME)
        return packed
    if not hasattr(_of_thread, "zstd"):
        _of_thread.zstd = zstandard.ZstdCompressor(level=_LEVEL)
    # Its own bytes hold on to as much memory as the body took, and are kept.
    return bytes(memoryview(_of_thread.zstd.compress(body)))
