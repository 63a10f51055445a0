"""A page is a span where somebody makes any, and what ends its run without failing it is no failure."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import RerunData, RerunException, StopException
from streamlit.testing.v1 import AppTest

from dashboard import app, page_spans
from dashboard.page_spans import make_spans_with, page_span, part_every
from tests.dashboard.conftest import SECONDS


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What became of each span."""
    noted: list[str] = []

    @contextmanager
    def make(name: str, trace: Mapping[str, str]) -> Iterator[None]:
        name = " of ".join([name, *trace.values()])
        try:
            yield
        except BaseException as error:
            noted.append(f"{name}: {type(error).__name__}")
            raise
        noted.append(name)

    monkeypatch.setattr(page_spans, "_SPANS", page_spans._Spans())
    make_spans_with(make, lambda: {"traceparent": f"run {len(noted)}"})
    return noted


def test_by_itself_there_is_none() -> None:
    with page_span("Rank"):
        pass
    with pytest.raises(ValueError, match="own"), page_span("Rank"):
        raise ValueError("its own")


@pytest.mark.usefixtures("connected")
def test_a_run_is_a_span_with_the_title_of_the_page(made: list[str]) -> None:
    script = AppTest.from_file(str(Path(app.__file__)), default_timeout=SECONDS).run()
    assert not script.exception
    assert made == ["page Rank"]


@pytest.mark.parametrize(
    ("raised", "found"),
    [
        (lambda: RerunException(RerunData()), "page Rank"),
        (StopException, "page Rank"),
        (lambda: ValueError("broken"), "page Rank: ValueError"),
    ],
)
def test_what_ends_a_run_goes_on_and_fails_it_where_it_is_an_error(
    made: list[str], raised: Callable[[], BaseException], found: str
) -> None:
    error = raised()
    with pytest.raises(type(error)), page_span("Rank"):
        raise error
    assert made == [found]


def test_a_part_that_is_shown_anew_by_itself_goes_on_with_the_trace_of_its_page(
    made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamlit runs a fragment again with what the page called it with."""
    runs: list[Callable[[], None]] = []

    def fragment(run_every: float) -> Callable[[Callable[..., None]], Callable[..., None]]:
        def decorate(run: Callable[..., None]) -> Callable[..., None]:
            def first(*args: object) -> None:
                runs.append(partial(run, *args))
                runs[-1]()

            return first

        return decorate

    monkeypatch.setattr("dashboard.page_spans.st.fragment", fragment)
    shown = []

    @part_every(2.0, "progress")
    def _progress(name: str) -> None:
        shown.append(name)

    with page_span("Evaluate"):
        _progress("mine")
    assert made == ["part progress of run 0", "page Evaluate"]
    (again,) = runs
    again()
    assert made[2:] == ["part progress of run 0"]
    with page_span("Evaluate"):
        _progress("other")
    assert made[3:] == ["part progress of run 3", "page Evaluate"]
    assert shown == ["mine", "mine", "other"]


def _shown_twice() -> None:
    import streamlit as st

    from dashboard.page_spans import part_every

    @part_every(60.0, "count")
    def count() -> None:
        st.session_state["count"] = st.session_state.get("count", 0) + 1
        st.text(f"shown {st.session_state['count']} times")

    count()
    st.text(f"the page was at {st.session_state['count']}")


def test_a_part_is_a_fragment_of_streamlit(made: list[str]) -> None:
    script = AppTest.from_function(_shown_twice, default_timeout=SECONDS).run()
    assert not script.exception
    assert [each.value for each in script.text] == ["shown 1 times", "the page was at 1"]
    assert made == ["part count of run 0"]
