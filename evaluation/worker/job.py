"""One evaluation of the queue: measured in phases, reported step by step, ranked at its very end."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine

from backend import tracing
from backend.room import await_room, await_turn, is_full
from backend.store import evaluations
from backend.store.checkpoints import rewritten_name
from backend.store.engine import reading, writing
from backend.store.errors import StoreFull, StoreUnavailable
from backend.store.evaluations import EvaluationRecord, Holder, ResultRecord
from backend.store.evidence import tidying
from backend.store.evidence_files import EvidenceFiles
from backend.store.file_store import FileGone, FileStore, FilesUnavailable
from backend.store.own_dimensions import set_with
from backend.store.tables import NotedProgress
from evaluation.benchmark import Benchmark
from evaluation.engine.means import Means
from evaluation.engine.run import Result, Run
from evaluation.errors import EvaluationStopped, NoRoomForWeights
from evaluation.models.identity import slug
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.loading import load
from evaluation.own_data.kept_sets import report_making
from evaluation.running_cost.measured_cost import CostProgress
from evaluation.worker.own_benchmarks import CHANGED, OwnBenchmarks
from evaluation.worker.phase_requests import phase_requests
from evaluation.worker.queue_waits import wait_for
from evaluation.worker.recording import circumstances_of, record_in
from evaluation.worker.reporting import Report, image_counts
from evaluation.worker.retention import hold_steps, release_steps
from evaluation.worker.running_cost import DIED, MeasuredCost, cost_of, record_cost_in
from evaluation.worker.running_cost import STAGE as COST_STAGE
from quba.dimensions import dimensions_in_force
from quba.errors import Refusal
from quba.measuring.observations import Measured
from quba.vocabulary import CANCELLED, FAILED, SUCCEEDED

logger = logging.getLogger(__name__)

MOST_CRASHES = 3
WAITS_FOR_ROOM = "waiting for room on the worker's disk"
WAITS_FOR_FILES = "waiting for the store of files"
_RETRY_SECONDS, _PATIENCE_SECONDS = 0.5, 300.0
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Where a worker works and with what.

    Attributes:
        engine: of the store.
        worker_id: the worker.
        data: folder of the data sets.
        checkpoints: the files of checked checkpoints.
        steps: folder where finished steps are kept.
        evidence: what is kept of measured models.
        means: device, batch size and reading processes.
        ending: set when the worker shall end.
        own: the benchmarks of one's own whose files lie here.
    """

    engine: Engine
    worker_id: str
    data: Path
    checkpoints: FileStore
    steps: Path
    evidence: EvidenceFiles
    means: Means
    ending: threading.Event
    own: OwnBenchmarks


class _Lost(Exception):
    """The evaluation is another worker's now, or over."""


