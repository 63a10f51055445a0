"""From a list of rows to a response: page, cursor, ETag and format, the same way for every path."""

import base64
import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
import orjson
from fastapi import Request, Response
from jaxtyping import Int
from pydantic import BaseModel

from backend.problems import ProblemError
from backend.ranking.formats import ENCODERS, JSON, MEDIA_TYPES, Table, chosen_format
from backend.turns import Turns

DATA_VERSION_HEADER = "X-Data-Version"
Schema = TypeVar("Schema", bound=BaseModel)


_OF_THE_PAGE = frozenset(("limit", "cursor", "format"))


@dataclass(frozen=True)
class Question:
    """A request's parameters together with the data version that answers it; equal questions have equal answers.

    Args:
        request: the request.
        values: its checked parameters.
        data_version: public name of the data version.
    """

    request: Request
    values: Mapping[str, Any]
    data_version: str

    @cached_property
    def _digest(self) -> str:
        """Name of the question, whichever page and format of its answer is asked for."""
        asked = [part for part in self.values.items() if part[1] is not None and part[0] not in _OF_THE_PAGE]
        # Who carries a token may be shown more under the same address.
        carrier = "authorization" in self.request.headers
        text = orjson.dumps([self.request.scope["path"], asked, *([carrier] if carrier else [])], default=str)
        return hashlib.blake2b(text, digest_size=9).hexdigest()

    def etag(self, format_name: str) -> str:
        """Strong name of the answer: same data version, same question, same page and format, same bytes.

        Raises:
            ProblemError: as `offset`.
        """
        page = f"{self.values.get('limit', '')}.{self.offset()}"
        return f'"{self.data_version}-{self._digest}-{page}-{format_name}"'

    def is_held(self, etag: str) -> bool:
        """Whether the caller already holds the answer of that name, so that 304 says all."""
        held = self.request.headers.get("if-none-match")
        if held is None or self.request.method != "GET":
            return False
        return bool({"*", etag} & {part.strip().removeprefix("W/") for part in held.split(",")})

    def headers(self, etag: str) -> dict[str, str]:
        """The headers of the answer of that name: those that a cache needs, and the data version."""
        return {
            "ETag": etag,
            "Cache-Control": "no-cache",
            "Vary": "Accept, Authorization",
            DATA_VERSION_HEADER: self.data_version,
        }

    def offset(self) -> int:
        """Where the page starts, from the cursor.

        Raises:
            ProblemError: 422 `invalid_cursor`, where the cursor is not one that this question's answers named; 409
                `stale_cursor`, where the data have changed since.
        """
        cursor = self.values.get("cursor")
        if cursor is None:
            return 0
        first_page = "Leave `cursor` out to start at the first page."
        try:
            version, start, _ = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"==="))
        except (ValueError, TypeError, binascii.Error):
            version, start = self.data_version, None
        # `isinstance` would let True pass, which is an int to Python.
        if type(start) is not int or start < 0 or cursor != self._cursor(version, start):
            detail = f"cursor is {cursor[:60]!r}: no answer to this question named it."
            raise ProblemError(422, "invalid_cursor", detail, first_page)
        if version != self.data_version:
            detail = f"The data changed from {version} to {self.data_version} between two pages."
            raise ProblemError(409, "stale_cursor", detail, first_page)
        return start

    def next_cursor(self, start: int) -> str:
        """The opaque cursor of the page that starts there."""
        return self._cursor(self.data_version, start)

    def _cursor(self, version: str, start: int) -> str:
        # The seal ties all parts together, so that a cursor of another question or an edited one is noticed.
        seal = hashlib.blake2b(f"{self._digest} {version} {start}".encode(), digest_size=9).hexdigest()
        return base64.urlsafe_b64encode(orjson.dumps([version, start, seal])).decode().rstrip("=")


Rows = Int[np.ndarray, " rows"]


@dataclass(frozen=True)
class Listing:
    """What a list answers with.

    Attributes:
        rows: all rows, ordered.
        page: makes the JSON text of a page from its rows and the cursor of the next page.
        table: makes the flat records of a page's rows, for the other formats.
    """

    rows: Rows
    page: Callable[[Rows, str | None], bytes]
    table: Callable[[Rows], Table]


def list_response(question: Question, listing: Callable[[], Listing]) -> Response:
    """Answer with one page of a list.

    Args:
        question: what was asked.
        listing: computes the list; not called where the caller already holds the answer.
    """
    format_name = chosen_format(question.request, question.values.get("format"))
    etag = question.etag(format_name)
    if question.is_held(etag):
        return Response(status_code=304, headers=question.headers(etag))
    start, limit = question.offset(), question.values["limit"]
    found = listing()
    page = found.rows[start : start + limit]
    following = question.next_cursor(start + limit) if start + limit < len(found.rows) else None
    headers = question.headers(etag)
    if format_name == "json":
        return Response(found.page(page, following), media_type=JSON, headers=headers)
    if following:
        headers["X-Next-Cursor"] = following
    subject = question.request.url.path.rsplit("/", 1)[-1]
    file_name = f"{subject}-{len(page)}-of-{len(found.rows)}-{question.data_version}.{format_name}"
    headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return Response(ENCODERS[format_name](found.table(page)), media_type=MEDIA_TYPES[format_name], headers=headers)


class Answers:
    """The last answers that took long to compute, by their ETag: same data version, same question, same bytes.

    Args:
        turns: who may compute one now; of its own where absent.
        most_bytes: how much is kept; the one asked for longest ago goes first.
    """

    def __init__(self, turns: Turns | None = None, most_bytes: int = 32 * 1024**2) -> None:
        self._turns = turns or Turns()
        self._most_bytes = most_bytes
        self._bytes = 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def body(self, etag: str, compute: Callable[[], bytes]) -> bytes:
        """The kept bytes, or new ones; of several threads that ask at once, one computes them.

        Raises:
            ProblemError: 429 `busy`, where too many others wait for theirs.
        """
        if (kept := self._kept_body(etag)) is not None:
            return kept
        with self._turns.one():
            # Whoever had the turn before may have asked the same.
            if (kept := self._kept_body(etag)) is not None:
                return kept
            found = compute()
            with self._lock:
                self._bodies[etag] = found
                self._bytes += len(found)
                while self._bytes > self._most_bytes:
                    self._bytes -= len(self._bodies.popitem(last=False)[1])
        return found

    def _kept_body(self, etag: str) -> bytes | None:
        with self._lock:
            found = self._bodies.get(etag)
            if found is not None:
                self._bodies.move_to_end(etag)
        return found


class JsonAnswer(Response, Generic[Schema]):
    """A response whose JSON has this schema: the type ties what a handler computes to what its route declares."""


def json_response(
    question: Question, document: Callable[[], Schema], answers: Answers | None = None
) -> JsonAnswer[Schema]:
    """Answer with one JSON document, or 304 where the caller already holds it.

    Args:
        question: what was asked.
        document: computes the answer.
        answers: keeps answers that take long.
    """
    etag = question.etag("json")
    if question.is_held(etag):
        return JsonAnswer(status_code=304, headers=question.headers(etag))

    def body() -> bytes:
        return document().model_dump_json().encode()

    content = body() if answers is None else answers.body(etag, body)
    return JsonAnswer(content, media_type=JSON, headers=question.headers(etag))
