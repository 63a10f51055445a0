import itertools

import pytest

from evaluation.running_cost.latency import Latency, latency_of, measured_latency

MILLISECOND = 1_000_000


def test_median_and_quartiles_lie_between_times_where_they_must() -> None:
    assert latency_of([2.0, 1.0]) == Latency(median_ms=1.5, lower_quartile_ms=1.25, upper_quartile_ms=1.75)
    assert latency_of([7.0]) == Latency(median_ms=7.0, lower_quartile_ms=7.0, upper_quartile_ms=7.0)


def test_nothing_has_no_median() -> None:
    with pytest.raises(ValueError, match="time one pass or more"):
        latency_of([])


def test_each_pass_is_timed_by_itself_and_the_device_is_waited_for_on_both_sides() -> None:
    events: list[str] = []
    # Passes of 3, 1 and 8 milliseconds, with pauses between them that do not count.
    ticks = itertools.accumulate([0, 3, 100, 1, 100, 8])

    def clock() -> int:
        events.append("clock")
        return next(ticks) * MILLISECOND

    found = measured_latency(
        lambda: events.append("work"), warm_up=2, passes=3, wait=lambda: events.append("wait"), clock=clock
    )
    assert found == Latency(median_ms=3.0, lower_quartile_ms=2.0, upper_quartile_ms=5.5)
    assert events == ["work", "work", *["wait", "clock", "work", "wait", "clock"] * 3]


def test_what_comes_before_a_pass_is_not_timed_and_may_end_it() -> None:
    events: list[str] = []

    def clock() -> int:
        events.append("clock")
        return 0

    measured_latency(
        lambda: events.append("work"), warm_up=1, passes=1, wait=lambda: events.append("wait"),
        clock=clock, before=lambda: events.append("before"),
    )  # fmt: skip
    assert events == ["before", "work", "before", "wait", "clock", "work", "wait", "clock"]

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        measured_latency(lambda: events.append("late"), warm_up=0, passes=1, wait=lambda: None, before=stop)
    assert "late" not in events
