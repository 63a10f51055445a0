"""What the live board loads by itself: its scripts, and the values that it ranks.

Each has an address that never changes what it gives, so that a browser keeps it.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import parse_qsl

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard import catalogue
from wellbehaved import ApiError, ApiUnreachable

SCRIPTS = Path(__file__).with_name("components") / "ranking"
FOLDER = "board/"
SCRIPTS_FOLDER = f"{FOLDER}scripts-"
FOR_EVER = "private, max-age=31536000, immutable"
_LEVEL = 4
_KEPT = 8


@cache
def _scripts() -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(SCRIPTS.glob("*.js"))}


@cache
def scripts_path() -> str:
    """The folder of the scripts; another one when any of them changes."""
    digest = hashlib.blake2b(b"".join(_scripts().values()), digest_size=6).hexdigest()
    return f"{SCRIPTS_FOLDER}{digest}"


def scores_path(data_version: str, pool: str) -> str:
    """Where the values of a pool are; `pool` is the query that names it."""
    return f"{FOLDER}scores/{data_version}{'?' if pool else ''}{pool}"


@lru_cache(_KEPT)
def _compress(data_version: str, query: str) -> tuple[bytes, bool]:
    """The service's answer, and whether it is still of that data version."""
    answer = catalogue.client().content("/v1/standardised-scores", dict(parse_qsl(query)))
    return gzip.compress(answer, _LEVEL, mtime=0), orjson.loads(answer)["data_version"] == data_version


def _scores(data_version: str, query: str) -> Response:
    try:
        body, lasting = _compress(data_version, query)
    except ApiUnreachable as error:
        return PlainTextResponse(str(error), 503)
    except ApiError as error:
        return PlainTextResponse(str(error), error.status)
    return Response(
        body,
        media_type="application/json",
        # Data that changed on the way stand under an older name here; the page is about to learn the new one.
        headers={"Content-Encoding": "gzip", "Cache-Control": FOR_EVER if lasting else "no-store"},
    )


async def script(request: Request) -> Response:
    """One of the scripts."""
    source = _scripts().get(request.path_params["name"])
    if source is None or request.path_params["folder"] != scripts_path().removeprefix(FOLDER):
        return PlainTextResponse("There is no such script; reload the page.", 404)
    return Response(source, media_type="text/javascript", headers={"Cache-Control": FOR_EVER})


async def scores(request: Request) -> Response:
    """The values of one pool, compressed."""
    return await run_in_threadpool(_scores, request.path_params["version"], str(request.query_params))


ROUTES = (
    Route(f"/{FOLDER}scores/{{version}}", scores),
    Route(f"/{FOLDER}{{folder}}/{{name}}.js", script),
)
