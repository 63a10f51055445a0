"""Traces for OpenTelemetry: sent where the standard variables `OTEL_*` name a collector; only then is it loaded.

Of a request FastAPI makes the span, of a statement `backend.store.statement_spans`, and of an evaluation the queue and
the worker. Without a collector nothing here does anything: no span is made and no library loaded.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from threading import Thread
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

Carrier: TypeAlias = Mapping[str, str]
"""The context of a trace as text, as W3C has it: what another process needs to go on with the trace."""
Attribute: TypeAlias = str | int | float | bool
Kind: TypeAlias = Literal["internal", "client", "producer", "consumer"]

SERVICE: Final = "wellbehaved-service"
WORKER: Final = "wellbehaved-worker"
EVALUATION_ID: Final = "wellbehaved.evaluation.id"
# Asked again and again by machines: each would be a trace of its own, and hide those that somebody looks for.
_UNTRACED: Final = ("/v1/health", "/v1/ready", "/metrics")
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SPOKEN: Final = "http/protobuf"
_FLUSH_SECONDS: Final = 3.0
_NOTHING: Final = nullcontext()


@dataclass(frozen=True, slots=True)
class TraceIdentifiers:
    """Where something happened, in hexadecimal digits as collectors show them.

    Attributes:
        trace_id: 32 digits.
        span_id: 16 digits.
    """

    trace_id: str
    span_id: str


@dataclass
class _Sending:
    """What this process sends with; nothing while it sends no traces."""

    provider: "TracerProvider | None" = None
    tracer: "Tracer | None" = None


_SENDING: Final = _Sending()


def endpoint_variable(environment: Mapping[str, str] = os.environ) -> str | None:
    """The variable that names the collector; None where no traces are wanted.

    >>> endpoint_variable({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    'OTEL_EXPORTER_OTLP_ENDPOINT'
    >>> endpoint_variable({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"})
    """
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if off or environment.get("OTEL_TRACES_EXPORTER", "").strip() == "none":
        return None
    return next((name for name in _ENDPOINTS if environment.get(name, "").strip()), None)


def unspoken_protocol(environment: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
    """The variable, and its value, that asks for another protocol or exporter than there is; None where none does.

    >>> unspoken_protocol({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
    ('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc')
    """
    asked = [(name, environment.get(name, "").strip(), _SPOKEN) for name in _PROTOCOLS]
    # The narrower variable counts, as for the endpoint.
    asked = [next((each for each in asked if each[1]), asked[-1])]
    asked.append(("OTEL_TRACES_EXPORTER", environment.get("OTEL_TRACES_EXPORTER", "").strip(), "otlp"))
    return next(((name, value) for name, value, spoken in asked if value not in ("", spoken)), None)


def start(service: str, instance: str | None = None) -> None:
    """Send traces from now on, as the variables say; before what is to be traced is made.

    Args:
        service: what this process is called where the variables name no service.
        instance: of it, such as a worker's name.

    Raises:
        ModuleNotFoundError: the extra `telemetry` is not installed.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    own = {"service.name": service, "service.version": version("wellbehaved")}
    if instance is not None:
        own["service.instance.id"] = instance
    # What the variables say goes before what is said here; by itself the library has it the other way round.
    said = Resource.create(own).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=said, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _SENDING.provider, _SENDING.tracer = provider, provider.get_tracer("wellbehaved", version("wellbehaved"))


def tracer_provider() -> "TracerProvider | None":
    """What makes the spans of this process; None where no traces are sent."""
    return _SENDING.provider


def is_traced(path: str) -> bool:
    """Whether requests for a path are traced.

    >>> is_traced("/v1/rankings"), is_traced("/below/v1/health")
    (True, False)
    """
    return not path.endswith(_UNTRACED)


def flush() -> None:
    """Send what has not been sent yet; a collector that does not answer is left after three seconds."""
    provider = _SENDING.provider
    if provider is None:
        return
    # In a thread: the library waits for a silent collector for as long as for an answer, whatever it is asked.
    sending = Thread(target=provider.force_flush, daemon=True, name="traces-flush")
    sending.start()
    sending.join(_FLUSH_SECONDS)


def stop() -> None:
    """Send what has not been sent yet, and make no more spans."""
    flush()
    _SENDING.provider = _SENDING.tracer = None


def span(
    name: str,
    attributes: Mapping[str, Attribute] | None = None,
    *,
    kind: Kind = "internal",
    parent: Carrier | None = None,
) -> AbstractContextManager[None]:
    """Have what is done within be a span of the trace, which one that fails is marked as.

    Args:
        name: of the span: one of a few, as collectors group by it.
        attributes: what tells it from others of the name.
        kind: its part in an exchange.
        parent: what it goes on with, from another process; what surrounds it when absent.
    """
    tracer = _SENDING.tracer
    return _NOTHING if tracer is None else _span_of(tracer, name, attributes, kind, parent)


@contextmanager
def _span_of(
    tracer: "Tracer", name: str, attributes: Mapping[str, Attribute] | None, kind: Kind, parent: Carrier | None
) -> Iterator[None]:
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    with tracer.start_as_current_span(
        name,
        context=TraceContextTextMapPropagator().extract(dict(parent)) if parent else None,
        kind=SpanKind[kind.upper()],
        attributes=attributes,
        # Without the message, which may quote what belongs to a user.
        record_exception=False,
        set_status_on_exception=False,
    ):
        try:
            yield
        except BaseException as error:
            mark_failed(type(error).__qualname__)
            raise


def mark_failed(kind: str) -> None:
    """Mark the span at hand as one of what failed.

    Args:
        kind: of the failure: the code of a problem, or the name of an error.
    """
    if _SENDING.tracer is None:
        return
    from opentelemetry.trace import StatusCode, get_current_span

    at_hand = get_current_span()
    at_hand.set_attribute("error.type", kind)
    at_hand.set_status(StatusCode.ERROR)


def carrier() -> Carrier:
    """The context of the trace at hand, for another process; empty outside of one."""
    found: dict[str, str] = {}
    if _SENDING.tracer is not None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        TraceContextTextMapPropagator().inject(found)
    return found


def trace_identifiers() -> TraceIdentifiers | None:
    """Those of the span at hand; None outside of one."""
    if _SENDING.tracer is None:
        return None
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    found = get_current_span().get_span_context()
    if not found.is_valid:
        return None
    return TraceIdentifiers(format_trace_id(found.trace_id), format_span_id(found.span_id))
