"""A worker that is killed at any moment loses nothing and repeats nothing but the step that it was at."""

import random
import time
from functools import partial
from pathlib import Path

import pytest

from evaluation.benchmark import BENCHMARKS
from evaluation.engine.means import Means
from evaluation.engine.run import Run
from evaluation.engine.stages import Protocol, Request
from evaluation.models.loading import load
from quba.measuring.observations import Measured
from tests.faults.queue_world import ARCHITECTURE, CHECKPOINT, LIGHT, QueueWorld

SHORT, LONG = 12, 200
_MOST = 1.5
_ALWAYS_WAITING = 2


def _got_further(world: QueueWorld, before: dict[Path, int]) -> bool:
    return bool(world.finished_steps().keys() - before.keys())


@pytest.fixture
def undisturbed(world: QueueWorld) -> dict[str, tuple[float | None, float | None]]:
    """The values by a run in this process that nobody disturbs."""
    request = Request(benchmark=BENCHMARKS["toy-shapes"], dimensions=LIGHT, protocol=Protocol.CORRECTED)
    weights = world.settings.data_dir / "checkpoints" / f"{CHECKPOINT}.safetensors"
    model = load(ARCHITECTURE, class_count=16, weights=weights)
    folder = world.settings.data_dir / "undisturbed"
    results = Run([model], request, root=world.data, folder=folder, means=Means(workers=0)).execute()[model.name]
    return {
        key: (result.value, result.standard_error) if isinstance(result, Measured) else (None, None)
        for key, result in results.items()
    }


def test_killed_at_random_moments_every_row_is_there_once(
    world: QueueWorld,
    undisturbed: dict[str, tuple[float | None, float | None]],
    capsys: pytest.CaptureFixture[str],
    *,
    soak: bool,
) -> None:
    kills, moments = LONG if soak else SHORT, random.Random(1)
    submitted: list[str] = []
    repeated = 0
    for number in range(kills):
        waiting = sum(state in ("queued", "running") for state in world.states(submitted[-4:]))
        submitted += world.submit(max(0, _ALWAYS_WAITING - waiting), first_seed=len(submitted))
        before = world.finished_steps()
        worker = world.worker()
        # Wherever it is; but three of four live until they have finished a step, however slow the machine: who dies
        # again and again without getting further is given up, and that is another test.
        if number % 4 != 3:
            world.until(partial(_got_further, world, before))
        time.sleep(moments.uniform(0, _MOST))
        worker.kill()
        worker.join()
        after = world.finished_steps()
        repeated += sum(after.get(path, moment) != moment for path, moment in before.items())
    world.worker()
    started = time.monotonic()
    world.await_states(submitted, "succeeded", "failed", "cancelled")

    records = [world.record(each) for each in submitted]
    assert [(record.state, record.error) for record in records] == [("succeeded", None)] * len(records)
    assert repeated == 0  # a finished step is never done again, so that a kill costs the step that it hit
    expected = {(phase, key) for phase in ("quick", "full") for key in LIGHT}
    for each in submitted:
        rows = world.results(each)
        assert sorted((row.phase, row.dimension) for row in rows) == sorted(expected)
        assert {row.dimension: (row.value, row.standard_error) for row in rows if row.phase == "full"} == undisturbed
    with capsys.disabled():
        print(
            f"\n{kills} kills over {len(submitted)} evaluations on {world.engine.dialect.name}: "
            f"{len(expected) * len(submitted)} of {len(expected) * len(submitted)} rows, 0 doubled, "
            f"{repeated} finished steps repeated; all done {time.monotonic() - started:.0f} s after the last"
        )
