"""What looks at folders is what the service asks for, although neither imports the other; where it may look."""

import inspect
from pathlib import Path

import pytest

from backend.evaluations.inspecting import BenchmarkInspection, Inspections
from backend.problems import ProblemError
from backend.store.own_benchmarks import Registration as Kept
from evaluation.own_data.inspection import FolderInspection
from evaluation.own_data.registration import Registration
from tests.backend.conftest import FakeInspection
from wellbehaved.checker import installed_inspection


def test_the_installed_inspection_takes_what_the_service_hands_it(tmp_path: Path) -> None:
    asked, given = (inspect.signature(kind.inspect) for kind in (BenchmarkInspection, FolderInspection))
    assert list(given.parameters.values()) == list(asked.parameters.values())
    assert isinstance(installed_inspection(tmp_path), FolderInspection)


def test_what_it_answers_is_what_the_store_keeps() -> None:
    assert list(Registration.model_fields) == list(Kept.model_fields)


def test_links_are_resolved_before_the_roots_are_asked(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "flowers").mkdir(parents=True)
    outside.mkdir()
    (tmp_path / "alias").symlink_to(root)
    (root / "leads-out").symlink_to(outside)
    inspections = Inspections(FakeInspection(), [tmp_path / "alias"])
    for path in (root / "flowers", tmp_path / "alias" / "flowers", root / "leads-out" / ".." / "root" / "flowers"):
        assert inspections.allowed_folder(str(path)) == root / "flowers"
    for path in (root / "leads-out", outside, root / ".."):
        with pytest.raises(ProblemError) as refused:
            inspections.allowed_folder(str(path))
        assert refused.value.code == "folder_not_allowed"


def test_a_look_that_ends_in_a_refusal_lets_the_next_one_begin(tmp_path: Path) -> None:
    looking = FakeInspection()
    inspections = Inspections(looking, [tmp_path])
    looking.told = {"classes": ["one"]}
    for _ in range(2):
        with pytest.raises(ValueError, match="classes"):
            inspections.inspect(tmp_path, key="flowers", label=None, layout="folders")
    looking.told = {}
    assert inspections.inspect(tmp_path, key="flowers", label=None, layout="folders")["key"] == "flowers"
