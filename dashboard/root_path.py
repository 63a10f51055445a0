"""The sub-path of a host that a proxy serves the dashboard below, whether it keeps the prefix or takes it off.

All addresses of the pages are relative, so that what comes without the prefix needs nothing. What comes with it goes on
without; and where it has another one than the settings say, the reader learns that they differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from html import escape

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>wellbehaved: the address differs</title>
<meta name="viewport" content="width=device-width"><style>:root{{color-scheme:light dark}}
body{{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}}</style></head><body>
<h1>The proxy and the settings name different paths</h1>
<p>This request came to the dashboard as <code>{path}</code>, and <code>WELLBEHAVED_ROOT_PATH</code> is {root}.</p>
<p><strong>What to do.</strong> Set <code>WELLBEHAVED_ROOT_PATH={prefix}</code> and start the dashboard again, or let
the proxy take <code>{prefix}</code> off.</p></body></html>"""


class BelowRoot:
    """Takes the prefix off where a proxy has left it on.

    Args:
        app: the dashboard.
        root_path: the prefix, with a slash at its start and none at its end; empty for none.
        addresses: gives the addresses of the pages, below the prefix and without a slash.
    """

    def __init__(self, app: ASGIApp, root_path: str, addresses: Callable[[], Container[str]]) -> None:
        self._app = app
        self._root_path = root_path
        self._addresses = addresses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take one connection."""
        if scope["type"] in ("http", "websocket"):
            path: str = scope["path"]
            if self._root_path and path.startswith(f"{self._root_path}/"):
                scope = {**scope, "path": path.removeprefix(self._root_path)}
            elif scope["type"] == "http" and (answer := self._answer(scope, path)):
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _answer(self, scope: Scope, path: str) -> Response | None:
        if self._root_path and path == self._root_path:
            query = scope["query_string"].decode("latin-1")
            # Relative addresses start from the last slash, which has to stand behind the prefix.
            return RedirectResponse(f"{path.rpartition('/')[2]}/{f'?{query}' if query else ''}")
        prefix = self._other_prefix(path)
        if prefix is None or "text/html" not in Headers(scope=scope).get("accept", ""):
            return None
        root = f"<code>{self._root_path}</code>" if self._root_path else "not set"
        return HTMLResponse(_PAGE.format(path=escape(path), root=root, prefix=prefix), 404)

    def _other_prefix(self, path: str) -> str | None:
        """What stands before the address of a page, as where a proxy and the settings differ."""
        prefix, _, last = path.rpartition("/")
        # Pages lie directly below the root: what begins with one is an address that somebody has mistyped.
        if last not in self._addresses or not _PREFIX.fullmatch(prefix) or prefix.split("/")[1] in self._addresses:
            return None
        return prefix
