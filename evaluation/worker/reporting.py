"""How far a job is, as it says to the store while it measures."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from backend import tracing
from backend.store.tables import NotedProgress
from evaluation.engine.progress import Progress
from evaluation.engine.run import Result, Watcher
from evaluation.engine.stages import Request, plan

_REPORT_SECONDS = 1.0


class Reported(Protocol):
    """A job that is reported on."""

    def wanted(self) -> bool:
        """Whether to go on."""
        ...

    def note(self, progress: NotedProgress) -> None:
        """Keep how far it is."""
        ...

    def keep(self, phase: str, dimension: str, result: Result) -> None:
        """Keep what was measured."""
        ...


class Report(Watcher):
    """Tells the store how far a job is, at most once a second, and asks it whether to go on.

    Args:
        job: that is reported on.
        phases: of the job, in their order.
        images: how many each phase has.
    """

    def __init__(self, job: Reported, phases: tuple[str, ...], images: Mapping[str, int]) -> None:
        self._job = job
        self._images = images
        self._phase = phases[0]
        self._told = float("-inf")
        self._share = 0.0
        self.steps: list[Path] = []
        self._stage = ExitStack()

    @contextmanager
    def phase_span(self) -> Iterator[None]:
        """Have the phase that was begun be a span of the trace, and within it each stage."""
        with tracing.span("phase", {"wellbehaved.phase": self._phase}):
            try:
                yield
            finally:
                self._stage.close()

    def begin(self, phase: str, steps: Path) -> None:
        """Say that a phase begins.

        Args:
            phase: its name.
            steps: folder of its finished steps.
        """
        self._phase = phase
        self.steps.append(steps)
        # At once: what an earlier worker finished before it died shows that it got further.
        self.say("reading the data sets")

    def say(self, stage: str) -> None:
        """Say what is done before anything is measured."""
        self._note(stage, share=0.0, left=None)

    def wait(self, why: str) -> None:
        """Say why nothing is measured now, without taking back how far it was."""
        self._note(why, share=self._share, left=None)

    def on_stage(self, stage: str) -> None:
        """End the span of the stage before, and begin one."""
        self._stage.close()
        self._stage.enter_context(tracing.span("stage", {"wellbehaved.stage": stage}))

    def on_progress(self, progress: Progress) -> None:
        """Say how far the phase is."""
        if time.monotonic() - self._told >= _REPORT_SECONDS:
            self._note(progress.stage, share=progress.share, left=progress.remaining_seconds)

    def on_result(self, model: str, dimension: str, result: Result) -> None:  # noqa: ARG002 - there is one model
        """Keep what was measured."""
        self._job.keep(self._phase, dimension, result)

    def should_stop(self) -> bool:
        """Whether somebody asked for the end."""
        return not self._job.wanted()

    def _note(self, stage: str, *, share: float, left: float | None) -> None:
        self._told, self._share = time.monotonic(), share
        total = self._images[self._phase]
        self._job.note(
            {
                "phase": self._phase,
                "stage": stage,
                "share": share,
                "images_done": round(share * total),
                "images_total": total,
                "steps_done": sum(len(list(folder.rglob("*.npz"))) for folder in self.steps),
                "eta_seconds": left,
            }
        )


def image_counts(requests: Mapping[str, Request]) -> dict[str, int]:
    """How many images each phase's request measures."""
    return {
        phase: sum(stage.expected_images(request.samples_per_class) for stage in plan(request).stages)
        for phase, request in requests.items()
    }
