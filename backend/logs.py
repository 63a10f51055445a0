"""Lines of the log, for people or as JSON, each with the identifiers of its request and of its evaluation."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final, Literal

import orjson

from backend.store.tables import JsonObject
from backend.tracing import TraceIdentifiers, trace_identifiers

LogFormat = Literal["text", "json"]
NO_IDENTIFIER: Final = "-"

_request: ContextVar[str | None] = ContextVar("request_id", default=None)
_evaluation: ContextVar[str | None] = ContextVar("evaluation_id", default=None)


def current_request_id() -> str | None:
    """The identifier of the request that is being answered; None outside of one."""
    return _request.get()


def enter_request(identifier: str) -> None:
    """Say which request this context answers, to its end: what answers for a crash reads it afterwards."""
    _request.set(identifier)


@contextmanager
def about_evaluation(evaluation_id: str) -> Iterator[None]:
    """Have the lines of the log that are written within name an evaluation."""
    before = _evaluation.set(evaluation_id)
    try:
        yield
    finally:
        _evaluation.reset(before)


class IdentifierFilter(logging.Filter):
    """Puts the identifiers into a line of the log, `-` for the request outside of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the line pass."""
        record.request_id = current_request_id() or NO_IDENTIFIER
        record.evaluation_id = _evaluation.get()
        record.trace = trace_identifiers()
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line; what a caller sent cannot begin another.

    Fields: `time` (UTC, ISO 8601), `level`, `logger`, `message`, `process`, and where there are such `request_id`,
    `evaluation_id`, `trace_id` and `span_id`, and `error`, the traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields: dict[str, str | int] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process or 0,
        }
        request_id: str = getattr(record, "request_id", NO_IDENTIFIER)
        evaluation_id: str | None = getattr(record, "evaluation_id", None)
        if request_id != NO_IDENTIFIER:
            fields["request_id"] = request_id
        if evaluation_id is not None:
            fields["evaluation_id"] = evaluation_id
        trace: TraceIdentifiers | None = getattr(record, "trace", None)
        if trace is not None:
            fields |= asdict(trace)
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        # As in the other form, where a surrogate of a file's name would be written as it can be.
        return orjson.dumps(_encodable(fields)).decode()


def _encodable(fields: dict[str, str | int]) -> dict[str, str | int]:
    return {
        name: value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value
        for name, value in fields.items()
    }


def service_log(level: str, form: LogFormat = "text") -> JsonObject:
    """The configuration of the service's log: uvicorn's lines and its own, each with the identifier of its request.

    Args:
        level: least severity that is logged of the service.
        form: `json` writes all of them to standard error, one object a line.
    """
    # As uvicorn has them by itself, but for the identifiers and the lines of the service.
    handler: JsonObject = {"class": "logging.StreamHandler", "filters": ["identifiers"]}
    access = '%(levelprefix)s [%(request_id)s] %(client_addr)s - "%(request_line)s" %(status_code)s'
    json: JsonObject = {"()": f"{__name__}.{JsonLines.__name__}"}
    text: JsonObject = {
        "default": {"()": "uvicorn.logging.DefaultFormatter", "fmt": "%(levelprefix)s [%(request_id)s] %(message)s"},
        "access": {"()": "uvicorn.logging.AccessFormatter", "fmt": access},
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"identifiers": {"()": f"{__name__}.{IdentifierFilter.__name__}"}},
        "formatters": {"default": json, "access": json} if form == "json" else text,
        "handlers": {
            "default": {**handler, "formatter": "default", "stream": "ext://sys.stderr"},
            "access": {
                **handler,
                "formatter": "access",
                "stream": "ext://sys.stderr" if form == "json" else "ext://sys.stdout",
            },
        },
        "loggers": {
            "uvicorn": {"handlers": ["default"], "level": "INFO", "propagate": False},
            "uvicorn.error": {"level": "INFO", "propagate": True},
            "uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
            "backend": {"handlers": ["default"], "level": level.upper(), "propagate": False},
            # What sends the traces, where a collector does not take them.
            "opentelemetry": {"handlers": ["default"], "level": "WARNING", "propagate": False},
        },
    }


def start_worker_log(level: str, form: LogFormat = "text") -> None:
    """Configure the log of a worker or of its measuring process, on standard error.

    Args:
        level: least severity that is logged.
        form: `json` writes one object a line.
    """
    handler = logging.StreamHandler()
    handler.addFilter(IdentifierFilter())
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter("worker: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
