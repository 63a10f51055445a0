"""Runs the dashboard with traces: each page is a span, and the service goes on with the trace of what the page asks.

`python -P -m wellbehaved.traced_dashboard MODULE ARGUMENT...` is `python -P -m MODULE ARGUMENT...` with them. The
dashboard itself knows nothing of what sends them.
"""

import importlib.util
import os
import runpy
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from backend import tracing
from wellbehaved.missing_extras import extra_missing
from wellbehaved.traces import start_traces

DASHBOARD: Final = "wellbehaved-dashboard"
_OF_REQUESTS: Final = ("opentelemetry.instrumentation", "opentelemetry.instrumentation.httpx")
"""The whole before its part: of what is not there Python cannot look for a part."""
# The names of attributes that the service's spans have; the library's own default are older ones.
_NAMES: Final = ("OTEL_SEMCONV_STABILITY_OPT_IN", "http")


def with_traces(command: Sequence[str]) -> list[str]:
    """The command of the dashboard, or, where the variables `OTEL_*` name a collector, that with traces.

    Args:
        command: as `dashboard.streamlit_options.command` makes it.

    >>> with_traces(["python", "-P", "-m", "streamlit", "run", "server.py"])[2:4]
    ['-m', 'streamlit']
    """
    if tracing.endpoint_variable() is None:
        return list(command)
    at = command.index("-m") + 1
    return [*command[:at], __name__, *command[at:]]


def run(module: str, arguments: list[str]) -> None:
    """Run a module as Python's -m does, with traces where they can be sent; where they cannot, it is said why.

    Args:
        module: its name.
        arguments: what it finds behind its name.
    """
    say = partial(print, file=sys.stderr, flush=True)
    start_traces(say, DASHBOARD)
    if tracing.tracer_provider() is not None:
        from dashboard.page_spans import make_spans_with

        make_spans_with(lambda name, parent: tracing.span(name, parent=parent), tracing.carrier)
        _trace_requests(say)
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        tracing.stop()


def _trace_requests(say: Callable[[str], object]) -> None:
    # An installation from before has what sends traces, and not what joins requests to them.
    if not all(map(importlib.util.find_spec, _OF_REQUESTS)):
        say(extra_missing("Joining the dashboard's requests to its traces", "telemetry"))
        return
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

    os.environ.setdefault(*_NAMES)
    HTTPXClientInstrumentor().instrument(tracer_provider=tracing.tracer_provider())


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
