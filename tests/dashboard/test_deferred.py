"""Answers that take long."""

import threading

import pytest

from dashboard.deferred import Answers


def test_a_question_is_asked_once_however_many_rooms_wait() -> None:
    answers, asked = Answers(), []
    go = threading.Event()

    def fetch() -> int:
        asked.append(1)
        go.wait(10)
        return 7

    first = answers.request(("a",), fetch)
    assert answers.request(("a",), fetch) is first
    assert answers.ready(("a",)) is None
    go.set()
    assert first.result(10) == 7
    assert answers.ready(("a",)) is first
    assert len(asked) == 1


def test_a_failed_question_is_asked_again() -> None:
    answers = Answers()

    def fail() -> None:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        answers.request(("a",), fail).result(10)
    assert answers.request(("a",), lambda: 1).result(10) == 1


def test_the_oldest_answers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.deferred.MOST_KEPT", 2)
    answers = Answers()
    for name in "abc":
        answers.request((name,), lambda: 1).result(10)
    assert answers.ready(("a",)) is None
    assert answers.ready(("c",)) is not None
