"""The dashboard's server: Streamlit's own, with our rules in the page it sends, and for the addresses it has.

What a run of the script adds to the page comes after Streamlit's code, its first layout and the sidebar, each of which
then moves what already stands. Rules in the page itself hold from the first picture on.

Streamlit answers every address with the same page, whose code then looks for its server below the address, fails, and
opens a dialog where the address is no page. Here the page says where the server is, and other addresses lead to the
first page, which shows the reader what was asked for.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.starlette import App

from dashboard.board_files import FOLDER, ROUTES
from dashboard.components import stylesheet
from dashboard.compression import CompressedCode
from dashboard.root_path import BelowRoot
from dashboard.state import NO_PAGE
from dashboard.streamlit_options import SCRIPT

# In the body, as Streamlit adds its own rules to the end of the head, and of equal rules the last one holds.
BODY_END = b"</body>"
# Relative, for a proxy may serve the dashboard below a prefix that it takes off; pages lie directly below the root.
FIND_SERVER = '<script>window.__streamlit = {BACKEND_BASE_URL: new URL(".", location.href).href}</script>'
# Before anything is drawn, for an introduction that goes later would move what stands below it (introduction.js).
HIDE_INTRODUCTION = (
    '<script>try { document.documentElement.setAttribute("data-introduction", '
    'localStorage.getItem("wellbehaved.introduction") ?? ""); } catch {}</script>'
)
# Streamlit asks for its drawing library once the answer of the script is drawn. A page that starts with a chart has it
# fetched and compiled sooner, while the browser waits for that answer, and behind all that the answer itself needs.
CODE = Path(streamlit.__file__).parent / "static" / "static" / "js"
LIBRARY = "PlotlyChart.*.js"
FETCH = '<link rel="modulepreload" href="./static/js/LIBRARY" fetchpriority="low">'
# Before Streamlit's own code, whose first writing of the address is one too many already.
SCRIPTS = "".join(
    f"<script>{Path(__file__).with_name(name).read_text(encoding='utf-8')}</script>"
    for name in ("address.js", "connection.js")
)
# Files, some of them web pages to be downloaded, and Streamlit's own interface.
NO_PAGES = ("_stcore/", "component/", "media/", "static/", FOLDER)
MOST_TOLD = 200
SEE_OTHER = 303
ROOT_PATH = "WELLBEHAVED_ROOT_PATH"


class OurPages:
    """Puts the rules into each page and sends readers of other addresses to the first one; all else passes as it is."""

    def __init__(self, app: ASGIApp, addresses: Callable[[], Mapping[str, bool]]) -> None:
        self._app = app
        self._addresses = addresses()
        self._added = f"<style>{stylesheet.rules()}</style>{FIND_SERVER}{HIDE_INTRODUCTION}{SCRIPTS}".encode()
        self._library = fetch_library(CODE).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = _below_root(scope)
        if (
            scope["type"] != "http"
            or "text/html" not in Headers(scope=scope).get("accept", "")
            or path.startswith(NO_PAGES)
        ):
            await self._app(scope, receive, send)
            return
        # Compressed, or answered with "as you have it" from before the rules changed, it could not be added to.
        kept = ("accept-encoding", "if-none-match", "if-modified-since", "range")
        headers = [(name, value) for name, value in scope["headers"] if name.decode().lower() not in kept]
        elsewhere = None if path in self._addresses else _first_page(path, scope["query_string"].decode("latin-1"))
        added = self._added + (self._library if self._addresses.get(path) else b"")
        await self._app({**scope, "headers": headers}, receive, _OurPage(send, added, elsewhere))


def fetch_library(code: Path) -> str:
    """What has a page fetch the drawing library early; nothing where Streamlit has another name for it."""
    return "".join(FETCH.replace("LIBRARY", file.name) for file in code.glob(LIBRARY))


def _below_root(scope: Scope) -> str:
    return str(scope.get("path", "")).removeprefix(scope.get("root_path", "")).removeprefix("/")


def _first_page(path: str, query: str) -> bytes:
    """The way to the first page, with the view that was asked for and the address that is none."""
    asked = f"{NO_PAGE}={quote('/' + path[:MOST_TOLD], safe='')}"
    return f"./{'../' * path.count('/')}?{f'{query}&' if query else ''}{asked}".encode()


class _OurPage:
    """Sends one answer on; where it is a page, with the rules in it, or with the way to another in its place."""

    def __init__(self, send: Send, added: bytes, elsewhere: bytes | None) -> None:
        self._send, self._added, self._elsewhere = send, added, elsewhere
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            await self._collect(self._start, message)

    @staticmethod
    def _is_page(message: Message) -> bool:
        return Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")

    async def _collect(self, start: Message, message: Message) -> None:
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        if self._elsewhere is not None:
            headers = [(b"location", self._elsewhere), (b"cache-control", b"no-store"), (b"content-length", b"0")]
            await self._send({**start, "status": SEE_OTHER, "headers": headers})
            await self._send({**message, "body": b""})
            return
        page = self._body.replace(BODY_END, self._added + BODY_END, 1)
        length = MutableHeaders(raw=list(start["headers"]))
        if self._body:  # an answer to HEAD has a length and no body
            length["content-length"] = str(len(page))
        del length["etag"], length["last-modified"]
        await self._send({**start, "headers": length.raw})
        await self._send({**message, "body": page})


def _addresses() -> dict[str, bool]:
    """The addresses of the pages, and whether a chart stands at the top of each."""
    # Asked for once Streamlit has its registry: what components a page imports sooner would be nobody's.
    from dashboard.app import pages

    found = {page.url_path: page.starts_with_chart for page in pages()}
    # After each run Streamlit looks for garbage among all objects there are. What is loaded by now stays for good.
    gc.collect()
    gc.freeze()
    return found


app = App(
    SCRIPT,
    routes=ROUTES,
    middleware=[
        Middleware(BelowRoot, os.environ.get(ROOT_PATH, ""), _addresses),
        Middleware(CompressedCode),
        Middleware(OurPages, _addresses),
    ],
)
