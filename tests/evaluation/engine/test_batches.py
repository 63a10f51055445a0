"""What is still to be run: every image once and in order, nothing that is finished, nothing without its data."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.datasets.dataset import DataSetDamaged, DataSetMissing, Images
from evaluation.datasets.reading import Exif
from evaluation.engine.batches import Schedule, StageClosed, StageOpened, StageUnavailable, Work
from evaluation.engine.images import fingerprint
from evaluation.engine.step_store import StepStore

COUNT, STEP, BATCH = 23, 10, 4
DONE = {"clean": np.array([True])}


def images(folder: Path, count: int, textures: NDArray[np.int64] | None = None) -> Images:
    paths = tuple(folder / f"{number}.png" for number in range(count))
    for path in paths:
        path.write_bytes(path.name.encode())
    return Images(paths=paths, labels=np.arange(count) % 4, textures=textures)


def stage(read: Callable[..., Images], key: str = "clean", each: int | None = None) -> Any:  # noqa: ANN401 - a stand-in
    """What the schedule looks at of a stage."""
    return SimpleNamespace(
        key=key, variant="", corruption="", severity=0, images_per_step=STEP, images_per_label=lambda _: each,
        checks_order=False, shuffled=False,
        data_set=SimpleNamespace(read=read, exif=Exif.APPLY),
    )  # fmt: skip


def run(stages: list[Any], stores: dict[str, StepStore], folder: Path) -> tuple[list[list[int]], list[Any]]:
    """The numbers of the images of each batch, and the log."""
    schedule = Schedule(stages, stores, root=folder, batch_size=BATCH, samples_per_class=2, seed=3)
    return [[item[1] for item in batch] for batch in map(list, schedule)], list(schedule.log)


@pytest.fixture
def stores(tmp_path: Path) -> dict[str, StepStore]:
    return {name: StepStore(tmp_path / "results" / name) for name in ("one", "two")}


def test_every_image_comes_once_in_order_and_no_batch_crosses_a_step(
    tmp_path: Path, stores: dict[str, StepStore]
) -> None:
    found = images(tmp_path, COUNT)
    batches, log = run([stage(lambda *_: found)], stores, tmp_path)
    assert [number for batch in batches for number in batch] == list(range(COUNT))
    assert [len(batch) for batch in batches] == [4, 4, 2, 4, 4, 2, 3]
    opened, *works, closed = log
    assert isinstance(opened, StageOpened)
    assert (opened.starts, opened.image_count, opened.finished) == ((0, 10, 20), COUNT, {"one": 0, "two": 0})
    assert isinstance(closed, StageClosed)
    assert [work.closes_step for work in works] == [False, False, True, False, False, True, True]
    for work, batch in zip(works, batches, strict=True):
        assert isinstance(work, Work)
        assert list(work.numbers) == batch
        assert work.labels.tolist() == [number % 4 for number in batch]
        assert (work.textures, work.step.models) == (None, ("one", "two"))


def test_a_shuffled_stage_has_every_image_once_with_its_label_in_an_order_that_comes_again(
    tmp_path: Path, stores: dict[str, StepStore]
) -> None:
    found = images(tmp_path, COUNT)
    shuffled = stage(lambda *_: found)
    shuffled.shuffled = True
    (first, log), (again, _) = (run([shuffled], stores, tmp_path) for _ in range(2))
    numbers = [number for batch in first for number in batch]
    assert first == again
    assert sorted(numbers) == list(range(COUNT))
    assert numbers != list(range(COUNT))
    labels = [label for work in log[1:-1] for label in work.labels.tolist()]
    assert labels == [number % 4 for number in numbers]


def test_a_finished_step_is_run_for_the_others_alone_or_not_at_all(
    tmp_path: Path, stores: dict[str, StepStore]
) -> None:
    found = images(tmp_path, COUNT)
    for name, start in (("one", 0), ("one", 10), ("two", 10)):
        stores[name].save("clean", start, fingerprint(found, np.arange(start, start + STEP)), DONE)
    batches, log = run([stage(lambda *_: found)], stores, tmp_path)
    assert [number for batch in batches for number in batch] == [*range(10), *range(20, 23)]
    assert log[0].finished == {"one": 20, "two": 10}
    assert {work.step.start: work.step.models for work in log[1:-1]} == {0: ("two",), 20: ("one", "two")}


def test_results_on_other_images_do_not_count(tmp_path: Path, stores: dict[str, StepStore]) -> None:
    found = images(tmp_path, COUNT)
    stores["one"].save("clean", 0, fingerprint(found, np.arange(1, 11)), DONE)
    _, log = run([stage(lambda *_: found)], {"one": stores["one"]}, tmp_path)
    assert log[0].finished == {"one": 0}


@pytest.mark.parametrize("error", [DataSetMissing("gone"), DataSetDamaged("broken")])
def test_a_stage_without_its_data_is_noted_and_the_next_one_runs(
    tmp_path: Path, stores: dict[str, StepStore], error: Exception
) -> None:
    def fail(*_: object) -> Images:
        raise error

    found = images(tmp_path, 2)
    batches, log = run([stage(fail, "lost"), stage(lambda *_: found)], stores, tmp_path)
    assert isinstance(log[0], StageUnavailable)
    assert log[0].error is error
    assert batches == [[0, 1]]


def test_a_subset_has_so_many_of_each_label_and_is_the_same_again(tmp_path: Path, stores: dict[str, StepStore]) -> None:
    found = images(tmp_path, COUNT, textures=np.arange(COUNT) % 3)
    (first, log), (again, _) = (run([stage(lambda *_: found, each=2)], stores, tmp_path) for _ in range(2))
    numbers = [number for batch in first for number in batch]
    assert first == again
    assert np.bincount(found.labels[numbers]).tolist() == [2, 2, 2, 2]
    textures = [texture for work in log[1:-1] for texture in work.textures.tolist()]
    assert textures == [number % 3 for number in numbers]


def test_it_reads_no_set_before_its_turn(tmp_path: Path, stores: dict[str, StepStore]) -> None:
    read: list[str] = []

    def reader(name: str) -> Callable[..., Images]:
        def read_it(*_: object) -> Images:
            read.append(name)
            return images(tmp_path, 2)

        return read_it

    stages = [stage(reader("first")), stage(reader("second"))]
    batches = iter(Schedule(stages, stores, root=tmp_path, batch_size=4, samples_per_class=None, seed=0))
    next(batches)
    assert read == ["first"]


def test_a_step_of_whole_batches_is_closed_by_its_last(tmp_path: Path, stores: dict[str, StepStore]) -> None:
    found = images(tmp_path, 2 * BATCH)
    _, log = run([stage(lambda *_: found)], stores, tmp_path)
    assert [work.closes_step for work in log[1:-1]] == [False, True]
