"""The dashboard's server: Streamlit's own, with our rules in the page it sends.

What a run of the script adds to the page comes after Streamlit's code, its first layout and the sidebar, each of which
then moves what already stands. Rules in the page itself hold from the first picture on.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.starlette import App

from dashboard.components import stylesheet
from dashboard.streamlit_options import SCRIPT

# In the body, as Streamlit adds its own rules to the end of the head, and of equal rules the last one holds.
BODY_END = b"</body>"


class StyledPage:
    """Puts the rules into each page; everything else passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._style = f"<style>{stylesheet.rules()}</style>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        # Compressed, or answered with "as you have it" from before the rules changed, it could not be added to.
        kept = ("accept-encoding", "if-none-match", "if-modified-since", "range")
        headers = [(name, value) for name, value in scope["headers"] if name.decode().lower() not in kept]
        await self._app({**scope, "headers": headers}, receive, _Styled(send, self._style))


class _Styled:
    """Sends one answer on, with the rules in it where it is a page."""

    def __init__(self, send: Send, style: bytes) -> None:
        self._send, self._style = send, style
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
        page = self._body.replace(BODY_END, self._style + BODY_END, 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        if self._body:  # an answer to HEAD has a length and no body
            headers["content-length"] = str(len(page))
        del headers["etag"], headers["last-modified"]
        await self._send({**start, "headers": headers.raw})
        await self._send({**message, "body": page})


app = App(SCRIPT, middleware=[Middleware(StyledPage)])
