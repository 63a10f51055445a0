"""Measures models: runs the stages that the asked dimensions need, each once, and feeds the formulas."""

import itertools
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from evaluation.datasets.dataset import DataSetMissing
from evaluation.engine.batch_stream import batch_stream
from evaluation.engine.batches import Event, Schedule, StageClosed, StageOpened, StageUnavailable, Work
from evaluation.engine.class_order import require_order
from evaluation.engine.compilation import Compilation
from evaluation.engine.determinants import steps_folder
from evaluation.engine.device_corruption import corruption_note
from evaluation.engine.evidence import evidence_of
from evaluation.engine.images import Batch
from evaluation.engine.inference import Inference, Logits
from evaluation.engine.means import Means
from evaluation.engine.package_measure import package_values
from evaluation.engine.progress import Meter, Progress
from evaluation.engine.released import RELEASED_BATCH_SIZE, ReleasedInference
from evaluation.engine.stages import Plan, Protocol, Request, Stage, plan
from evaluation.engine.step_results import StepRecord, StepResults
from evaluation.engine.step_store import StepStore
from evaluation.errors import EvaluationStopped, ModelFault
from evaluation.models.loaded_model import LoadedModel
from quba.dimension import Missing, UndefinedResult
from quba.dimensions import DIMENSIONS, MEASURES
from quba.measuring.class_report import ClassReport
from quba.measuring.evidence import Evidence
from quba.measuring.observations import Measured, Observations
from quba.replicates import replicates

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Absent:
    """Why a dimension has no value.

    Attributes:
        reason: to be stored.
        detail: in words, with the next step where there is one.
        parts: what was measured all the same, such as the data sets that were there.
    """

    reason: Missing
    detail: str
    parts: Mapping[str, Any] = field(default_factory=dict)


Result = Measured | Absent


class Watcher:
    """What a run tells and asks while it works; a subclass overrides what it cares for."""

    def on_stage(self, stage: str) -> None:
        """Called when the first images of a stage come; one stage follows the other."""

    def on_progress(self, progress: Progress) -> None:
        """Called after each batch."""

    def on_result(self, model: str, dimension: str, result: Result) -> None:
        """Called as soon as a dimension of a model has its result."""

    def on_fault(self, model: str, fault: ModelFault) -> None:
        """Called when a model cannot be measured any further."""

    def should_stop(self) -> bool:
        """Asked before each batch; True ends the run with `EvaluationStopped`."""
        return False


@dataclass
class _Candidate:
    """A model in a run."""

    model: LoadedModel
    plan: Plan
    seen: StepResults
    inference: Inference
    results: dict[str, Result] = field(default_factory=dict)
    replicates: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    fault: ModelFault | None = None
    record: StepRecord | None = None


