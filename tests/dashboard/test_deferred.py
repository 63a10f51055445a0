"""Answers that take long."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Event
from typing import Any

import httpx
import pytest
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from dashboard import deferred
from dashboard.deferred import Answers
from dashboard.state import Late, Tab
from wellbehaved import AsyncClient

SECONDS = 10.0
ENDLESS = "/endless"
KEY = ("a",)


class Service(httpx.AsyncBaseTransport):
    """Answers at once with the path that was asked for, but one; notes that it was asked, and that the caller left."""

    def __init__(self) -> None:
        self.asked, self.left = Event(), Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked.set()
        if request.url.path == ENDLESS:
            try:
                await asyncio.Event().wait()
            finally:
                self.left.set()
        return httpx.Response(200, json={"path": request.url.path})


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def answers(service: Service) -> Answers:
    return Answers(AsyncClient("http://testserver", transport=service))


def ask(path: str) -> Callable[[AsyncClient], Awaitable[Any]]:
    return lambda client: client.get(path)


def test_a_question_is_asked_once_however_many_tabs_wait(answers: Answers) -> None:
    first = answers.request(KEY, ask(ENDLESS), Tab())
    assert answers.request(KEY, ask("/other"), Tab()) is first
    assert answers.ready(KEY) is None


def test_a_question_that_nobody_waits_for_is_given_up_and_its_connection_closed(
    answers: Answers, service: Service
) -> None:
    one, other = Tab(), Tab()
    waited_for = answers.request(KEY, ask(ENDLESS), one)
    answers.request(KEY, ask(ENDLESS), other)
    assert service.asked.wait(SECONDS)
    answers.leave(one, [KEY, ("never asked",)])
    assert not waited_for.cancelled()
    answers.leave(other, [KEY])
    assert waited_for.cancelled()
    assert service.left.wait(SECONDS)
    assert answers.request(KEY, ask("/again"), one).result(SECONDS) == {"path": "/again"}


def test_an_answer_that_is_there_stays_when_nobody_waits_for_it(answers: Answers) -> None:
    asker = Tab()
    found = answers.request(KEY, ask("/a"), asker)
    assert found.result(SECONDS) == {"path": "/a"}
    answers.leave(asker, [KEY])
    assert answers.ready(KEY) is found


def test_a_failed_question_is_asked_again(answers: Answers) -> None:
    async def fail(_: AsyncClient) -> None:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        answers.request(KEY, fail, Tab()).result(SECONDS)
    assert answers.request(KEY, ask("/a"), Tab()).result(SECONDS) == {"path": "/a"}


def test_the_oldest_answers_are_forgotten(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.deferred.MOST_KEPT", 2)
    for name in "abc":
        answers.request((name,), ask("/a"), Tab()).result(SECONDS)
    assert answers.ready(("a",)) is None
    assert answers.ready(("c",)) is not None


def page() -> None:
    """A page that waits for one long answer, or for none."""
    import streamlit as st

    from dashboard import deferred, state

    state.tab().late = []
    path = st.session_state["path"]

    def draw(answer: dict[str, str], _: bool) -> None:
        st.text(answer["path"])

    if path:
        deferred.show("name", (path,), lambda client: client.get(path), draw)
    deferred.finish()


@pytest.mark.parametrize("path", ["/b", ""])
def test_a_page_gives_up_what_the_one_before_waited_for(
    path: str, answers: Answers, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deferred, "_answers", lambda: answers)
    tab = Tab(asked={"name": KEY})
    before = answers.request(KEY, ask(ENDLESS), tab)
    app = AppTest.from_function(page)
    app.session_state["tab"], app.session_state["path"] = tab, path
    app.run()
    assert [each.value for each in app.text] == ([path] if path else [])
    assert before.cancelled()
    assert not answers.waiting


def test_a_closed_tab_gives_its_question_up(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Tab(asked={"name": KEY})
    answer = answers.request(KEY, ask(ENDLESS), known)
    known.late = [Late("name", answer, lambda *_: None, None)]  # type: ignore[arg-type]  # no room is filled
    looks = iter([known])

    def look() -> Tab:
        for tab in looks:
            return tab
        raise StopException

    monkeypatch.setattr(deferred, "_answers", lambda: answers)
    monkeypatch.setattr(deferred, "tab", look)
    with pytest.raises(StopException):
        deferred.finish()
    assert answer.cancelled()
