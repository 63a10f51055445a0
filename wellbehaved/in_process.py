"""The service without a server: the command line asks the local store through the same interface as everybody else."""

import asyncio
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from fastapi import FastAPI


class InProcessTransport(httpx.BaseTransport):
    """Hands requests to an application in this process instead of to the network.

    Args:
        app: from `backend.app.create_app`.
    """

    def __init__(self, app: "FastAPI") -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        # A sync client hands over a sync body, which the async application cannot read.
        copied = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        answer = await self._transport.handle_async_request(copied)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())
