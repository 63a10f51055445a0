"""From a list of rows to a response: page, cursor, ETag and format, the same way for every path."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
import orjson
from fastapi import Request, Response
from jaxtyping import Int
from pydantic import BaseModel

from backend.kept import Kept
from backend.problems import ProblemError
from backend.ranking.byte_ranges import file_response
from backend.ranking.exports import Export, Exports
from backend.ranking.formats import ENCODERS, JSON, MEDIA_TYPES, Table, chosen_format
from backend.ranking.page_links import page_links
from backend.ranking.sampling import caller_check
from backend.security import sees_private
from backend.turns import Turns
from quba.vocabulary import PAGE_SIZE

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
        # Who carries the token may be shown more under the same address; what is kept by this name is not for others.
        private = sees_private(self.request)
        text = orjson.dumps([self.request.scope["path"], asked, *([private] if private else [])], default=str)
        return hashlib.blake2b(text, digest_size=9).hexdigest()

    def etag(self, format_name: str) -> str:
        """Strong name of the answer: same data version, same question, same page and format, same bytes.

        Raises:
            ProblemError: as `offset`.
        """
        # As it was sent: what no limit means is each path's own matter, a page of 50 to one and all to another.
        page = f"{self.values.get('limit') or ''}.{self.offset()}"
        return f'"{self.data_version}-{self._digest}-{page}-{format_name}"'

    def limit(self, format_name: str) -> int | None:
        """How many rows the answer may have; None for all of them, and for what is no list."""
        limit: int | None = self.values.get("limit")
        if limit is None and "limit" in self.values and format_name == "json":
            return PAGE_SIZE.default
        return limit

    def page(self, format_name: str, total: int) -> tuple[int, int]:
        """Where the page begins in a list of so many rows, and where the next one does; total where none does.

        Raises:
            ProblemError: as `offset`.
        """
        start, limit = self.offset(), self.limit(format_name)
        return start, total if limit is None else min(total, start + limit)

    def is_held(self, etag: str) -> bool:
        """Whether the caller already holds the answer of that name, so that 304 says all."""
        held = self.request.headers.get("if-none-match")
        # 304 is the answer to a conditional GET (RFC 9110, 15.4.5), not to a POST of the same question.
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
            # Padding is taken off a cursor to keep it plain in an address; too much of it does no harm to the decoder.
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
        rows: all rows, ordered; or as many of the first ones as the page needs.
        total: how many rows there are.
        page: makes the JSON text of a page from its rows and the cursor of the next page.
        table: makes the flat records of a page's rows, for the other formats.
    """

    rows: Rows
    total: int
    page: Callable[[Rows, str | None], bytes]
    table: Callable[[Rows], Table]


def list_response(question: Question, listing: Callable[[int | None], Listing]) -> Response:
    """Answer with one page of a list.

    Args:
        question: what was asked.
        listing: computes the list, of which so many of the first rows are needed, or all; not called where the caller
            already holds the answer, or where it was kept.

    Raises:
        ProblemError: 406, 409, 416, 422 or 429, as `chosen_format`, `Question.offset`, `file_response` and `Exports`.
    """
    request = question.request
    format_name = chosen_format(request, question.values.get("format"))
    etag = question.etag(format_name)
    headers = question.headers(etag)
    if question.is_held(etag):
        return Response(status_code=304, headers=headers)
    if format_name == "json":
        limit = question.limit(format_name)
        found = listing(None if limit is None else question.offset() + limit)
        start, end = question.page(format_name, found.total)
        following, links = _other_pages(question, format_name, found.total)
        return Response(found.page(found.rows[start:end], following), media_type=JSON, headers=headers | links)
    # Kept, for whoever downloads in ranges asks for the same bytes several times.
    exports: Exports = request.app.state.exports
    export = exports.get(etag) or _new_export(exports, question, listing(None), format_name)
    following, links = _other_pages(question, format_name, export.total)
    subject = request.url.path.rsplit("/", 1)[-1]
    name = f"{subject}-{export.rows}-of-{export.total}-{question.data_version}.{format_name}"
    headers |= links | {"Content-Disposition": f'attachment; filename="{name}"'}
    if following:
        headers["X-Next-Cursor"] = following
    return file_response(request, export.body, media_type=MEDIA_TYPES[format_name], headers=headers)


def _other_pages(question: Question, format_name: str, total: int) -> tuple[str | None, dict[str, str]]:
    """The cursor of the next page, and the header that leads to the other ones."""
    start, end = question.page(format_name, total)
    following = question.next_cursor(end) if end < total else None
    cursors: dict[str, str | None] = {"next": following} if following else {}
    # The first page has no page before it.
    if start:
        cursors["first"] = None
        if (limit := question.limit(format_name)) is not None:
            cursors["prev"] = question.next_cursor(start - limit) if start > limit else None
    return following, page_links(question.request, cursors)


def _new_export(exports: Exports, question: Question, found: Listing, format_name: str) -> Export:
    total = found.total
    start, end = question.page(format_name, total)
    rows = found.rows[start:end]

    def make() -> Export:
        return Export(ENCODERS[format_name](found.table(rows)), len(rows), total)

    return exports.new(question.etag(format_name), len(rows), make, caller_check(question.request))


class Answers:
    """The last answers that took long to compute, by their ETag: same data version, same question, same bytes.

    Args:
        turns: who may compute one now; of its own where absent.
        most_bytes: how much is kept; the one asked for longest ago goes first.
    """

    def __init__(self, turns: Turns | None = None, most_bytes: int = 32 * 1024**2) -> None:
        self._turns = turns or Turns()
        self._kept: Kept[bytes] = Kept(most_bytes)

    def body(self, etag: str, compute: Callable[[], bytes], require_caller: Callable[[], None] | None = None) -> bytes:
        """The kept bytes, or new ones; of several threads that ask at once, one computes them.

        Raises:
            ProblemError: 429 `busy`, where too many others wait for theirs.
        """
        if (kept := self._kept.get(etag)) is not None:
            return kept
        with self._turns.one(require_caller):
            # Whoever had the turn before may have asked the same.
            if (kept := self._kept.get(etag)) is not None:
                return kept
            found = compute()
            self._kept.keep(etag, found, len(found))
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
    return json_text_response(question, lambda: document().model_dump_json().encode(), answers)


def json_text_response(
    question: Question, text: Callable[[], bytes], answers: Answers | None = None
) -> JsonAnswer[Any]:
    """The same for a document that is written without its schema, as thousands of items are sooner.

    Args:
        question: what was asked.
        text: computes the JSON text, in UTF-8, of what the route declares.
        answers: keeps answers that take long.
    """
    etag = question.etag("json")
    if question.is_held(etag):
        return JsonAnswer(status_code=304, headers=question.headers(etag))
    content = text() if answers is None else answers.body(etag, text, caller_check(question.request))
    return JsonAnswer(content, media_type=JSON, headers=question.headers(etag))
