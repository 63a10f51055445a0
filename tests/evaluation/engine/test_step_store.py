import logging
import os
from pathlib import Path

import numpy as np
import pytest

from evaluation.engine.step_store import StepStore
from tests.quba.changed_bytes import with_one_byte_changed

ARRAYS = {"clean": np.array([True, False]), "unreadable": np.array([], dtype=np.str_)}


def test_a_step_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    store = StepStore(tmp_path / "new" / "folder")
    store.save("clean", 1024, "digest", ARRAYS)
    found = store.load("clean", 1024)
    assert found.keys() == ARRAYS.keys()
    assert found["clean"].tolist() == [True, False]
    assert found["unreadable"].tolist() == []


def test_a_step_is_finished_on_the_same_images_only(tmp_path: Path) -> None:
    store = StepStore(tmp_path)
    assert not store.has("clean", 0, "digest")
    store.save("clean", 0, "digest", ARRAYS)
    assert store.has("clean", 0, "digest")
    assert not store.has("clean", 0, "another")
    assert not store.has("clean", 1024, "digest")
    assert not store.has("edge", 0, "digest")


def test_equal_results_are_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        StepStore(tmp_path / name).save("clean", 0, "digest", ARRAYS)
    one, two = ((tmp_path / name / "clean" / "00000000.npz").read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_broken_file_is_told_and_repeated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = StepStore(tmp_path)
    store.save("clean", 0, "digest", ARRAYS)
    path = tmp_path / "clean" / "00000000.npz"
    for content in (path.read_bytes()[:100], b"", b"text"):
        path.write_bytes(content)
        with caplog.at_level(logging.WARNING):
            assert not store.has("clean", 0, "digest")
        assert "cannot be read and will be repeated" in caplog.text
        caplog.clear()


def test_wherever_a_byte_was_changed_the_step_is_whole_or_repeated(tmp_path: Path) -> None:
    store = StepStore(tmp_path)
    store.save("clean", 0, "digest", {"clean": np.array([True])})
    path = tmp_path / "clean" / "00000000.npz"
    answers = []
    for changed in with_one_byte_changed(path.read_bytes()):
        path.write_bytes(changed)
        answers.append(store.has("clean", 0, "digest"))
    assert set(answers) == {True, False}


def test_pickled_content_is_not_opened(tmp_path: Path) -> None:
    store = StepStore(tmp_path)
    (tmp_path / "clean").mkdir()
    np.savez(tmp_path / "clean" / "00000000.npz", images=np.array([object()], dtype=object), allow_pickle=True)
    assert not store.has("clean", 0, "digest")
    with pytest.raises(ValueError, match="allow_pickle"):
        store.save("clean", 0, "digest", {"clean": np.array([object()], dtype=object)})


def test_a_step_that_could_not_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    store = StepStore(tmp_path)
    with pytest.raises(OSError, match="No space left"):
        store.save("clean", 0, "digest", ARRAYS)
    assert list((tmp_path / "clean").iterdir()) == []
    assert not store.has("clean", 0, "digest")
