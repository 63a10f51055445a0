import io
import os
import pickle
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evaluation.engine.package_process import ANSWERS, Answer, NoAnswer, Task, answer_to, main, serve
from quba.dimension import Missing
from quba.dimensions import BUILT_IN
from quba.measuring.observations import Observations
from tests.dimension_package import DOUBT, doubt_of, doubt_with, install

PROBABILITIES = np.tile(np.array([[0.75, 0.25], [0.5, 0.5]], dtype=np.float32), (20, 1))
NAN = "return Measured(value=float('nan'), parts={}, sample_count=1, standard_error=0.0)"
SEEN = Observations(probabilities=PROBABILITIES, labels=np.tile(np.array([0, 1]), 20))


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def task(module: str, **changes: Any) -> Task:  # noqa: ANN401 - the fields of a task
    asked = Task(dimension=doubt_of(module), version="1.5", observations=SEEN, path=tuple(sys.path), seconds=60)
    return replace(asked, **changes)


def failure(site: Path, module: str, source: str, **changes: Any) -> str:  # noqa: ANN401
    install(site, module, source)
    found = answer_to(task(module, **changes))
    assert isinstance(found, NoAnswer)
    assert (found.reason, found.parts) == (Missing.FAILED, {})
    return found.detail.removeprefix(f"The package {module} 1.5 ")


def test_a_package_measures_and_its_unknown_error_stays_unknown(site: Path) -> None:
    install(site, "process_measures", DOUBT)
    found = answer_to(task("process_measures"))
    assert isinstance(found, Answer)
    assert (found.measured.value, found.measured.standard_error) == (0.375, None)
    assert (found.measured.parts, found.measured.sample_count) == ({"images": 40}, 40)
    assert found.replicates == pytest.approx([0.375] * 20)


def test_that_there_is_no_value_is_no_failure(site: Path) -> None:
    body = "raise UndefinedResult(Missing.NOT_APPLICABLE, 'no birds', {'birds': 0})"
    install(site, "process_undefined", doubt_with(body))
    assert answer_to(task("process_undefined")) == NoAnswer(
        reason=Missing.NOT_APPLICABLE, detail="no birds", parts={"birds": 0}
    )


@pytest.mark.parametrize(
    ("module", "source", "said"),
    [
        ("process_raises", doubt_with("raise RuntimeError('no licence')"), "raised RuntimeError: no licence."),
        ("process_ends", doubt_with("raise SystemExit"), "raised SystemExit."),
        ("process_nan", doubt_with(NAN),
         "gave nan, but Doubt must be a finite number."),
        ("process_number", doubt_with("return 0.5"), "gave a float in the place of a quba.measuring.observations."),
        ("process_parts", doubt_with("raise UndefinedResult(Missing.FAILED, '', {'a': object()})"),
         "gave parts that JSON cannot hold"),
        ("process_broken", "raise ImportError('no such library')", "raised ImportError: no such library while it was"),
        ("process_nothing", "", "cannot be used: It is a module, not a quba.dimension.Dimension"),
        ("process_alone", DOUBT.partition("def measure")[0], "has no measure. Start the service again"),
        ("process_other", DOUBT.replace('key="doubt"', 'key="other"'), "brings the dimension other and not doubt."),
    ],
)  # fmt: skip
def test_what_goes_wrong_with_a_package_is_said_of_it(site: Path, module: str, source: str, said: str) -> None:
    assert failure(site, module, source).startswith(said)


def test_another_version_than_is_said_of_the_value_measures_nothing(site: Path) -> None:
    assert "it is version 1.5 since the run began" in answered(site, "process_upgraded", version="1.4")
    assert answer_to(task("process_gone")) == NoAnswer(
        reason=Missing.FAILED,
        detail="The package process_gone 1.5 cannot be used: it is gone since the run began; measure again.",
        parts={},
    )


def answered(site: Path, module: str, **changes: Any) -> str:  # noqa: ANN401
    install(site, module, DOUBT)
    found = answer_to(task(module, **changes))
    assert isinstance(found, NoAnswer)
    return found.detail


def test_other_passes_than_were_run_measure_nothing(site: Path) -> None:
    known = replace(doubt_of("process_passes"), needs_probabilities=False)
    assert "measures from other passes" in answered(site, "process_passes", dimension=known)


@pytest.mark.parametrize(
    ("module", "changes", "said"),
    [
        ("process_unit", {"unit": "per cent"}, "and not in per cent from 0 to 1, lower is better, as was known"),
        (
            "process_turned",
            {"higher_is_better": True},
            "and not in fraction from 0 to 1, higher is better, as was known",
        ),
        ("process_low", {"lower_bound": None}, "and not in fraction from anything to 1, lower is better, as was known"),
        (
            "process_high",
            {"upper_bound": None},
            "and not in fraction from 0 to anything, lower is better, as was known",
        ),
    ],
)
def test_another_scale_than_is_known_measures_nothing(
    site: Path, module: str, changes: dict[str, Any], said: str
) -> None:
    found = answered(site, module, dimension=replace(doubt_of(module), **changes))
    assert found.startswith(f"The package {module} 1.5 measures in fraction from 0 to 1, lower")
    assert said in found
    assert "Start the service again" in found


def test_a_measure_that_fails_without_some_images_keeps_its_value(site: Path) -> None:
    body = (
        "if len(observations.labels) < 40:\n    raise RuntimeError('too few')\n"
        "return Measured(value=0.5, parts={}, sample_count=40, standard_error=None, note='Measured in the dark.')"
    )
    install(site, "process_few", doubt_with(body))
    found = answer_to(task("process_few"))
    assert isinstance(found, Answer)
    assert (found.measured.value, found.replicates) == (0.5, None)
    assert found.measured.note == "Measured in the dark. With a group of images left out, its measure failed: too few"


def test_what_no_package_measures_is_misuse() -> None:
    with pytest.raises(ValueError, match="accuracy is measured by no package"):
        answer_to(task("process_none", dimension=BUILT_IN["accuracy"]))


def test_a_task_goes_in_and_an_answer_comes_out_and_the_process_ends_by_itself_some_day(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "process_serves", DOUBT)
    alarms: list[int] = []
    monkeypatch.setattr(signal, "alarm", alarms.append)
    answers = io.BytesIO()
    serve(io.BytesIO(pickle.dumps(task("process_serves"))), answers)
    found = ANSWERS.validate_json(answers.getvalue())
    assert isinstance(found, Answer)
    assert (found.measured.value, alarms) == (0.375, [60])


def test_the_answer_goes_where_standard_output_went_and_what_is_printed_to_the_log(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "process_mains", DOUBT)
    answers, moved = tmp_path / "answers", list[tuple[int, int]]()
    monkeypatch.setattr(signal, "alarm", lambda _: 0)
    monkeypatch.setattr(os, "dup", lambda _: os.open(answers, os.O_WRONLY | os.O_CREAT))
    monkeypatch.setattr(os, "dup2", lambda *each: moved.append(each))
    orders = io.BytesIO(pickle.dumps(task("process_mains")))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=orders))
    main()
    monkeypatch.undo()
    assert moved == [(2, 1)]
    found = ANSWERS.validate_json(answers.read_bytes())
    assert isinstance(found, Answer)
    assert found.measured.value == 0.375
