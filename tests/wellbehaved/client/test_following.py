"""Where a stream of events stands, line by line."""

import pytest

from wellbehaved.client.following import ConnectionEnded, Following


def test_the_last_event_is_remembered_and_the_end_is_known() -> None:
    following = Following("ev/1")
    assert following.path == "/v1/evaluations/ev%2F1/events"
    assert following.headers == {"Accept": "text/event-stream"}
    assert following.read("event: change") is None
    assert following.read("id: 7") is None
    assert following.headers["Last-Event-ID"] == "7"
    running = following.read('data: {"state": "running"}')
    assert running is not None
    assert running["state"] == "running"
    assert not following.over
    with pytest.raises(ConnectionEnded, match="ev/1 broke off"):
        following.require_over()
    assert following.read('data: {"state": "failed"}') is not None
    assert following.over
    following.require_over()


def test_it_gives_up_after_failures_that_follow_each_other_and_only_then() -> None:
    following, error = Following("ev-1"), ConnectionError("away")
    for _ in range(30):
        assert following.pause_after(error) == 1.0
    following.read('data: {"state": "running"}')
    for _ in range(30):
        following.pause_after(error)
    with pytest.raises(ConnectionError, match="away"):
        following.pause_after(error)