class Run:
    """One request, one or more models. Running it again, in this process or another, continues where it ended.

    Args:
        models: to be measured; those with the same transform share one reading of the images.
        request: what to measure.
        root: the data folder.
        folder: where finished steps are kept.
        means: device, batch size and workers.
        watcher: who is told.
    """

    def __init__(
        self,
        models: Sequence[LoadedModel],
        request: Request,
        *,
        root: Path,
        folder: Path,
        means: Means | None = None,
        watcher: Watcher | None = None,
    ) -> None:
        names = [model.name for model in models]
        # Results and steps are kept under the name: two of one name would overwrite each other.
        if len(set(names)) != len(names):
            raise ValueError(f"a model is named twice among {', '.join(names)}; name each once.")
        self.request = request
        self.plan: Plan = plan(request)
        self._means = means or Means()
        self._root = root
        self._watcher = watcher or Watcher()
        self._meter = Meter(time.monotonic)
        self._compilation = Compilation(self._means, released=request.released)
        self._opened: dict[str, StageOpened] = {}
        self._left: dict[str, set[str]] = {}
        self._candidates = {model.name: self._candidate(model, folder) for model in models}
        for stage in {stage.key: stage for each in self._candidates.values() for stage in each.plan.stages}.values():
            self._expect(stage, stage.expected_images(request.samples_per_class))

    def _expect(self, stage: Stage, images: int) -> None:
        """Set how much work a stage is for all models that need it."""
        needed = (each.plan.stages for each in self._candidates.values())
        models = sum(any(other.key == stage.key for other in stages) for stages in needed)
        self._meter.expect(stage.key, models * self._work(stage, images))

    def _candidate(self, model: LoadedModel, folder: Path) -> _Candidate:
        lack = model.no_attacks
        own_plan = self.plan if lack is None else self.plan.without_attacks(lack.reason, lack.detail)
        note = corruption_note(own_plan, model.preparation.transform, self._means)
        steps = steps_folder(folder, model, self.request, self._means.device, corrupted_there=bool(note))
        seen = StepResults(
            store=StepStore(steps),
            corruption_note=note,
            refuses_few_images=self.request.protocol is Protocol.CORRECTED,
            class_names=dict(enumerate(self.request.benchmark.classes)),
        )
        # What no data set can give is known before the first image, and so are the dimensions that rest on it.
        seen.absent |= own_plan.absent
        seen.details |= own_plan.details
        kind = ReleasedInference if self.request.released else Inference
        inference = kind(
            model, device=self._means.device, precision=self.request.precision, seed=self.request.seed,
            channels_last=self._means.channels_last,
        )  # fmt: skip
        return _Candidate(model=model, plan=own_plan, seen=seen, inference=inference)

    @property
    def faults(self) -> Mapping[str, ModelFault]:
        """The models that could not be measured to the end, and why."""
        return {name: each.fault for name, each in self._candidates.items() if each.fault is not None}

    @property
    def results(self) -> Mapping[str, Mapping[str, Result]]:
        """Of each model the dimensions that have a result so far, in the customary order."""
        return {
            name: {key: each.results[key] for key in DIMENSIONS if key in each.results}
            for name, each in self._candidates.items()
        }

    def step_store(self, name: str) -> StepStore:
        """The finished steps of a model."""
        return self._candidates[name].seen.store

    def unreadable(self, name: str) -> Mapping[str, int]:
        """How many images of each stage were left out because they could not be read; stages without any left out."""
        return {stage: count for stage, count in self._candidates[name].seen.unreadable.items() if count}

    def class_report(self, name: str) -> ClassReport | None:
        """What a model does to each class; None where the probabilities of the clean images were not kept."""
        return self._candidates[name].seen.class_report(self.request.benchmark.class_count)

    def evidence(self, name: str) -> Evidence:
        """What is worth keeping of a model: enough to pair it with another one that saw the same images."""
        each = self._candidates[name]
        measured = {key: found for key, found in each.results.items() if isinstance(found, Measured)}
        missing = {key: found.reason for key, found in each.results.items() if isinstance(found, Absent)}
        return evidence_of(self.request, each.seen, measured, missing, each.replicates)

    def execute(self) -> Mapping[str, Mapping[str, Result]]:
        """Run everything that is not finished yet.

        Returns:
            Of each model every asked dimension with its value, or with the reason why it has none.

        Raises:
            EvaluationStopped: the watcher asked for it; what was finished is kept.
        """
        groups: dict[tuple[str, bool], list[_Candidate]] = {}
        for each in self._candidates.values():
            self._left[each.model.name] = {stage.key for stage in each.plan.stages}
            # First: counted dimensions need no pass and are there at once.
            self._measure(each)
            # Those that can be attacked have other stages than those that cannot.
            groups.setdefault((each.model.preparation.key, each.model.no_attacks is None), []).append(each)
        for group in groups.values():
            self._run_group(group)
        return self.results

    def _run_group(self, group: list[_Candidate]) -> None:
        schedule = Schedule(
            group[0].plan.stages,
            {each.model.name: each.seen.store for each in group},
            root=self._root,
            # Statistics of a batch depend on its size.
            batch_size=RELEASED_BATCH_SIZE if self.request.released else self._means.batch_size,
            samples_per_class=self.request.samples_per_class,
            seed=self.request.seed,
        )
        batches = iter(schedule)
        # Asked for before the loader is made: where everything is finished, no process need be started to learn it.
        first = next(batches, None)
        if first is not None:
            asked = itertools.chain([first], batches)
            for batch in batch_stream(asked, group[0].model.preparation.transform, self._means):
                work = self._next_work(schedule, group)
                if self._watcher.should_stop():
                    raise EvaluationStopped("the evaluation was stopped; run it again to continue where it ended.")
                self._run_batch(batch, work)
                # A group without a sound model would only decode images for nobody.
                if all(each.fault for each in group):
                    return
        # The stages that close after the last batch, and all of them where no batch was left.
        while schedule.log:
            self._handle(schedule.log.popleft(), group)

    def _next_work(self, schedule: Schedule, group: list[_Candidate]) -> Work:
        while not isinstance(entry := schedule.log.popleft(), Work):
            self._handle(entry, group)
        return entry

    def _handle(self, event: Event | Work, group: list[_Candidate]) -> None:
        match event:
            case StageOpened():
                self._open(event, group)
            case StageUnavailable():
                self._lose(event, group)
            case StageClosed():
                for each in group:
                    self._close(event.stage, each)

    def _open(self, event: StageOpened, group: list[_Candidate]) -> None:
        stage = event.stage
        self._watcher.on_stage(stage.label)
        self._opened[stage.key] = event
        self._expect(stage, event.image_count)
        # So that the estimate of the time left does not count what an earlier run has done as fast work.
        self._meter.found_done(stage.key, self._work(stage, sum(event.finished[each.model.name] for each in group)))
        if stage.checks_order:
            for each in group:
                if each.model.name in event.begun and each.fault is None:
                    self._check_order(each, stage)

    def _check_order(self, candidate: _Candidate, stage: Stage) -> None:
        try:
            require_order(candidate.model, candidate.seen.first_step(stage), self.request.benchmark)
        except ModelFault as fault:
            self._fail(candidate, fault)

    def _lose(self, event: StageUnavailable, group: list[_Candidate]) -> None:
        reason = Missing.DATA_SET_MISSING if isinstance(event.error, DataSetMissing) else Missing.FAILED
        logger.warning("stage %s is left out: %s", event.stage.key, event.error)
        self._meter.give_up(event.stage.key)
        for each in group:
            each.seen.give_up(event.stage, reason, str(event.error))
            self._finish_stage(event.stage, each)

    def _close(self, stage: Stage, candidate: _Candidate) -> None:
        if candidate.fault is not None:
            return
        candidate.seen.close(stage, self._opened[stage.key].starts, self._opened[stage.key].image_count)
        self._finish_stage(stage, candidate)

    def _finish_stage(self, stage: Stage, candidate: _Candidate) -> None:
        self._left[candidate.model.name].discard(stage.key)
        if candidate.fault is None:
            self._measure(candidate)

    def _run_batch(self, batch: Batch, work: Work) -> None:
        step = work.step
        for candidate in map(self._candidates.__getitem__, step.models):
            if candidate.fault is not None:
                continue
            try:
                self._run_model(candidate, batch, work)
            except ModelFault as fault:
                # One model's fault must not end the run of the others that share its images.
                self._fail(candidate, fault)
        images = len(work.numbers) * len(step.models)
        self._meter.did(step.stage.key, self._work(step.stage, images), images)
        progress = self._meter.progress(step.stage.label)
        self._watcher.on_progress(progress)
        sound = [each.inference for each in self._candidates.values() if each.fault is None]
        self._compilation.consider(sound, progress)

    def _run_model(self, candidate: _Candidate, batch: Batch, work: Work) -> None:
        step = work.step
        record = candidate.record or StepRecord(step.stage)
        candidate.record = record
        record.note(batch, work)
        if batch.pixels is not None:
            record.add(self._logits(candidate, batch, work), work, batch.readable)
        if work.closes_step:
            candidate.record = None
            candidate.seen.store.save(step.stage.key, step.start, step.images, record.arrays())
            if step.stage.checks_order and step.start == 0:
                self._check_order(candidate, step.stage)

    def _logits(self, candidate: _Candidate, batch: Batch, work: Work) -> Logits:
        assert batch.pixels is not None  # noqa: S101 - narrows; the caller has looked
        stage = work.step.stage
        readable = list(batch.readable)
        numbers = [work.numbers[position] for position in readable]
        if not stage.attacks:
            return candidate.inference.logits(batch.pixels, stage.passes, numbers)
        return candidate.inference.attacked_logits(
            batch.pixels,
            torch.from_numpy(np.asarray(work.labels[readable], dtype=np.int64)),
            numbers,
            stage.passes,
            stage.protocol,
        )

    def _measure(self, candidate: _Candidate) -> None:
        """Measure every dimension whose passes are all behind us."""
        left = self._left[candidate.model.name]
        # A dimension waits for passes that turn out absent too, so that the reason it gives is the right one.
        pending = {source for stage in candidate.plan.stages if stage.key in left for source in stage.passes}
        ready = [
            key
            for key in DIMENSIONS
            if key in self.request.dimensions
            and key not in candidate.results
            and not pending.intersection(self.request.passes_of(key))
        ]
        if not ready:
            return
        observations = candidate.seen.observations(
            candidate.model.parameter_count,
            with_probabilities=any(DIMENSIONS[key].needs_probabilities for key in ready),
        )
        for key in ready:
            try:
                measured, left_out = self._values(candidate, key, observations)
                if left_out is not None:
                    candidate.replicates[key] = left_out
                notes = (measured.note, candidate.seen.remark_sentence(self.request.passes_of(key)))
                result: Result = replace(measured, note=" ".join(filter(None, notes)))
            except UndefinedResult as undefined:
                detail = candidate.seen.detail(self.request.passes_of(key), undefined)
                result = Absent(reason=undefined.reason, detail=detail, parts=undefined.parts)
            self._settle(candidate, key, result)

    def _values(
        self, candidate: _Candidate, key: str, observations: Observations
    ) -> tuple[Measured, NDArray[np.float64] | None]:
        dimension = DIMENSIONS[key]
        if dimension.plug_in is None:
            measured = MEASURES[key](observations)
            # Here and not when they are asked for: the probabilities are large and were just read.
            return measured, replicates(key, observations, measured)
        return package_values(
            dimension,
            self.request.package_versions.get(key),
            observations,
            folder=candidate.seen.store.folder,
            wanted=lambda: not self._watcher.should_stop(),
        )

    def _settle(self, candidate: _Candidate, key: str, result: Result) -> None:
        candidate.results[key] = result
        self._watcher.on_result(candidate.model.name, key, result)

    def _fail(self, candidate: _Candidate, fault: ModelFault) -> None:
        """A model that broke a rule gets no further value; the unfinished step is forgotten, not saved."""
        logger.warning("model %s cannot be measured: %s", candidate.model.name, fault)
        candidate.fault, candidate.record = fault, None
        for key in self.request.dimensions:
            if key not in candidate.results:
                self._settle(candidate, key, Absent(reason=Missing.FAILED, detail=str(fault)))
        self._watcher.on_fault(candidate.model.name, fault)

    @staticmethod
    def _work(stage: Stage, images: int) -> float:
        return stage.cost * images
