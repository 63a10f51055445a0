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


def test_only_lines_of_data_and_identifiers_are_read() -> None:
    following = Following("ev-1")
    for line in ("", ": keep-alive", "retry: 1000", "event: change", 'data:{"state": "failed"}', "id:9", "identity: 1"):
        assert following.read(line) is None
    assert not following.over
    assert following.headers == {"Accept": "text/event-stream"}


@pytest.mark.parametrize("state", ["queued", "running", "succeeded", "failed", "cancelled"])
def test_a_stream_is_over_with_a_state_that_nothing_leaves_by_itself(state: str) -> None:
    following = Following("ev-1")
    following.read(f'data: {{"state": "{state}"}}')
    assert following.over is (state in ("succeeded", "failed", "cancelled"))


def test_what_follows_the_end_is_not_read() -> None:
    following = Following("ev-1")
    lines = iter(["id: 1", 'data: {"state": "running"}', "id: 2", 'data: {"state": "succeeded"}', "id: 3", "rest"])
    assert [each["state"] for each in following.documents(lines)] == ["running", "succeeded"]
    assert following.headers["Last-Event-ID"] == "2"
    assert list(lines) == ["id: 3", "rest"]


def test_lines_that_end_early_are_taken_up_after_the_last_event_that_was_seen() -> None:
    following = Following("ev-1")
    found = following.documents(["id: 4", 'data: {"state": "queued"}'])
    assert [each["state"] for each in found] == ["queued"]
    assert list(following.documents([])) == []
    assert (following.headers["Last-Event-ID"], following.over) == ("4", False)


def test_an_identifier_is_no_way_to_another_path() -> None:
    assert Following("../../imports?x=1#y").path == "/v1/evaluations/..%2F..%2Fimports%3Fx%3D1%23y/events"


def test_an_error_that_is_one_too_many_is_raised_as_it_came() -> None:
    following = Following("ev-1")
    errors = [ConnectionEnded(str(number)) for number in range(31)]
    for error in errors[:-1]:
        following.pause_after(error)
    with pytest.raises(ConnectionEnded) as raised:
        following.pause_after(errors[-1])
    assert raised.value is errors[-1]
