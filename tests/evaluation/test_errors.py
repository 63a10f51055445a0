"""Faults of models and their stable codes."""

from pathlib import Path

import pytest

from evaluation.checkpoints.refusal import CheckpointRefused
from evaluation.errors import EvaluationStopped, LibraryMissing, ModelFault, NoRoomForWeights, WeightsUnavailable

CODES = {
    "UnknownModel": "unknown_model", "WeightsUnavailable": "weights_unavailable", "ModelRefused": "model_refused",
    "WrongClassCount": "wrong_class_count", "OutputsRefused": "outputs_refused", "OutOfMemory": "out_of_memory",
    "TrainingModeLeak": "training_mode_leak",
}  # fmt: skip


def test_codes_stand_in_answers_and_do_not_change() -> None:
    kinds = {kind.__name__: kind for kind in ModelFault.__subclasses__()}
    assert {name: kinds[name]("x").code for name in CODES} == CODES


@pytest.mark.parametrize("kind", [kind for kind in ModelFault.__subclasses__() if kind is not CheckpointRefused])
def test_every_fault_has_a_next_step(kind: type[ModelFault]) -> None:
    assert kind("What was found.").hint


def test_a_library_that_is_missing_is_told_apart_from_weights_that_are_gone() -> None:
    missing, gone = LibraryMissing("x"), WeightsUnavailable("x")
    assert (missing.code, isinstance(missing, WeightsUnavailable)) == ("library_missing", True)
    assert (missing.hint, gone.hint) == (
        "Install it where the worker runs, and retry.", "Retry once they can be had, or submit another model."
    )  # fmt: skip


def test_a_full_disk_is_told_apart_from_weights_that_are_gone() -> None:
    full = NoRoomForWeights("x", folder=Path("/cache"), needed_bytes=7)
    assert (full.code, isinstance(full, WeightsUnavailable)) == ("no_room_for_weights", True)
    assert full.hint == "Free space there, and retry."
    assert (full.message, full.folder, full.needed_bytes) == ("x", Path("/cache"), 7)
    assert NoRoomForWeights("x", folder=Path("/cache")).needed_bytes is None


def test_a_stop_is_no_fault_of_the_model() -> None:
    assert not issubclass(EvaluationStopped, ModelFault)
    assert ModelFault("What was found.").message == "What was found."
