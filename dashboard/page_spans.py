"""The span of a page in a trace: within it stands what the page asks the service.

Whoever starts the dashboard hands over what makes spans (`wellbehaved.traced_dashboard`); else there are none, and
nothing of a library of traces is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final, TypeAlias

from streamlit.runtime.scriptrunner import RerunException, StopException

MakeSpan: TypeAlias = Callable[[str], AbstractContextManager[None]]


def _none(_: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass
class _Spans:
    """What makes the spans of this process."""

    make: MakeSpan = _none


_SPANS: Final = _Spans()


def make_spans_with(make: MakeSpan) -> None:
    """Have each page be a span from now on.

    Args:
        make: makes one of a name; what is raised within marks it as failed.
    """
    _SPANS.make = make


@contextmanager
def page_span(title: str) -> Iterator[None]:
    """Have one run of a page be a span of the trace.

    Args:
        title: of the page.
    """
    ended: RerunException | StopException | None = None
    with _SPANS.make(f"page {title}"):
        try:
            yield
        except (RerunException, StopException) as control:
            # How Streamlit ends a run that the reader has moved past, which is no failure.
            ended = control
    if ended is not None:
        raise ended
