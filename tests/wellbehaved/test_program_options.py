import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from wellbehaved.program_options import in_front, use_data_folder

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("words", "ordered"),
    [
        ([], []),
        (["rank", "--data-dir", "a", "-h"], ["--data-dir", "a", "rank", "-h"]),
        (["rank", "--data-dir=a"], ["--data-dir=a", "rank"]),
        (["show", "--", "--data-dir", "a"], ["show", "--", "--data-dir", "a"]),
        (["rank", "--data-dir"], ["rank", "--data-dir"]),
    ],
)
def test_the_data_folder_is_read_first_wherever_it_stands(words: list[str], ordered: list[str]) -> None:
    assert in_front(words) == (ordered if words[-1:] != ["--data-dir"] else words)


def test_a_folder_counts_for_this_process_and_those_it_starts(data_dir: Path, tmp_path: Path) -> None:
    before = os.environ["WELLBEHAVED_DATA_DIR"]
    assert use_data_folder(None) is None
    assert os.environ["WELLBEHAVED_DATA_DIR"] == before
    use_data_folder(Path("other"))
    assert os.environ["WELLBEHAVED_DATA_DIR"] == str(tmp_path / "other")


def test_every_command_takes_it(run: Run, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "empty"))
    assert run("rank", "--limit", "1").exit_code == 1
    assert run("rank", "--limit", "1", "--data-dir", str(study)).exit_code == 0
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "empty"))
    assert run("--data-dir", str(study), "show", "resnet50").exit_code == 0
    assert run("--data-dir", __file__, "doctor").exit_code == 2
