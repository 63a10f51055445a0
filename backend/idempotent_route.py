"""Routes that create, and honour `Idempotency-Key`: sent again under the same key, a request happens once.

After draft-ietf-httpapi-idempotency-key-header. Keys and answers stand in the store, so that all processes agree.
"""

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import JsonValue
from sqlalchemy import Engine
from starlette.types import Message

from backend.below_root import own_path, path_below_root, public_path
from backend.problems import RETRY_AFTER_SECONDS, ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.security import has_token, read_token
from backend.settings import Settings
from backend.store import idempotency_keys
from backend.store.engine import writing
from backend.store.errors import StoreUnavailable
from backend.store.idempotency_keys import KEPT, LEASE, KeptAnswer, UnderWay

logger = logging.getLogger(__name__)

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
MOST_BYTES: Final = 1024**2
"""Of an answer that is kept."""
# A string of structured fields (RFC 9651), or the same without its quotation marks, as many send it.
_KEY: Final = re.compile(r'"?([A-Za-z0-9_.:/+=~-]{1,255})"?')
_LOCATION: Final = "location"
_KEPT_HEADERS: Final = ("content-type", _LOCATION)
_RENEW_SECONDS: Final = LEASE.total_seconds() / 5
_CREATED: Final = range(200, 300)
_PARAMETER: Final[JsonValue] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A name of your choice for this request, such as a UUID. Sent again with the same name, the request "
    f"is not carried out again: for {KEPT.total_seconds() / 3600:.0f} hours it has the answer that it had. Refusals "
    "and streams are not kept.",
    "schema": {"type": "string", "pattern": f"^{_KEY.pattern}$"},
}


class IdempotentRoute(CheckedRoute):
    """A route whose POST takes an `Idempotency-Key`, and says so in the OpenAPI document."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:  # noqa: ANN401 - of FastAPI
        if "POST" in (settings.get("methods") or ()):
            extra = settings.get("openapi_extra") or {}
            settings["openapi_extra"] = {**extra, "parameters": [*extra.get("parameters", ()), _PARAMETER]}
            settings["responses"] = {**responses(409, 422), **(settings.get("responses") or {})}
        super().__init__(path, endpoint, **settings)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, in front of which the key is looked up."""
        handle = super().get_route_handler()
        if "POST" not in (self.methods or ()):
            return handle

        async def handle_once(request: Request) -> Response:
            given = request.headers.getlist(HEADER)
            # Without the token the route refuses the request by itself, and no key is kept for a stranger.
            if not given or not await run_in_threadpool(has_token, request):
                return await handle(request)
            attempt = await run_in_threadpool(_Attempt, request, given)
            return await attempt.answer(handle)

        return handle_once


