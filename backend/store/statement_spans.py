"""Spans of statements: each that is part of a trace, with its text and never its values.

Own listeners, for want of a library: that of OpenTelemetry refuses SQLAlchemy 2.1.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext, ExecutionContext

from backend import tracing

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_SPAN: Final = "wellbehaved_span"


def add_statement_spans(engine: Engine) -> None:
    """Have the statements of an engine be spans of the traces that they are part of, where traces are sent."""
    if tracing.tracer_provider() is None:
        return
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _end_failed)


def statement_span(engine: Engine, statement: str) -> AbstractContextManager[None]:
    """The span of a statement that is put to the driver itself."""
    if tracing.tracer_provider() is None:
        return nullcontext()
    return tracing.span(_name(statement), _attributes(engine.dialect.name, statement), kind="client")


def _begin(
    connection: Connection,
    _cursor: object,
    statement: str,
    _parameters: object,
    context: ExecutionContext,
    _many: bool,
) -> None:
    from opentelemetry.trace import SpanKind, get_current_span

    provider = tracing.tracer_provider()
    # What nobody asked for, such as a heartbeat, would be a trace of its own, again and again.
    if provider is None or not get_current_span().is_recording():
        return
    attributes = _attributes(connection.dialect.name, statement)
    made = provider.get_tracer(__name__).start_span(_name(statement), kind=SpanKind.CLIENT, attributes=attributes)
    setattr(context, _SPAN, made)


def _end(
    _connection: Connection,
    _cursor: object,
    _statement: str,
    _parameters: object,
    context: ExecutionContext,
    _many: bool,
) -> None:
    made: Span | None = getattr(context, _SPAN, None)
    if made is not None:
        made.end()


def _end_failed(failure: ExceptionContext) -> None:
    from opentelemetry.trace import StatusCode

    made: Span | None = getattr(failure.execution_context, _SPAN, None)
    if made is not None:
        made.set_attribute("error.type", type(failure.original_exception).__qualname__)
        made.set_status(StatusCode.ERROR)
        made.end()


def _name(statement: str) -> str:
    return statement.split(maxsplit=1)[0].upper()


def _attributes(dialect: str, statement: str) -> dict[str, tracing.Attribute]:
    return {"db.system.name": dialect, "db.operation.name": _name(statement), "db.query.text": statement}
