"""A collector of traces for tests: takes what is sent by OTLP over HTTP, and decodes it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Received:
    """One span as it came.

    Attributes:
        name: of the span.
        service: that sent it.
        trace_id: in hexadecimal digits.
        span_id: in hexadecimal digits.
        parent_id: of the span that it is part of; empty for the first of a trace.
        kind: its part in an exchange.
        failed: whether it is marked as such.
        attributes: by name, all as text.
    """

    name: str
    service: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: str
    failed: bool
    attributes: dict[str, str]


class Collector:
    """What came so far.

    Attributes:
        url: for `OTEL_EXPORTER_OTLP_ENDPOINT`.
        status: what it answers with.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 200
        self._spans: list[Received] = []
        self._came = threading.Condition()

    @property
    def spans(self) -> list[Received]:
        """All spans, in the order in which they came."""
        with self._came:
            return list(self._spans)

    def named(self, name: str) -> list[Received]:
        """Those of a name."""
        return [each for each in self.spans if each.name == name]

    def await_named(self, name: str) -> Received:
        """The first of a name, however long it takes to come."""
        return self.await_span(name, lambda each: each.name == name)

    def await_span(self, what: str, is_it: Callable[[Received], bool]) -> Received:
        """The first that is wanted, however long it takes to come.

        Args:
            what: is wanted, for the message where it never comes.
            is_it: whether a span is.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with self._came:
            while True:
                if found := next(filter(is_it, self._spans), None):
                    return found
                left = deadline - time.monotonic()
                assert left > 0, f"no span {what!r} among {sorted({each.name for each in self._spans})}"
                self._came.wait(left)

    def take(self, body: bytes) -> None:
        """Decode what was sent."""
        request = ExportTraceServiceRequest.FromString(body)
        found = [
            _received(span, {each.key: each.value.string_value for each in resource.resource.attributes})
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        with self._came:
            self._spans += found
            self._came.notify_all()


def _received(span: Span, resource: dict[str, str]) -> Received:
    return Received(
        name=span.name,
        service=resource["service.name"],
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        attributes={each.key: _text(each.value) for each in span.attributes},
    )


def _text(value: object) -> str:
    chosen = value.WhichOneof("value")  # type: ignore[attr-defined] # the message of protobuf
    return str(getattr(value, chosen))


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces" and collector.status == 200:
                collector.take(body)
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
