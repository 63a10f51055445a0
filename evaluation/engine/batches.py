"""What is still to be run for models that share a transform: one stream of batches, read from the data sets lazily."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from evaluation.datasets.dataset import DataSetDamaged, DataSetMissing, Images
from evaluation.engine.class_order import order_draw
from evaluation.engine.images import Item, balanced_subset, fingerprint
from evaluation.engine.stages import Stage
from evaluation.engine.step_store import StepStore


@dataclass(frozen=True, kw_only=True)
class Step:
    """Some images of a stage, whose results are saved together.

    Attributes:
        stage: that it belongs to.
        start: position of its first image in the stage.
        size: how many images it has.
        images: their fingerprint.
        models: the models that have not finished it.
    """

    stage: Stage
    start: int
    size: int
    images: str
    models: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Work:
    """A batch to be run.

    Attributes:
        step: that it belongs to.
        numbers: of its images in the data set.
        labels: of each.
        textures: of each, where shape and texture conflict.
        closes_step: whether it is the last of its step.
    """

    step: Step
    numbers: tuple[int, ...]
    labels: Int[np.ndarray, " images"]
    textures: Int[np.ndarray, " images"] | None
    closes_step: bool


@dataclass(frozen=True, kw_only=True)
class StageOpened:
    """A data set was read.

    Attributes:
        stage: to be run on it.
        starts: where each step of the stage begins.
        finished: per model, how many images an earlier run has done.
        image_count: images of the stage.
        begun: the models that have finished its first step.
    """

    stage: Stage
    starts: tuple[int, ...]
    finished: Mapping[str, int]
    image_count: int
    begun: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class StageClosed:
    """All work of a stage came before this."""

    stage: Stage


@dataclass(frozen=True, kw_only=True)
class StageUnavailable:
    """A stage cannot be run, because of its data."""

    stage: Stage
    error: DataSetMissing | DataSetDamaged


Event = StageOpened | StageClosed | StageUnavailable


class Schedule:
    """Iterating gives the items of one batch after the other; `log` tells in the same order what they are for.

    A loader with workers asks for batches ahead of time. The log is how the one who runs them keeps in step.

    Args:
        stages: in order.
        stores: of each model by name.
        root: the data folder.
        batch_size: largest batch.
        samples_per_class: of the clean images in the balanced subset, or None.
        seed: of the subset and of corruptions.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        stores: Mapping[str, StepStore],
        *,
        root: Path,
        batch_size: int,
        samples_per_class: int | None,
        seed: int,
    ) -> None:
        self.log: deque[Event | Work] = deque()
        self._stages = stages
        self._stores = stores
        self._root = root
        self._batch_size = batch_size
        self._samples_per_class = samples_per_class
        self._seed = seed

    def __iter__(self) -> Iterator[list[Item]]:
        """The batches of all stages."""
        for stage in self._stages:
            try:
                # Read when its turn comes: listing all sets before the first batch would keep the device waiting.
                images = stage.data_set.read(self._root, stage.variant)
            except (DataSetMissing, DataSetDamaged) as error:
                # Said through the log: an exception from here would end the loader, and the run with it.
                self.log.append(StageUnavailable(stage=stage, error=error))
                continue
            yield from self._batches_of(stage, images)
            self.log.append(StageClosed(stage=stage))

    def _batches_of(self, stage: Stage, images: Images) -> Iterator[list[Item]]:
        numbers = self._selection(stage, images)
        size, first = stage.images_per_step, stage.images_per_step
        if stage.checks_order:
            draw = order_draw(images.labels[numbers], seed=self._seed)
            numbers, first = np.concatenate([numbers[draw], np.delete(numbers, draw)]), len(draw)
        if stage.shuffled:
            numbers = np.random.default_rng(self._seed).permutation(numbers)
        starts = (0, *range(first, len(numbers), size))
        ends = (*starts[1:], len(numbers))
        steps = [self._step(stage, images, numbers[start:end], start) for start, end in zip(starts, ends, strict=True)]
        # Per model, because those of a group may have come to different ends before.
        finished = {name: sum(step.size for step in steps if name not in step.models) for name in self._stores}
        begun = frozenset(self._stores).difference(steps[0].models)
        self.log.append(
            StageOpened(stage=stage, starts=starts, finished=finished, image_count=len(numbers), begun=begun)
        )
        for step in steps:
            # A step that every model has finished is not even decoded.
            if step.models:
                yield from self._batches(step, images, numbers[step.start : step.start + step.size])

    def _step(self, stage: Stage, images: Images, numbers: Int[np.ndarray, " images"], start: int) -> Step:
        # A step counts as done only for the same images: a data set that was replaced is measured again.
        digest = fingerprint(images, numbers)
        models = tuple(name for name, store in self._stores.items() if not store.has(stage.key, start, digest))
        return Step(stage=stage, start=start, size=len(numbers), images=digest, models=models)

    def _batches(self, step: Step, images: Images, numbers: Int[np.ndarray, " images"]) -> Iterator[list[Item]]:
        stage = step.stage
        for start in range(0, len(numbers), self._batch_size):
            part = numbers[start : start + self._batch_size]
            work = Work(
                step=step,
                numbers=tuple(part.tolist()),
                labels=images.labels[part],
                textures=None if images.textures is None else images.textures[part],
                closes_step=start + self._batch_size >= len(numbers),
            )
            # Before the batch is yielded: whoever runs it looks here first for what it is.
            self.log.append(work)
            yield [
                Item(
                    str(images.paths[number]),
                    number,
                    stage.corruption,
                    stage.severity,
                    self._seed,
                    stage.data_set.exif,
                )
                for number in work.numbers
            ]

    def _selection(self, stage: Stage, images: Images) -> Int[np.ndarray, " images"]:
        each = stage.images_per_label(self._samples_per_class)
        if each is None:
            return np.arange(len(images.paths))
        return balanced_subset(images.labels, each, seed=self._seed)
