"""A page is a span where somebody makes any, and what ends its run without failing it is no failure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import RerunData, RerunException, StopException
from streamlit.testing.v1 import AppTest

from dashboard import app, page_spans
from dashboard.page_spans import make_spans_with, page_span
from tests.dashboard.conftest import SECONDS


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What became of each span."""
    noted: list[str] = []

    @contextmanager
    def make(name: str) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            noted.append(f"{name}: {type(error).__name__}")
            raise
        noted.append(name)

    monkeypatch.setattr(page_spans, "_SPANS", page_spans._Spans())
    make_spans_with(make)
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
