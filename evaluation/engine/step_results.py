"""What a run has found about one model: kept step by step, put together for the formulas."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from evaluation.datasets.dataset import DataSet, DataSetDamaged
from evaluation.datasets.reading import Exif, Remark
from evaluation.engine.batches import Work
from evaluation.engine.images import Batch
from evaluation.engine.inference import Logits
from evaluation.engine.logits_contract import LogitsCheck
from evaluation.engine.stages import Protocol, Stage
from evaluation.engine.step_store import StepStore
from quba.dimension import Missing, Pass, UndefinedResult
from quba.dimensions.shape_bias import cue_kinds
from quba.measuring.class_report import ClassReport, class_report
from quba.measuring.evidence import CONFIDENCE_STEPS
from quba.measuring.observations import ONLY, Observations, Outcome

logger = logging.getLogger(__name__)

_NAMED = 3
_CUE_KINDS, _UNREADABLE, _LABELS, _PROBABILITIES = "cue_kinds", "unreadable", "labels", "probabilities"
_CONFIDENCE, _REMARKS = "confidence", "remarks"
# Places of the images that could not be read: among those of the stage, or where these run in another order than that
# of the data set, the numbers.
_UNREAD = "unread"
# Where images are not run in the order of the data set: the number of each that was read.
_NUMBERS = "numbers"


class StepRecord:
    """Collects the batches of one step of one model.

    Args:
        stage: of the step.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._parts: dict[str, list[NDArray[Any]]] = {}
        self._unreadable: list[str] = []
        self._remarks: Counter[Remark] = Counter()
        self._check = LogitsCheck()
        self._images = 0

    def note(self, batch: Batch, work: Work) -> None:
        """Take note of what could not be read, and of what should be known of the rest."""
        self._unreadable += batch.unreadable
        self._remarks.update(batch.remarks)
        first = work.step.start + self._images
        places = work.numbers if self._stage.reordered else range(first, first + len(work.numbers))
        self._keep(_UNREAD, np.delete(np.array(places, dtype=np.int64), list(batch.readable)))
        self._images += len(work.numbers)

    def add(self, logits: Logits, work: Work, readable: Sequence[int]) -> None:
        """Decide on a batch and keep what the formulas need of it.

        Args:
            logits: per pass, one row per readable image.
            work: the batch.
            readable: positions of the readable images in the batch.
        """
        # Labels of unreadable images must go before they meet the outputs, which have no row for them.
        rows = list(readable)
        labels = work.labels[rows]
        for source, outputs in logits.items():
            # An attack may well push sound outputs to where they look odd; the contract is on real images. As released,
            # probabilities are taken for logits on purpose.
            if source not in self._stage.attacks and self._stage.protocol is not Protocol.AS_RELEASED:
                self._check.watch(outputs)
            decisions = self._stage.data_set.decide(outputs.numpy())
            if work.textures is not None:
                self._keep(_CUE_KINDS, cue_kinds(decisions, labels, work.textures[rows]))
            self._keep(str(source), decisions == labels)
        if self._stage.reordered:
            self._keep(_NUMBERS, np.array(work.numbers, dtype=np.int64)[rows])
        if Pass.CLEAN in logits:
            probabilities = _probabilities(logits[Pass.CLEAN])
            self._keep(_LABELS, np.asarray(labels, dtype=np.int64))
            # Small beside the probabilities, which are kept for few dimensions and not read a second time for this.
            self._keep(_CONFIDENCE, _confidence(probabilities))
            if self._stage.keeps_probabilities:
                self._keep(_PROBABILITIES, probabilities)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What to save.

        Raises:
            OutputsRefused: the outputs look like probabilities.
        """
        # Judged over a whole step: a single batch may look like probabilities by chance.
        self._check.verdict()
        found = {name: np.concatenate(parts) for name, parts in sorted(self._parts.items())}
        remarks = np.array([self._remarks[each] for each in Remark], dtype=np.int64)
        return {**found, _UNREADABLE: np.array(self._unreadable, dtype=np.str_), _REMARKS: remarks}

    def _keep(self, name: str, part: NDArray[Any]) -> None:
        self._parts.setdefault(name, []).append(part)


@dataclass
class StepResults:
    """What is known of one model so far.

    Attributes:
        store: its finished steps.
        absent: why a pass has no result.
        details: the same in words.
        outcomes: of the finished stages.
        cue_kinds: of the images of the cue-conflict pass.
        labels: of the clean images.
        confidence: of the decisions on them, 255 being certainty.
        extras: of the finished stages that no dimension is made of.
        data_sets: the key of the data set whose images a pass saw.
        unreadable: images left out so far, by data set.
        unread: places of these in the data set, by pass and variant; of those alone that lack some.
        remarks: of each pass how its images were read, by data set, variant and what is done about EXIF.
        corruption_note: what is to be known of how images were corrupted; empty where there is nothing.
        refuses_few_images: whether values that a sample cannot bear are absent instead of flagged.
        class_names: of the benchmark by label, for sentences; empty where the data sets know them.
    """

    store: StepStore
    absent: dict[Pass, Missing] = field(default_factory=dict)
    details: dict[Pass, str] = field(default_factory=dict)
    outcomes: dict[Pass, dict[str, Outcome]] = field(default_factory=dict)
    cue_kinds: NDArray[np.int8] | None = None
    labels: NDArray[np.int64] | None = None
    confidence: NDArray[np.uint8] | None = None
    extras: dict[str, Outcome] = field(default_factory=dict)
    data_sets: dict[Pass, str] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)
    unread: dict[Pass, dict[str, NDArray[np.int64]]] = field(default_factory=dict)
    refuses_few_images: bool = False
    class_names: Mapping[int, str] = field(default_factory=dict)
    remarks: dict[Pass, dict[tuple[str, str, Exif], Mapping[Remark, int]]] = field(default_factory=dict)
    corruption_note: str = ""
    _clean: tuple[Stage, Sequence[int]] | None = None

    def give_up(self, stage: Stage, reason: Missing, detail: str) -> None:
        """Take note that a stage has no result; what other stages of the same pass gave stands."""
        if stage.extra:
            logger.warning("the extra %s is left out: %s", stage.key, detail)
            return
        for source in map(Pass, stage.passes):
            self.absent.setdefault(source, reason)
            self.details.setdefault(source, detail)

    def close(self, stage: Stage, starts: Sequence[int], image_count: int) -> None:
        """Take the results of a finished stage from the disk."""
        # Counted over the whole stage: each step alone may stay below the share that the set as a whole passes.
        unreadable = [name for start in starts for name in self._arrays(stage, start)[_UNREADABLE].tolist()]
        self.unreadable[stage.key] = len(unreadable)
        try:
            _require_readable(stage, unreadable, image_count)
        except DataSetDamaged as error:
            self.give_up(stage, Missing.FAILED, str(error))
            return
        if stage.extra:
            self.extras[stage.outcome or stage.passes[0]] = self._outcome(stage, stage.passes[0], starts)
            return
        # From disk and not from memory: some of the steps were made by an earlier run.
        counts = np.sum([self._arrays(stage, start)[_REMARKS] for start in starts], axis=0).tolist()
        read = (stage.data_set.label, stage.variant, stage.data_set.exif)
        for source in map(Pass, stage.passes):
            self.data_sets[source] = stage.data_set.key
            self.remarks.setdefault(source, {})[read] = dict(zip(Remark, counts, strict=True))
            self.outcomes.setdefault(source, {})[stage.outcome or ONLY] = self._outcome(stage, source, starts)
            if unreadable:
                self.unread.setdefault(source, {})[stage.outcome or ONLY] = self._unread(stage, starts)
        if stage.passes == (Pass.CUE_CONFLICT,):
            self.cue_kinds = self._whole(stage, _CUE_KINDS, starts, _NO_KINDS)
        if Pass.CLEAN in stage.passes:
            self.labels = self._whole(stage, _LABELS, starts, _NO_NUMBERS)
            self.confidence = self._whole(stage, _CONFIDENCE, starts, _NO_CONFIDENCE)
        if stage.keeps_probabilities:
            self._clean = (stage, starts)

    def _outcome(self, stage: Stage, source: str, starts: Sequence[int]) -> Outcome:
        return Outcome(right=self._whole(stage, str(source), starts, _NONE))

    def _whole(self, stage: Stage, name: str, starts: Sequence[int], nothing: NDArray[Any]) -> NDArray[Any]:
        """An array of all steps in the order of the data set; `nothing` where none of a step's images was readable."""
        arrays = [self._arrays(stage, start).get(name, nothing) for start in starts]
        return np.concatenate(arrays)[self._order(stage, starts)]

    def _unread(self, stage: Stage, starts: Sequence[int]) -> NDArray[np.int64]:
        unread = np.concatenate([self._arrays(stage, start).get(_UNREAD, _NO_NUMBERS) for start in starts])
        if stage.reordered:
            read = [self._arrays(stage, start).get(_NUMBERS, _NO_NUMBERS) for start in starts]
            unread = np.searchsorted(np.sort(np.concatenate([unread, *read])), unread)
        return np.sort(unread)

    def _order(self, stage: Stage, starts: Sequence[int]) -> "NDArray[np.int64] | slice":
        """How the images of a stage that ran in another order come into that of the data set.

        All passes over the same images must have one order, so that what is made of two of them is paired.
        """
        if not stage.reordered:
            return slice(None)
        numbers = [self._arrays(stage, start).get(_NUMBERS, _NO_NUMBERS) for start in starts]
        return np.argsort(np.concatenate(numbers), kind="stable")

    def first_step(self, stage: Stage) -> tuple[NDArray[np.float32], NDArray[np.int64]] | None:
        """Probabilities and labels of the first step of a stage; None where none of its images could be read."""
        arrays = self._arrays(stage, 0)
        return (arrays[_PROBABILITIES], arrays[_LABELS]) if _PROBABILITIES in arrays else None

    def observations(self, parameter_count: int, *, with_probabilities: bool) -> Observations:
        """Everything for a formula; probabilities are read only where one asks for them, for they are large."""
        probabilities = None
        if with_probabilities and self._clean is not None and self.labels is not None:
            stage, starts = self._clean
            steps = [self._arrays(stage, start) for start in starts]
            # A step in which no image could be read holds none.
            steps = [each for each in steps if _PROBABILITIES in each]
            probabilities = np.empty((len(self.labels), steps[0][_PROBABILITIES].shape[1]), dtype=np.float32)
            end = 0
            while steps:
                # Step by step, and each released, so that no second copy of the whole comes to be.
                part = steps.pop(0)[_PROBABILITIES]
                probabilities[end : end + len(part)] = part
                end += len(part)
            order = self._order(*self._clean)
            if not isinstance(order, slice):
                probabilities = probabilities[order]
        return Observations(
            outcomes=self.outcomes,
            probabilities=probabilities,
            labels=self.labels,
            cue_kinds=self.cue_kinds,
            extras=self.extras,
            parameter_count=parameter_count,
            absent=self.absent,
            refuses_few_images=self.refuses_few_images,
            class_names=self.class_names,
            data_sets=self.data_sets,
        )

    def class_report(self, class_count: int) -> ClassReport | None:
        """What the model does to each class; None where the probabilities of the clean images were not kept."""
        seen = self.observations(0, with_probabilities=True)
        if seen.probabilities is None or seen.labels is None:
            return None
        return class_report(seen.probabilities, seen.labels, class_count)

    def detail(self, sources: Sequence[Pass], undefined: UndefinedResult) -> str:
        """Why there is no value, in the most telling words."""
        sentences = [self.details[source] for source in sources if source in self.details]
        # Several passes may lack the same data set; a dict says each sentence once and keeps the order.
        return " ".join(dict.fromkeys(sentences)) or str(undefined)

    def remark_sentence(self, sources: Sequence[Pass]) -> str:
        """How many images of each data set were read otherwise than one might think; empty where none was.

        What several passes read, such as the clean images and all corruptions of them, counts once.
        """
        read: dict[tuple[str, str, Exif], Mapping[Remark, int]] = {}
        for source in sources:
            # By data set and not by pass, so that the same images are not counted for each pass over them.
            read |= self.remarks.get(source, {})
        counts: dict[tuple[str, Exif], Counter[Remark]] = {}
        for (label, _, exif), found in read.items():
            counts.setdefault((label, exif), Counter()).update(found)
        sentences = []
        for (label, exif), sums in counts.items():
            words = [f"{count} {remark.description(exif)}" for remark, count in sums.items() if count]
            sentences += [f"Images of {label}: {', '.join(words)}."] if words else []
        sentences += [self.corruption_note] if self.corruption_note and Pass.CORRUPTIONS in sources else []
        return " ".join(sentences)

    def _arrays(self, stage: Stage, start: int) -> Mapping[str, NDArray[Any]]:
        return self.store.load(stage.key, start)


