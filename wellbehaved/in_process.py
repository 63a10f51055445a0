"""The service without a server: the command line asks the local store through the same interface as everybody else."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from fastapi import FastAPI


class InProcessTransport(httpx.BaseTransport):
    """Hands requests to an application in this process instead of to the network.

    The application starts with the transport and ends with it, as it would with a server. Not for several threads.

    Args:
        app: from `backend.app.create_app`.
    """

    def __init__(self, app: "FastAPI") -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._lifespan = app.router.lifespan_context(app)
        self._runner = asyncio.Runner()
        self._runner.run(self._lifespan.__aenter__())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        return self._runner.run(self._answer(request))

    def close(self) -> None:
        """End the application, which lets go of the database."""
        self._runner.run(self._end())
        self._runner.close()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        copied = httpx.Request(request.method, request.url, headers=request.headers, content=_body(request))
        answer = await self._transport.handle_async_request(copied)
        # As it was sent: a compressed body is still compressed, as its headers say.
        sent = b"".join([part async for part in answer.aiter_raw()])
        return httpx.Response(answer.status_code, headers=answer.headers, content=sent)

    async def _end(self) -> None:
        await self._lifespan.__aexit__(None, None, None)


async def _body(request: httpx.Request) -> AsyncIterator[bytes]:
    """A sync client hands over a sync body, which the async application cannot read; it may be gigabytes long."""
    if not isinstance(request.stream, httpx.SyncByteStream):
        raise TypeError("this transport is for sync clients")
    for chunk in request.stream:
        yield chunk
