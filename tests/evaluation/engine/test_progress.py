import pytest

from evaluation.engine.progress import Meter


class Clock:
    """Shows the time that it is set to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_time_left_follows_from_the_speed_so_far() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter.expect("clean", 300)
    meter.expect("edge", 100)
    meter.found_done("clean", 100)
    assert meter.progress("clean").remaining_seconds is None
    clock.now += 10
    meter.did("clean", 50, images=25)
    told = meter.progress("clean")
    assert (told.stage, told.share, told.images, told.elapsed_seconds) == ("clean", 150 / 400, 25, 10)
    assert told.remaining_seconds == pytest.approx(250 / 5)


def test_better_knowledge_replaces_a_guess() -> None:
    meter = Meter(Clock())
    meter.expect("clean", 1000)
    meter.expect("clean", 10)
    meter.expect("edge", 10)
    meter.did("clean", 10, images=10)
    assert meter.progress("clean").share == 0.5
    meter.give_up("edge")
    assert meter.progress("edge").share == 1


def test_nothing_to_do_is_done() -> None:
    assert Meter(Clock()).progress("").share == 1
