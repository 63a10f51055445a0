"""What is asked, when it is asked again, and what is made of the answer, without a network.

A call is a generator of operations: it yields what is to be done (`Request`, `Pause`, `Work`), is sent what came of it
and returns the answer. `wellbehaved.client.blocking` and `wellbehaved.client.awaiting` carry operations out, so that
pages, retries and errors are written once for both.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import uuid4

import httpx
import orjson

from wellbehaved.api_errors import ApiUnreachable, JsonObject, problem, raise_for_problem
from wellbehaved.client.work_events import EVENT_STREAM, RowProgress, WorkEnded, WorkEvents
from wellbehaved.service_address import find_service, is_this_machine

T = TypeVar("T")

PAGE_SIZE = 1000  # the API's largest page
REMEMBERED_ANSWERS = 32
RETRIES = 2
# The service computes one long answer at a time and says when to ask again.
_BUSY = "busy"
_BUSY_RETRIES = 2
_LONGEST_PAUSE_SECONDS = 10.0
_KEY = "Idempotency-Key"
_IN_USE = "idempotency_key_in_use"
_JSON = {"Content-Type": "application/json"}
# Both, for a service of an older version knows no events of an import and would refuse who takes nothing else.
_EVENTS_OR_JSON = f"{EVENT_STREAM}, application/json;q=0.9"
# For files: the answer comes when one has been looked at or is written whole, and a slow disk takes a while.
FILE_TIMEOUT = httpx.Timeout(60.0, read=600.0, write=300.0)


@dataclass(frozen=True)
class Request:
    """Something to send; what comes of it is an `httpx.Response`.

    Attributes:
        content: the body; or blocks that are read while they are sent, for what is too large for memory.
        timeout: seconds, or httpx's own; that of the client where it is None.
        repeatable: whether asking twice changes nothing.
        save_to: a file that the body of a good answer is written to, for what is too large for memory.
        on_line: called with each line of a good answer as it comes, for an answer that takes minutes; not where that is
            one JSON document.
        once: whether the service is asked to carry it out once, however often it is sent; then it is repeatable, too.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    content: bytes | Iterator[bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float | httpx.Timeout | None = None
    repeatable: bool = False
    save_to: Path | None = None
    on_line: Callable[[str], None] | None = None
    once: bool = False


@dataclass(frozen=True)
class Pause:
    """Time to let pass."""

    seconds: float


@dataclass(frozen=True)
class Work:
    """Something that takes a while without the network; what comes of it is its result."""

    run: Callable[[], Any]


Operation: TypeAlias = Request | Pause | Work
Steps: TypeAlias = Generator[Operation, Any, T]


@dataclass(frozen=True)
class Destination:
    """The service that is asked, as httpx is made for it."""

    base_url: str
    headers: dict[str, str]
    trust_env: bool

    @classmethod
    def of(cls, base_url: str | None, token: str | None) -> Destination:
        """The named service, or the one that the settings name."""
        if base_url is None:
            base_url, own = find_service()
            token = token or own
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        # A proxy named by the environment does not know this machine's own addresses.
        return cls(base_url.rstrip("/"), headers, trust_env=not is_this_machine(base_url))

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Say of a network that fails which service was asked.

        Raises:
            ApiUnreachable: nothing answers.
        """
        try:
            yield
        except httpx.TransportError as error:
            raise ApiUnreachable(self.base_url, type(error).__name__) from error


class Course(Generic[T]):
    """Where a call stands: the operation that it asks for, or, where that is None, its answer."""

    answer: T

    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self.operation: Operation | None = None
        self._take(lambda: next(steps))

    def go_on(self, outcome: object) -> None:
        """Hand over what came of the operation."""
        self._take(lambda: self._steps.send(outcome))

    def fail(self, error: Exception) -> None:
        """Hand over that the operation failed; the error is raised where the call does not expect it."""
        self._take(lambda: self._steps.throw(error))

    def _take(self, step: Callable[[], Operation]) -> None:
        try:
            self.operation = step()
        except StopIteration as ended:
            self.operation, self.answer = None, ended.value


class Exchange:
    """Requests and answers of one client. Threads may share it.

    Args:
        retries: how often a service that is unavailable for now is asked again.
    """

    def __init__(self, retries: int = RETRIES) -> None:
        self._retries = retries
        self._answers: OrderedDict[str, tuple[str, JsonObject]] = OrderedDict()
        self._lock = Lock()

    def get(self, path: str, query: Mapping[str, str] | None = None, timeout: float | None = None) -> Steps[Any]:
        """The JSON answer of a path; one that is known is asked for by its entity tag."""
        key = f"{path}?{httpx.QueryParams(query or {})}"
        with self._lock:
            known = self._answers.get(key)
        headers = {"If-None-Match": known[0]} if known else {}
        response = yield from self.send(
            Request("GET", path, query or {}, headers=headers, timeout=timeout, repeatable=True)
        )
        if known and response.status_code == httpx.codes.NOT_MODIFIED:
            return known[1]
        answer = orjson.loads(response.content)
        if tag := response.headers.get("ETag"):
            self._remember(key, tag, answer)
        return answer

    def items(self, path: str, query: Mapping[str, str] | None = None, timeout: float | None = None) -> Steps[Any]:
        """The items of the JSON answer of a path."""
        answer = yield from self.get(path, query, timeout)
        return answer["items"]

    def pages(
        self, path: str, query: Mapping[str, str], limit: int | None
    ) -> Steps[tuple[JsonObject, list[JsonObject]]]:
        """The first page and the items of all pages up to the limit."""
        # The first page says what the ranking was computed from; later ones repeat it.
        answer = first = yield from self.get(path, {**query, "limit": str(min(limit or PAGE_SIZE, PAGE_SIZE))})
        items = list(first["items"])
        while answer.get("next_cursor") and (limit is None or len(items) < limit):
            # The last page is asked for as long as it is needed; a longer one would be thrown away.
            size = PAGE_SIZE if limit is None else min(PAGE_SIZE, limit - len(items))
            answer = yield from self.get(path, {**query, "limit": str(size), "cursor": answer["next_cursor"]})
            items.extend(answer["items"])
        return first, items

    def content(self, path: str, query: Mapping[str, str], timeout: httpx.Timeout | None = None) -> Steps[bytes]:
        """The bytes of an answer in another form than JSON."""
        response = yield from self.send(Request("GET", path, query, timeout=timeout, repeatable=True))
        return response.content

    def save(self, path: str, query: Mapping[str, str], file: Path) -> Steps[None]:
        """Write the bytes of an answer to a file, which is whole or, where something fails, as it was."""
        part = file.with_name(file.name + ".part")
        try:
            yield from self.send(Request("GET", path, query, timeout=FILE_TIMEOUT, repeatable=True, save_to=part))
            yield Work(lambda: part.replace(file))
        finally:
            part.unlink(missing_ok=True)

    def post(
        self,
        path: str,
        document: Mapping[str, Any],
        timeout: float | None = None,
        *,
        repeat: bool = False,
        once: bool = False,
    ) -> Steps[Any]:
        """The JSON answer to a document."""
        content = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
        request = Request("POST", path, content=content, headers=_JSON, timeout=timeout, repeatable=repeat, once=once)
        return (yield from self.document(request))

    def delete(self, path: str, query: Mapping[str, str] | None = None) -> Steps[Any]:
        """The JSON answer to deleting what is at a path."""
        return (yield from self.document(Request("DELETE", path, query or {})))

    def document(self, request: Request) -> Steps[Any]:
        """The JSON answer to any request."""
        response = yield from self.send(request)
        return orjson.loads(response.content)

    def events(self, request: Request, progress: RowProgress) -> Steps[Any]:
        """The JSON answer to a request that takes minutes, with how far it is, where the service says that.

        Raises:
            WorkEnded: the connection broke off before; nobody knows whether the work was done.
        """
        read = WorkEvents(progress)
        headers = {**request.headers, "Accept": _EVENTS_OR_JSON}
        try:
            response = yield from self.send(replace(request, headers=headers, on_line=read.read))
        except WorkEnded:
            # A connection that breaks after the last event takes nothing back.
            if not read.ended:
                raise
        else:
            if is_json(response):
                return orjson.loads(response.content)
        return read.result()

    def send(self, request: Request) -> Steps[httpx.Response]:
        """The answer to any request, unless it is a problem: that is raised."""
        if request.once:
            # In quotation marks, for it is a string of structured fields.
            request = replace(request, headers={**request.headers, _KEY: f'"{uuid4()}"'}, repeatable=True)
        busy, unavailable = _BUSY_RETRIES, self._retries if request.repeatable else 0
        if not isinstance(request.content, bytes | None):
            # Blocks that were read are gone.
            busy = unavailable = 0
        while True:
            response: httpx.Response = yield request
            if busy and _is_busy(response):
                busy -= 1
            elif unavailable and _is_away(response):
                unavailable -= 1
            else:
                return raise_for_problem(response)
            yield Pause(_retry_seconds(response))

    def _remember(self, key: str, tag: str, answer: JsonObject) -> None:
        with self._lock:
            self._answers[key] = (tag, answer)
            # An answer that was renewed is the newest, whenever it was first asked for.
            self._answers.move_to_end(key)
            while len(self._answers) > REMEMBERED_ANSWERS:
                self._answers.popitem(last=False)


def as_httpx(request: Request) -> dict[str, Any]:
    """The arguments of httpx for a request; without a time of its own that of the client holds."""
    arguments: dict[str, Any] = {
        "method": request.method,
        "url": request.path,
        "params": dict(request.query) or None,
        "content": request.content,
        "headers": dict(request.headers),
    }
    return arguments if request.timeout is None else {**arguments, "timeout": request.timeout}


def is_json(response: httpx.Response) -> bool:
    """Whether an answer is one document, and no stream of events.

    >>> is_json(httpx.Response(200, json={})), is_json(httpx.Response(200, headers={"Content-Type": EVENT_STREAM}))
    (True, False)
    """
    media_type: str = response.headers.get("content-type", "").partition(";")[0]
    return media_type.strip().lower() == "application/json"


def _is_busy(response: httpx.Response) -> bool:
    # A full queue, also 429, stays full.
    return response.status_code == httpx.codes.TOO_MANY_REQUESTS and problem(response).code == _BUSY


def _is_away(response: httpx.Response) -> bool:
    # Without the header it is not said to be for now: a service without a part stays so.
    if "retry-after" not in response.headers:
        return False
    # A request that was cut off by a proxy may go on behind it, and has its answer soon.
    in_use = response.status_code == httpx.codes.CONFLICT and problem(response).code == _IN_USE
    return in_use or response.status_code == httpx.codes.SERVICE_UNAVAILABLE


def _retry_seconds(response: httpx.Response) -> float:
    said = response.headers.get("retry-after", "")
    # A proxy may name an hour, or a date; nobody waits that long for a page.
    return min(float(said), _LONGEST_PAUSE_SECONDS) if said.isdecimal() else 1.0
