"""What the batches of a step become, and what the finished steps of a model are put together to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from evaluation.datasets.reading import Exif, Remark
from evaluation.engine.batches import Step, Work
from evaluation.engine.images import Batch
from evaluation.engine.stages import Request, Stage, plan
from evaluation.engine.step_results import StepRecord, StepResults
from evaluation.engine.step_store import StepStore
from evaluation.errors import OutputsRefused
from quba.dimension import Missing, Pass, UndefinedResult
from quba.measuring.observations import ONLY, CueKind
from tests.evaluation.conftest import CLASSES, PER_CLASS

if TYPE_CHECKING:
    from evaluation.models.loaded_model import LoadedModel
    from tests.evaluation.conftest import World


def stage_of(world: "World", dimension: str) -> Stage:
    return plan(Request(benchmark=world.benchmark, dimensions=(dimension,))).stages[0]


def work(stage: Stage, labels: list[int], textures: list[int] | None = None) -> Work:
    step = Step(stage=stage, start=0, size=len(labels), images="digest", models=("one",))
    return Work(
        step=step, numbers=tuple(range(len(labels))), labels=np.array(labels),
        textures=None if textures is None else np.array(textures), closes_step=True,
    )  # fmt: skip


def logits(decisions: list[int]) -> torch.Tensor:
    """Outputs that decide so, out of four classes."""
    return torch.nn.functional.one_hot(torch.tensor(decisions), 4) * 9.0


def test_the_kind_of_each_cue_decision_is_kept_over_batches_and_steps(
    world: "World", monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, store = stage_of(world, "shape_bias"), StepStore(world.folder)
    first, second = StepRecord(stage), StepRecord(stage)
    # In the second batch no shape and texture disagree; of the third the second image could not be read.
    first.add({Pass.CUE_CONFLICT: logits([0, 1, 2, 3])}, work(stage, [0, 0, 0, 3], [1, 1, 1, 3]), range(4))
    first.add({Pass.CUE_CONFLICT: logits([2])}, work(stage, [2], [2]), [0])
    second.add({Pass.CUE_CONFLICT: logits([3, 1])}, work(stage, [3, 2, 0], [0, 0, 1]), [0, 2])
    for start, record in ((0, first), (5, second)):
        store.save(stage.key, start, "digest", record.arrays())
    seen = StepResults(store)
    assert seen.observations(0, with_probabilities=False).cue_kinds is None
    seen.close(stage, (0, 5), image_count=7)
    found = seen.observations(0, with_probabilities=False)
    assert found.cue_kinds is not None
    assert found.cue_kinds.tolist() == [1, 2, 3, 0, 0, 1, 2]
    assert found.outcomes[Pass.CUE_CONFLICT][ONLY].right.tolist() == [True, False, False, True, True, True, False]
    assert found.data_sets == {Pass.CUE_CONFLICT: stage.data_set.key}

    kinds = np.array([CueKind.OTHER], dtype=np.int8)
    monkeypatch.setattr("evaluation.engine.step_results.cue_kinds", lambda *_: kinds)
    third = StepRecord(stage)
    third.add({Pass.CUE_CONFLICT: logits([0])}, work(stage, [0], [1]), [0])
    store.save(stage.key, 7, "digest", third.arrays())
    seen.close(stage, (7,), image_count=1)
    assert seen.cue_kinds is not None
    assert seen.cue_kinds.tolist() == [CueKind.OTHER]


def test_probabilities_are_kept_in_order_where_a_formula_needs_them(world: "World") -> None:
    stage, store = stage_of(world, "calibration_error"), StepStore(world.folder)
    outputs = torch.tensor([[2.0, 0, 0, -1], [0, 3, 0, 5], [1, 1, 4, 0]])
    for start, rows, labels in ((0, [0, 1], [0, 1]), (2, [2], [2])):
        record = StepRecord(stage)
        record.add({Pass.CLEAN: outputs[rows]}, work(stage, labels), range(len(rows)))
        store.save(stage.key, start, "digest", record.arrays())
    seen = StepResults(store)
    seen.close(stage, (0, 2), image_count=3)
    found = seen.observations(11, with_probabilities=True)
    exponentials = np.exp(outputs.double().numpy())
    probabilities, labels_found = found.clean_probabilities()
    np.testing.assert_allclose(probabilities, exponentials / exponentials.sum(axis=1, keepdims=True), rtol=1e-6)
    assert labels_found.tolist() == [0, 1, 2]
    assert found.outcome(Pass.CLEAN).right.tolist() == [True, False, True]
    assert found.parameter_count == 11
    # 0.83, 0.88 and 0.89 of one.
    assert seen.confidence is not None
    assert seen.confidence.tolist() == np.rint(255 * np.asarray(probabilities).max(axis=1)).tolist()
    assert seen.observations(11, with_probabilities=False).probabilities is None


def test_outputs_that_look_like_probabilities_are_not_saved(world: "World") -> None:
    record = StepRecord(stage := stage_of(world, "accuracy"))
    record.add({Pass.CLEAN: torch.full((8, 4), 0.25)}, work(stage, [0] * 8), range(8))
    with pytest.raises(OutputsRefused, match="softmax"):
        record.arrays()


@pytest.mark.parametrize(("unreadable", "kept"), [(1, True), (2, False)])
def test_more_than_one_image_in_a_hundred_unreadable_costs_the_stage(
    world: "World", unreadable: int, kept: bool
) -> None:
    stage, store = stage_of(world, "accuracy"), StepStore(world.folder)
    record = StepRecord(stage)
    record.add({Pass.CLEAN: logits([0])}, work(stage, [0]), [0])
    record.note(
        Batch(None, (0,), ("a.png: cut off", "b.png: cut off")[:unreadable], {Remark.DEEP: 3}),
        work(stage, [0, 1, 1][: 1 + unreadable]),
    )
    store.save(stage.key, 0, "digest", record.arrays())
    seen = StepResults(store)
    seen.close(stage, (0,), image_count=100)
    assert seen.unreadable == {stage.key: unreadable}
    assert (Pass.CLEAN in seen.outcomes) == kept
    if kept:
        assert seen.unread[Pass.CLEAN][ONLY].tolist() == [1]
        assert seen.remark_sentence((Pass.CLEAN,)) == f"Images of clean: 3 {Remark.DEEP.description(Exif.APPLY)}."
        return
    assert seen.absent == {Pass.CLEAN: Missing.FAILED}
    why = seen.detail((Pass.CLEAN,), UndefinedResult(Missing.FAILED))
    assert "2 of 100 images of clean cannot be read, more than 1%: a.png: cut off; b.png: cut off" in why


def test_the_first_reason_stands(world: "World") -> None:
    stage, seen = stage_of(world, "accuracy"), StepResults(StepStore(world.folder))
    seen.give_up(stage, Missing.DATA_SET_MISSING, "It is not there.")
    seen.give_up(stage, Missing.FAILED, "It failed.")
    assert seen.absent == {Pass.CLEAN: Missing.DATA_SET_MISSING}
    assert seen.detail((Pass.CLEAN,), UndefinedResult(Missing.FAILED)) == "It is not there."


def test_a_pass_without_a_reason_is_explained_by_the_formula_and_equal_reasons_once(world: "World") -> None:
    seen = StepResults(StepStore(world.folder))
    undefined = UndefinedResult(Missing.NOT_MEASURED, "no formula for this")
    assert seen.detail((Pass.CLEAN, Pass.EDGE), undefined) == "no formula for this"
    for stage in plan(Request(benchmark=world.benchmark, dimensions=("ood_robustness",))).stages[:2]:
        seen.give_up(stage, Missing.DATA_SET_MISSING, "The disk is away.")
    assert seen.detail(tuple(Pass), undefined) == "The disk is away."


def test_images_that_several_passes_read_are_remarked_once(world: "World") -> None:
    seen = StepResults(StepStore(world.folder))
    clean: dict[tuple[str, str, Exif], Mapping[Remark, int]] = {
        ("clean", "", Exif.APPLY): {Remark.DEEP: 2, Remark.EXIF_ROTATED: 0}
    }
    seen.remarks = {
        Pass.CLEAN: clean, Pass.FGSM: clean,
        Pass.EDGE: {("edge", "", Exif.IGNORE): {Remark.EXIF_ROTATED: 1}},
        Pass.CORRUPTIONS: {("fog", "1", Exif.APPLY): {Remark.DEEP: 1}, ("fog", "2", Exif.APPLY): {Remark.DEEP: 4}},
    }  # fmt: skip
    deep = Remark.DEEP.description(Exif.APPLY)
    assert seen.remark_sentence((Pass.CLEAN, Pass.FGSM)) == f"Images of clean: 2 {deep}."
    # Two variants of one set are added; what was ignored is said as ignored.
    assert seen.remark_sentence((Pass.CORRUPTIONS, Pass.EDGE)) == (
        f"Images of fog: 5 {deep}. Images of edge: 1 {Remark.EXIF_ROTATED.description(Exif.IGNORE)}."
    )
    assert seen.remark_sentence((Pass.SKETCH,)) == ""


def test_probabilities_are_left_on_the_disk_unless_a_formula_asks_for_them(world: "World") -> None:
    stage, store = stage_of(world, "calibration_error"), StepStore(world.folder)
    record = StepRecord(stage)
    record.add({Pass.CLEAN: logits([0, 3])}, work(stage, [0, 1]), range(2))
    store.save(stage.key, 0, "digest", record.arrays())
    seen = StepResults(store)
    seen.close(stage, (0,), image_count=2)
    without = seen.observations(7, with_probabilities=False)
    assert (without.probabilities, without.parameter_count) == (None, 7)
    assert without.labels is not None
    assert without.labels.tolist() == [0, 1]
    found = seen.observations(7, with_probabilities=True)
    assert found.labels is not None
    assert found.labels.tolist() == [0, 1]
    assert found.probabilities is not None
    assert found.probabilities.dtype == np.float32
    assert found.probabilities.sum(axis=1) == pytest.approx([1, 1], abs=1e-6)


def test_every_class_is_reported_on_where_the_probabilities_were_kept(
    world: "World", always_wrong: "LoadedModel"
) -> None:
    run = world.run(always_wrong, dimensions=("class_balance",))
    assert run.class_report("always-wrong") is None
    run.execute()
    report = run.class_report("always-wrong")
    assert report is not None
    # Each class is mistaken for one other, and for that one only.
    assert {count for *_, count in report.confusion} == {PER_CLASS}
    assert len(report.confusion) == CLASSES
    assert {row.recall for row in report.classes} == {0}
    sure = world.run(always_wrong, dimensions=("accuracy",))
    sure.execute()
    assert sure.class_report("always-wrong") is None
