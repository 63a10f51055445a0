"""How far a run is and how long it will take, counted in forward runs so that stages can be compared."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """A moment of a run.

    Attributes:
        stage: what is run, in words.
        share: of all work that is done, in [0, 1].
        images: that were run in this process, all models together.
        elapsed_seconds: since the run began in this process.
        remaining_seconds: until it ends at the speed so far; None before there is one.
    """

    stage: str
    share: float
    images: int
    elapsed_seconds: float
    remaining_seconds: float | None


class Meter:
    """Counts work.

    Args:
        clock: seconds, rising.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = clock()
        self._expected: dict[str, float] = {}
        self._done: dict[str, float] = {}
        self._now = 0.0
        self._images = 0

    def expect(self, stage: str, work: float) -> None:
        """Set the work of a stage; later knowledge replaces earlier guesses."""
        self._expected[stage] = work

    def found_done(self, stage: str, work: float) -> None:
        """Count work that an earlier run finished; it says nothing about speed."""
        self._done[stage] = self._done.get(stage, 0.0) + work

    def did(self, stage: str, work: float, images: int) -> None:
        """Count work that was done now."""
        self.found_done(stage, work)
        self._now += work
        self._images += images

    def give_up(self, stage: str) -> None:
        """Expect no more of a stage than was done, because it cannot be run."""
        self._expected[stage] = self._done.get(stage, 0.0)

    def progress(self, stage: str) -> Progress:
        """The present moment.

        Args:
            stage: what is run, in words.
        """
        expected, done = sum(self._expected.values()), sum(self._done.values())
        elapsed = self._clock() - self._started
        left = max(0.0, expected - done)
        return Progress(
            stage=stage,
            share=min(1.0, done / expected) if expected else 1.0,
            images=self._images,
            elapsed_seconds=elapsed,
            remaining_seconds=elapsed * left / self._now if self._now else None,
        )
