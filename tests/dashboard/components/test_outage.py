"""The service does not answer."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import outage

Run = Callable[..., AppTest]

DRAW = """
from dashboard.components import outage
from wellbehaved import ApiError, ApiUnreachable
outage.show({error})
"""
ERRORS = {
    "nobody is there": "ApiUnreachable('http://x', 'refused')",
    "not ready": "ApiError(status=503, code='store_unavailable', detail='The store is away.')",
}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "_wait", lambda: None)


@pytest.mark.parametrize("error", ERRORS.values(), ids=list(ERRORS))
def test_it_says_where_it_looked_and_how_to_start_it(alone: Run, error: str) -> None:
    page = alone(DRAW.format(error=error))
    assert not page.exception
    text = "\n".join(each.value for each in page.markdown)
    assert "http://testserver" in text
    assert "wellbehaved up" in text
    assert page.code[0].value
    assert page.sidebar.caption


def test_not_ready_and_not_there_are_told_apart(alone: Run) -> None:
    titles = {alone(DRAW.format(error=error)).title[0].value for error in ERRORS.values()}
    assert len(titles) == 2
