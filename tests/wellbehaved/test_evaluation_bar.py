"""What `wellbehaved evaluate` says while it measures; `tests.evaluation.test_evaluate_command` has the rest."""

import pytest

from evaluation.engine.run import Absent
from evaluation.errors import OutputsRefused
from quba.dimension import Missing
from quba.measuring.observations import Measured
from wellbehaved.evaluation_bar import evaluation_bar


def test_each_value_is_printed_once_and_a_fault_in_its_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    value = Measured(value=0.5, parts={}, sample_count=8, standard_error=0.1)
    with evaluation_bar() as watcher:
        # After a wait for room, what is finished is read again.
        for _ in range(2):
            watcher.on_result("[b]mine", "accuracy", value)
        watcher.on_result("[b]mine", "shape_bias", Absent(reason=Missing.FAILED, detail="It failed."))
        watcher.wait("waiting for room")
        watcher.on_fault("[b]mine", OutputsRefused("no [logits]"))
    assert capsys.readouterr().err.splitlines() == ["[b]mine: accuracy 0.5000 ± 0.1000", "[b]mine: no [logits]"]
