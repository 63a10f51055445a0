"""The spans of a page and of its parts in a trace: within them stands what they ask the service.

Whoever starts the dashboard hands over what makes spans (`wellbehaved.traced_dashboard`); else there are none, and
nothing of a library of traces is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeAlias

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, StopException

Parameters = ParamSpec("Parameters")
Trace: TypeAlias = Mapping[str, str]
"""The place in a trace, for what goes on with it later; empty outside of one."""
MakeSpan: TypeAlias = Callable[[str, Trace], AbstractContextManager[None]]


def _none(_: str, __: Trace) -> AbstractContextManager[None]:
    return nullcontext()


def _nowhere() -> Trace:
    return {}


@dataclass
class _Spans:
    """What makes the spans of this process."""

    make: MakeSpan = _none
    place: Callable[[], Trace] = _nowhere


_SPANS: Final = _Spans()


def make_spans_with(make: MakeSpan, place: Callable[[], Trace] = _nowhere) -> None:
    """Have each page be a span from now on.

    Args:
        make: makes one of a name, which goes on with a trace or, where that is empty, with what surrounds it; what is
            raised within marks it as failed.
        place: gives the place in the trace at hand.
    """
    _SPANS.make, _SPANS.place = make, place


@contextmanager
def page_span(title: str) -> Iterator[None]:
    """Have one run of a page be a span of the trace.

    Args:
        title: of the page.
    """
    with _span(f"page {title}", {}):
        yield


def part_every(seconds: float, name: str) -> Callable[[Callable[Parameters, None]], Callable[Parameters, None]]:
    """Have a part of a page be shown anew every few seconds, each time as a span of the trace of its page.

    Streamlit runs it by itself, when the run of the page is long over: without this, each time would be a trace of its
    own.

    Args:
        seconds: between two runs.
        name: of the part.
    """

    def decorate(show: Callable[Parameters, None]) -> Callable[Parameters, None]:
        @st.fragment(run_every=seconds)
        @wraps(show)
        def fragment(trace: Trace, *args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
            with _span(f"part {name}", trace):
                show(*args, **kwargs)

        @wraps(show)
        def begin(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
            # Streamlit keeps what a fragment was called with by the page, and calls it with that again.
            fragment(_SPANS.place(), *args, **kwargs)

        return begin

    return decorate


@contextmanager
def _span(name: str, trace: Trace) -> Iterator[None]:
    ended: RerunException | StopException | None = None
    with _SPANS.make(name, trace):
        try:
            yield
        except (RerunException, StopException) as control:
            # How Streamlit ends a run that the reader has moved past, which is no failure.
            ended = control
    if ended is not None:
        raise ended
