import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import timm
from safetensors.torch import load_file, save_file

from backend.evaluations.checking import CheckpointCheck
from backend.evaluations.checkpoint_files import CheckpointFiles
from backend.evaluations.uploads import Received
from backend.problems import ProblemError
from backend.store.local_files import LocalFiles
from evaluation.checkpoints.confined_check import ConfinedCheck
from evaluation.checkpoints.refusal import CheckpointRefused
from evaluation.checkpoints.scan import scan
from quba.errors import Refusal

ARCHITECTURE = "test_resnet"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoints") / "weights"
    save_file(timm.create_model(ARCHITECTURE, num_classes=16).state_dict(), path)
    return path


@pytest.fixture
def confined() -> Iterator[ConfinedCheck]:
    check = ConfinedCheck(idle_seconds=0.5)
    yield check
    check.close()


def test_scanning_starts_no_process_and_tells_why_a_file_is_refused(
    confined: CheckpointCheck, file: Path, tmp_path: Path
) -> None:
    assert confined.scan(file) == "safetensors"
    (tmp_path / "text").write_text("<html>")
    with pytest.raises(CheckpointRefused, match="web page") as caught:
        confined.scan(tmp_path / "text")
    assert caught.value.code == "unknown_format"
    assert "safetensors" in caught.value.hint
    assert isinstance(confined, ConfinedCheck)
    assert not confined.running


def test_the_process_starts_with_a_check_and_ends_when_idle(
    confined: ConfinedCheck, file: Path, tmp_path: Path
) -> None:
    for turn in range(2):
        written = tmp_path / f"{turn}.safetensors"
        confined.check(file, written, architecture=ARCHITECTURE, class_count=16)
        assert confined.running
        assert load_file(written).keys() == load_file(file).keys()
        deadline = time.monotonic() + 20
        while confined.running:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_the_process_can_be_started_beforehand(confined: ConfinedCheck) -> None:
    confined.prepare()
    deadline = time.monotonic() + 20
    while not confined.running:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    confined.prepare()
    confined.close()
    assert not confined.running


def test_a_file_that_does_not_fit_is_refused_with_its_code(
    confined: CheckpointCheck, file: Path, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointRefused, match="16 classes and the benchmark 1000") as caught:
        confined.check(file, tmp_path / "written", architecture=ARCHITECTURE, class_count=1000)
    assert caught.value.code == "class_count_mismatch"
    assert list(tmp_path.iterdir()) == []


def test_names_that_a_file_gives_its_outputs_are_held_against_the_classes(
    confined: CheckpointCheck, file: Path, tmp_path: Path
) -> None:
    classes = tuple(f"class {number}" for number in range(16))
    strangers = [f"stranger {number}" for number in range(16)]
    numbered = {str(number): name for number, name in enumerate(strangers)}
    told: dict[str, object] = {
        "class_to_idx": {name: number for number, name in enumerate(strangers)},
        "label_names": strangers,
        "classes": strangers,
        "id2label": numbered,
    }
    for key, names in told.items():
        named = tmp_path / key
        save_file(load_file(file), named, metadata={key: json.dumps(names)})
        with pytest.raises(CheckpointRefused, match="has no output named class 0") as caught:
            confined.check(named, tmp_path / "written", architecture=ARCHITECTURE, class_count=16, classes=classes)
        assert caught.value.code == "class_names_mismatch"
        # Where nobody knows the classes' names there is nothing to hold them against.
        confined.check(named, tmp_path / "written", architecture=ARCHITECTURE, class_count=16)


def test_an_architecture_is_guessed_in_the_confined_process(
    confined: CheckpointCheck, file: Path, tmp_path: Path
) -> None:
    (guessed, *_) = confined.guess(file, "mine.safetensors")
    assert (guessed.architecture, guessed.exact, guessed.fitting == guessed.tensors) == (ARCHITECTURE, True, True)
    assert guessed.same_tensors == ()
    (tmp_path / "text").write_text("<html>")
    with pytest.raises(CheckpointRefused, match="web page"):
        confined.guess(tmp_path / "text", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["text"]


def test_what_the_judge_raises_reaches_the_service_as_it_is(confined: ConfinedCheck, tmp_path: Path) -> None:
    """One class: nobody on the way makes another exception of it, so that no code, name or hint can get lost."""
    (tmp_path / "text").write_text("<html>")
    with pytest.raises(CheckpointRefused) as judged:
        scan(tmp_path / "text")
    with pytest.raises(Refusal) as asked:
        confined.scan(tmp_path / "text")
    files = CheckpointFiles(LocalFiles(tmp_path), confined)
    with pytest.raises(ProblemError) as answered:
        files.keep(Received(path=tmp_path / "text", size_bytes=6, sha256="0" * 64))
    own = judged.value
    assert type(asked.value) is type(own)
    assert (asked.value.code, asked.value.message, asked.value.hint) == (own.code, own.message, own.hint)
    problem = answered.value
    assert (problem.code, problem.detail, problem.next_step) == (own.code, own.message, own.hint)
