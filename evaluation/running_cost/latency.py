"""How long some work takes: the median of many times after some that do not count."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

_NANOSECONDS_PER_MILLISECOND = 1e6


@dataclass(frozen=True, kw_only=True, slots=True)
class Latency:
    """Times of the same work.

    Attributes:
        median_ms: milliseconds; half of the times are no longer.
        lower_quartile_ms: a quarter is no longer.
        upper_quartile_ms: three quarters are no longer.
    """

    median_ms: float
    lower_quartile_ms: float
    upper_quartile_ms: float


def latency_of(milliseconds: Sequence[float]) -> Latency:
    """Median and quartiles of times, between two of them by linear interpolation.

    Args:
        milliseconds: one time or more.

    Raises:
        ValueError: there is none.

    >>> latency_of([4.0, 1.0, 2.0, 3.0, 100.0])
    Latency(median_ms=3.0, lower_quartile_ms=2.0, upper_quartile_ms=4.0)
    """
    if not milliseconds:
        raise ValueError("there is no time to take the median of; time one pass or more.")
    lower, median, upper = (float(each) for each in np.percentile(milliseconds, (25, 50, 75)))
    return Latency(median_ms=median, lower_quartile_ms=lower, upper_quartile_ms=upper)


def measured_latency(
    work: Callable[[], object],
    *,
    warm_up: int,
    passes: int,
    wait: Callable[[], object],
    clock: Callable[[], int] = time.perf_counter_ns,
    before: Callable[[], object] = lambda: None,
) -> Latency:
    """Do some work again and again, and tell how long it takes.

    Args:
        work: what is timed.
        warm_up: how often it is done before; the first times choose algorithms, fill caches and reserve memory.
        passes: how often it is timed, 1 or more.
        wait: returns when the device has done all that it was given; a GPU is given work and does it later.
        clock: nanoseconds, for tests.
        before: called before each pass, and not timed; what it raises ends the measurement.

    Raises:
        ValueError: nothing is timed.
    """
    for _ in range(warm_up):
        before()
        work()
    times = []
    for _ in range(passes):
        before()
        wait()
        started = clock()
        work()
        wait()
        times.append((clock() - started) / _NANOSECONDS_PER_MILLISECOND)
    return latency_of(times)