_NONE = np.zeros(0, dtype=bool)
_NO_NUMBERS = np.zeros(0, dtype=np.int64)
_NO_KINDS = np.zeros(0, dtype=np.int8)
_NO_CONFIDENCE = np.zeros(0, dtype=np.uint8)


def _probabilities(logits: Tensor) -> NDArray[np.float32]:
    # In 32 bits, as the formulas' bins expect; the outputs are 32-bit even where the model computed in 16.
    found: NDArray[np.float32] = logits.softmax(dim=1).numpy()
    return found


def _confidence(probabilities: NDArray[np.float32]) -> NDArray[np.uint8]:
    parts: NDArray[np.uint8] = np.rint(probabilities.max(axis=1) * CONFIDENCE_STEPS).astype(np.uint8)
    return parts


def _require_readable(stage: Stage, unreadable: Sequence[str], image_count: int) -> None:
    data_set = stage.data_set
    # Whichever allows more: a hundredth of forty images is none.
    if len(unreadable) <= max(data_set.unreadable_share * image_count, data_set.unreadable_most):
        return
    named = "; ".join(unreadable[:_NAMED])
    allowed = f"{data_set.unreadable_share:.0%}"
    if data_set.unreadable_most:
        allowed += f" and more than {data_set.unreadable_most}"
    raise DataSetDamaged(
        f"{len(unreadable)} of {image_count} images of {data_set.label} cannot be read, more than "
        f"{allowed}: {named}. {_remedy(data_set)}"
    )


def _remedy(data_set: DataSet) -> str:
    if data_set.own:
        return "Mend or remove them and add the folder again, or allow more with unreadable_most in [clean]."
    return "Get the data set again."