class Job:
    """One evaluation at its worker.

    Args:
        evaluation_id: which.
        attempt: of the evaluation; a job of an earlier one does nothing.
        workplace: where it is done.
    """

    def __init__(self, evaluation_id: str, attempt: int, workplace: Workplace) -> None:
        self._id = evaluation_id
        self._place = workplace
        self._report: Report | None = None
        self._holder = Holder(worker_id=workplace.worker_id, attempt=attempt)

    def perform(self) -> None:
        """Measure and record; what an earlier worker finished is not done again.

        However it ends, the evaluation has one outcome in the store, or was let go of for another worker to go on.
        """
        record = self._claim()
        if record is None:
            logger.info("%s is over or another's; nothing to do", self._id)
            return
        if record.cancel_requested:
            self._stop()
            return
        if record.crashes > MOST_CRASHES:
            self._fail(
                "crashed_repeatedly",
                f"The worker ended {record.crashes} times over this model without getting any further.",
                "Try the checkpoint with `wellbehaved evaluate` on a machine of your own to see what it does.",
            )
            return
        try:
            self._measure_patiently(record)
        except EvaluationStopped:
            self._stop()
        except _Lost:
            logger.info("%s was taken over or ended by somebody else", self._id)
        except (FileGone, NoRoomForWeights) as lack:
            self._wait_in_queue(lack, record)
        except Refusal as fault:
            self._fail(fault.code, fault.message, fault.hint)
        except StoreUnavailable:
            raise  # there is nowhere to say so; the queue brings the evaluation back
        except Exception as error:
            logger.exception("%s failed", self._id)
            why = self._explanation(record, error)
            self._fail(why.code, why.message, why.hint)

    def _explanation(self, record: EvaluationRecord, error: Exception) -> Refusal:
        """Why a run broke off: files that somebody edited or moved meanwhile explain more than what came of it."""
        try:
            self._place.own.require_unchanged(record)
        except Refusal as refusal:
            return refusal
        return Refusal(
            "evaluation_failed",
            f"{type(error).__name__}: {str(error)[:500]}",
            "The worker's log says where. Retry, and report it if it happens again.",
        )

    def _claim(self) -> EvaluationRecord | None:
        def claim() -> EvaluationRecord | None:
            with writing(self._place.engine) as session:
                taken = evaluations.claim_start(session, self._id, self._holder)
                return evaluations.record(session, self._id) if taken else None

        return self._patiently(claim)

    def _measure_patiently(self, record: EvaluationRecord) -> None:
        """Measure and record, however often there is no room or no store of files meanwhile."""
        while True:
            try:
                return self._measure(record)
            except FilesUnavailable as error:
                logger.warning("%s waits for the store of files: %s", self._id, error)
                self._await_files()
            except OSError as error:
                if not is_full(error):
                    raise
                logger.warning("%s waits for room on the disk: %s", self._id, error)
                self._await_room()
            logger.info("%s continues", self._id)

    def _await_files(self) -> None:
        """Wait until the store of files takes files again; raises `EvaluationStopped` as `_await_room`."""
        if self._report is not None:
            self._report.wait(WAITS_FOR_FILES)
        if not await_turn(self._files_answer, wanted=self.wanted):
            raise EvaluationStopped("the evaluation was stopped while it waited for the store of files.")

    def _files_answer(self) -> bool:
        try:
            self._place.checkpoints.check(writing=True)
            self._place.evidence.store.check(writing=True)
        except FilesUnavailable as error:
            logger.debug("%s still waits: %s", self._id, error)
            return False
        return True

    def _await_room(self) -> None:
        """Wait until finished steps can be kept again; raises `EvaluationStopped` where nobody wants them any more."""
        if self._report is not None:
            self._report.wait(WAITS_FOR_ROOM)
        if not await_room(self._place.steps, wanted=self.wanted):
            raise EvaluationStopped("the evaluation was stopped while it waited for room on the disk.")

    def _measure(self, record: EvaluationRecord) -> None:
        with reading(self._place.engine) as session:
            known = set_with(session, record.dimensions)
        # A package that measures one of them need not be installed here; what it is, the store knows.
        with dimensions_in_force(known):
            self._measure_known(record)

    def _measure_known(self, record: EvaluationRecord) -> None:
        benchmark = self._place.own.open(record)
        requests = phase_requests(record, benchmark)
        report = self._report = Report(self, tuple(requests), image_counts(requests))
        report.say("loading the model")
        with tracing.span("load model"):
            model = self._load(record, benchmark)
        for phase, request in requests.items():
            run = Run(
                [model],
                request,
                root=self._place.data,
                folder=self._place.steps,
                means=self._place.means,
                watcher=report,
            )
            steps = run.step_store(model.name).folder
            # Before the first step is written: an evaluation that ends meanwhile takes away what nobody holds.
            hold_steps(steps, self._id)
            report.begin(phase, steps)
            with report_making(report.wait), report.phase_span():
                run.execute()
            if fault := run.faults.get(model.name):
                raise fault
        self._succeed(record, model, run, report)

    def _cost(self, record: EvaluationRecord, model: LoadedModel, report: Report) -> MeasuredCost | None:
        """What the model costs, where that was asked for; it is measured once the dimensions are."""
        if not record.cost:
            return None
        # Whoever died over this would die over it again, and the dimensions with it.
        if record.crashes and (record.progress or {}).get("stage") == COST_STAGE:
            return MeasuredCost(fault=DIED)
        report.wait(COST_STAGE)

        def stop_if_unwanted(_: CostProgress) -> None:
            if report.should_stop():
                raise EvaluationStopped("the evaluation was stopped while its cost was measured.")

        with tracing.span("cost"):
            return cost_of(model, self._place.means.device, before=stop_if_unwanted)

    def _load(self, record: EvaluationRecord, benchmark: Benchmark) -> LoadedModel:
        with ExitStack() as stack:
            weights = None
            if record.checkpoint_id is not None:
                name = rewritten_name(record.checkpoint_id, record.weights_key)
                weights = stack.enter_context(self._place.checkpoints.reading(name))
            model = load(
                record.model or record.architecture,
                class_count=benchmark.class_count,
                classes=benchmark.classes,
                weights=weights,
                device=self._place.means.device,
            )
        if record.checkpoint_id is None:
            return model
        # Another set of weights of the same file is another model.
        chosen = "" if record.weights_key is None else f"#{record.weights_key}"
        identity = replace(
            model.identity,
            model_id=slug(record.name) or record.evaluation_id,
            name=record.name,
            source_identifier=f"sha256:{record.checkpoint_id}{chosen}",
        )
        # The name seeds the attacks: it must not depend on what the file was called.
        return replace(model, name=f"{record.architecture}@{record.checkpoint_id}{chosen}", identity=identity)

    def _succeed(self, record: EvaluationRecord, model: LoadedModel, run: Run, report: Report) -> None:
        # Before anything is recorded: what was measured while somebody edited the files is of no version.
        self._place.own.require_unchanged(record)
        results = run.results[model.name]
        if not any(isinstance(result, Measured) and result.sample_count for result in results.values()):
            detail = next((result.detail for result in results.values() if not isinstance(result, Measured)), "")
            self._fail(
                "nothing_measured", f"No dimension could be measured: {detail}", "Retry when the data are there."
            )
            return
        cost = self._cost(record, model, report)
        self._place.own.share_contact_sheets(record, self._place.data)
        files, device = self._place.evidence, self._place.means.device
        circumstances = circumstances_of(run, model.name, device=device, files=files, evaluation_id=self._id)

        def conclude() -> None:
            # One that is silent is mostly found out about before the transaction, within which nobody else can write.
            files.store.check(writing=True)
            with tidying(self._place.engine, files) as session:
                recorded = record_in(session, model.identity, results, request=run.request, circumstances=circumstances)
                its = recorded.model_id
                if cost is not None:
                    found = record_cost_in(session, its, cost, request=run.request, evaluation_id=self._id)
                    evaluations.keep_cost(session, self._id, self._holder, found)
                ended = evaluations.finish(session, self._id, SUCCEEDED, model_id=its, holder=self._holder)
                if not ended:
                    raise _Lost  # takes what was recorded back with it

        try:
            self._patiently(conclude)
        except _Lost:
            # Cancelled at the last moment, unless another worker has it.
            self._stop()
            return
        for folder in report.steps:
            release_steps(folder, self._id)

    def _stop(self) -> None:
        def let_go() -> None:
            with writing(self._place.engine) as session:
                if self._place.ending.is_set() and evaluations.is_wanted(session, self._id, self._holder):
                    evaluations.release(session, self._id, self._holder)
                else:
                    evaluations.finish(session, self._id, CANCELLED, holder=self._holder)

        self._patiently(let_go)

    def _wait_in_queue(self, lack: FileGone | NoRoomForWeights, record: EvaluationRecord) -> None:
        logger.warning("%s waits in the queue: %s", self._id, lack)
        waits = wait_for(lack, record, self._holder)

        def put_back(waits: NotedProgress) -> bool:
            with writing(self._place.engine) as session:
                return evaluations.requeue(session, self._id, self._holder, waits)

        if isinstance(waits, Refusal):
            self._fail(waits.code, waits.message, waits.hint)
        elif not self._patiently(lambda: put_back(waits)):
            self._stop()  # cancelled meanwhile, or another's

    def _fail(self, code: str, message: str, hint: str) -> None:
        tracing.mark_failed(code)

        def end() -> None:
            with writing(self._place.engine) as session:
                error = {"code": code, "message": message, "hint": hint}
                if code in CHANGED:
                    # What is there so far may be of files that nobody registered.
                    evaluations.discard_results(session, self._id, self._holder)
                evaluations.finish(session, self._id, FAILED, error=error, holder=self._holder)

        self._patiently(end)

    def wanted(self) -> bool:
        """Whether to go on: nobody asked for the end, and no other worker has it."""

        def ask() -> bool:
            with reading(self._place.engine) as session:
                return evaluations.is_wanted(session, self._id, self._holder)

        return not self._place.ending.is_set() and self._patiently(ask)

    def note(self, progress: NotedProgress) -> None:
        """Tell how far it is."""

        def tell() -> None:
            with writing(self._place.engine) as session:
                evaluations.note_progress(session, self._id, self._holder, progress)

        self._patiently(tell)

    def keep(self, phase: str, dimension: str, result: Result) -> None:
        """Record what was measured; ends the run where the evaluation is another's by now."""
        measured = result if isinstance(result, Measured) else None
        row = ResultRecord(
            evaluation_id=self._id,
            phase=phase,
            dimension=dimension,
            value=measured.value if measured else None,
            missing_reason=None if isinstance(result, Measured) else result.reason.value,
            standard_error=measured.standard_error if measured else None,
            sample_count=measured.sample_count if measured else None,
            parts=dict(result.parts),
            detail=result.note if isinstance(result, Measured) else result.detail,
            worker_id=self._place.worker_id,
            measured_at=datetime.now(UTC),
        )

        def put() -> bool:
            with writing(self._place.engine) as session:
                return evaluations.record_result(session, self._id, self._holder, row)

        if not self._patiently(put):
            raise _Lost

    def _patiently(self, action: Callable[[], _T]) -> _T:
        """Do it again while the database is away: an outage must not cost what was measured."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return action()
            except StoreUnavailable as error:
                # A full disk is somebody's to clear, however long that takes; nothing else would help.
                late = time.monotonic() > deadline and not isinstance(error, StoreFull)
                if late or self._place.ending.is_set():
                    raise
                logger.warning("%s waits for the database: %s", self._id, error)
                time.sleep(_RETRY_SECONDS)
