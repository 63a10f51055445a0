"""Sends the code of the pages compressed: Streamlit sends its own as it lies on disk, 2.8 MB for the first page.

Each file is compressed once, when it is first asked for, and kept. Their names carry digests of what is in them, so
that an address never stands for other content.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.board_files import SCRIPTS_FOLDER

FOLDERS = ("static/", SCRIPTS_FOLDER)
KINDS = ("text/javascript", "application/javascript", "text/css")
LEVEL = 6


@dataclass(frozen=True)
class Kept:
    """One compressed file.

    Attributes:
        headers: of the answer.
        body: compressed.
    """

    headers: list[tuple[bytes, bytes]]
    body: bytes


class CompressedCode:
    """Compresses scripts and style sheets for browsers that take them so; all else passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[str, Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not _takes_it_compressed(scope):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self._kept:
            answer = _Answer(send)
            await self._app(scope, receive, answer)
            if answer.start is None or not answer.is_whole:
                return  # it was something else, which has been sent, or the browser left while the file was read
            self._kept[path] = Kept(*await run_in_threadpool(_compress, answer.start["headers"], answer.body))
        kept = self._kept[path]
        await send({"type": "http.response.start", "status": 200, "headers": kept.headers})
        await send({"type": "http.response.body", "body": kept.body})


def _takes_it_compressed(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers, path = Headers(scope=scope), str(scope["path"])
    below = path.removeprefix(scope.get("root_path", "")).removeprefix("/")
    return below.startswith(FOLDERS) and "gzip" in headers.get("accept-encoding", "") and "range" not in headers


def _compress(headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    packed = gzip.compress(body, LEVEL, mtime=0)
    changed = MutableHeaders(raw=list(headers))
    changed["content-length"] = str(len(packed))
    changed["content-encoding"] = "gzip"
    changed.add_vary_header("Accept-Encoding")
    # The tag is of the file as it lies there; weak, it holds for both forms.
    if "etag" in changed and not changed["etag"].startswith("W/"):
        changed["etag"] = f"W/{changed['etag']}"
    return changed.raw, packed


class _Answer:
    """Keeps a whole script or style sheet, and sends any other answer on."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.start: Message | None = None
        self.body = b""
        self.is_whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._is_code(message):
            self.start = message
        elif self.start is None:
            await self._send(message)
        else:
            self.body += message.get("body", b"")
            self.is_whole = not message.get("more_body", False)

    @staticmethod
    def _is_code(message: Message) -> bool:
        headers = Headers(raw=message["headers"])
        kind = headers.get("content-type", "").partition(";")[0]
        return message["status"] == 200 and kind in KINDS and "content-encoding" not in headers
