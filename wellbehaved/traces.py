"""The start of traces by a command: where they cannot be sent, it says why and goes on without them."""

import importlib.util
from collections.abc import Callable

from backend import tracing
from wellbehaved.missing_extras import extra_missing

# The whole before its parts, for of what is not there Python cannot look for a part.
_NEEDED = ("opentelemetry", "opentelemetry.exporter")
# The variables are those of every program on a machine or in a cluster: who set them for others must not find this one
# refusing to start.
_WITHOUT = "Until then no traces are sent; OTEL_SDK_DISABLED=true keeps this from being said."


def start_traces(say: Callable[[str], object], service: str = tracing.SERVICE, instance: str | None = None) -> None:
    """Send traces from now on where the variables `OTEL_*` ask for them.

    Args:
        say: prints why none can be sent, to standard error.
        service: what this process is called where the variables name no service.
        instance: of it, such as a worker's name.
    """
    if tracing.endpoint_variable() is None:
        return
    if why := obstacle():
        say(f"{why} {_WITHOUT}")
        return
    tracing.start(service, instance)


def obstacle() -> str | None:
    """Why traces that are wanted cannot be sent, with the next step; None where they can."""
    variable = tracing.endpoint_variable()
    if not all(map(importlib.util.find_spec, _NEEDED)):
        return extra_missing(f"{variable} is set, and sending traces", "telemetry")
    unspoken = tracing.unspoken_protocol()
    if unspoken is not None:
        name, value = unspoken
        spoken = "otlp" if name == "OTEL_TRACES_EXPORTER" else "http/protobuf"
        return f"{name} is {value[:40]}, and traces are sent by {spoken} alone. Set it to {spoken}."
    return None