class _Attempt:
    """One request with a key."""

    def __init__(self, request: Request, given: list[str]) -> None:
        self._request = request
        self._engine: Engine = request.app.state.engine
        token = read_token(request.app.state.settings) or ""
        # Another token is another caller, whose keys are its own.
        self._key = hashlib.sha256(f"{token}\n{_key_of(given)}".encode()).hexdigest()
        self._holder = secrets.token_hex(16)
        self._body = _Body(request)

    async def answer(self, handle: Callable[[Request], Coroutine[Any, Any, Response]]) -> Response:
        """The answer that there is already, or a new one.

        Raises:
            ProblemError: 409 `idempotency_key_in_use`; 422 `idempotency_key_reused`; 422 `invalid_idempotency_key`.
        """
        match await run_in_threadpool(self._claim):
            case KeptAnswer() as kept:
                return await self._repeat(kept)
            case UnderWay():
                raise ProblemError(
                    409,
                    "idempotency_key_in_use",
                    "A request with this Idempotency-Key is being answered.",
                    f"Ask again in {RETRY_AFTER_SECONDS} seconds with the same key, for its answer.",
                    headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
                )
        async with self._renewal():
            try:
                response = await handle(Request(self._request.scope, self._body.receive))
                answer = await self._worth_keeping(response)
            except BaseException:
                # Whatever it was, also a caller who left: what is sent again must not find its own key in use.
                await asyncio.shield(run_in_threadpool(self._finish, None))
                raise
        await run_in_threadpool(self._finish, answer)
        return response

    def _claim(self) -> KeptAnswer | UnderWay | None:
        with writing(self._engine) as session:
            return idempotency_keys.claim(session, self._key, self._holder)

    async def _repeat(self, kept: KeptAnswer) -> Response:
        settings: Settings = self._request.app.state.settings
        most = max(settings.max_checkpoint_bytes, settings.max_import_bytes)
        whole = await self._body.read_to_end(most)
        if not whole or self._body.digest() != kept.request_digest:
            raise ProblemError(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key came with another request before.",
                "Send a new key with a new request, and the same key only with the very same one.",
            )
        headers = {**kept.headers, REPLAYED: "true"}
        if _LOCATION in headers:
            headers[_LOCATION] = public_path(self._request.scope, headers[_LOCATION])
        return Response(kept.body, status_code=kept.status, headers=headers)

    async def _worth_keeping(self, response: Response) -> KeptAnswer | None:
        if isinstance(response, StreamingResponse):
            return None
        body = bytes(response.body)
        if response.status_code not in _CREATED or len(body) > MOST_BYTES:
            return None
        if not await self._body.read_to_end(MOST_BYTES):
            return None
        headers = {name: value for name in _KEPT_HEADERS if (value := response.headers.get(name)) is not None}
        if _LOCATION in headers:
            # Below the path at which a proxy shows the service, which may be another by the time it is repeated.
            headers[_LOCATION] = own_path(self._request.scope, headers[_LOCATION])
        return KeptAnswer(
            request_digest=self._body.digest(), status=response.status_code, headers=headers, body=body.decode()
        )

    def _finish(self, kept: KeptAnswer | None) -> None:
        try:
            with writing(self._engine) as session:
                if kept is None:
                    idempotency_keys.release(session, self._key, self._holder)
                else:
                    idempotency_keys.keep(session, self._key, self._holder, kept)
        except StoreUnavailable as error:
            # What was asked for is done, and is what the caller must learn; the key is free again after its lease.
            logger.warning("the answer under an Idempotency-Key is not kept: %s", error)

    @asynccontextmanager
    async def _renewal(self) -> AsyncIterator[None]:
        """Renew the lease meanwhile: an upload or a look at a folder may take longer."""
        task = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            task.cancel()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            await run_in_threadpool(self._renew_now)

    def _renew_now(self) -> None:
        try:
            with writing(self._engine) as session:
                idempotency_keys.renew(session, self._key, self._holder)
        except StoreUnavailable as error:
            logger.warning("an Idempotency-Key is not renewed: %s", error)


class _Body:
    """A request's body on its way to the route, with the digest of the whole request."""

    def __init__(self, request: Request) -> None:
        self._source = request.receive
        self._ended = False
        self._left = False
        self._size = 0
        media_type = request.headers.get("content-type", "")
        # Below the path at which a proxy shows the service, which may be set to another meanwhile.
        told = (request.method, path_below_root(request.scope), request.url.query, media_type)
        # Each with its length, so that no part can pass for the beginning of the next.
        self._digest = hashlib.sha256("".join(f"{len(part)}:{part}" for part in told).encode())

    async def receive(self) -> Message:
        """The next message of the server."""
        message = await self._source()
        if message["type"] == "http.request":
            part: bytes = message.get("body", b"")
            self._digest.update(part)
            self._size += len(part)
            self._ended = not message.get("more_body", False)
        else:
            self._left = True
        return message

    async def read_to_end(self, most: int) -> bool:
        """Read what the route left; whether the end came before so many bytes more."""
        start = self._size
        while not self._ended and not self._left and self._size - start <= most:
            await self.receive()
        return self._ended

    def digest(self) -> str:
        """Of method, address, media type and body."""
        return self._digest.hexdigest()


def _key_of(given: list[str]) -> str:
    found = _KEY.fullmatch(given[0])
    # Both quotation marks, or none.
    if len(given) > 1 or found is None or given[0].startswith('"') != (given[0].endswith('"') and len(given[0]) > 1):
        raise ProblemError(
            422,
            "invalid_idempotency_key",
            f"{HEADER} is {', '.join(given)[:80]!r}; it is one word of at most 255 letters, digits and _.:/+=~-.",
            "Send a UUID, in quotation marks or without.",
        )
    return found[1]
