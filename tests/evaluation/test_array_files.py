"""A file of arrays is there as a whole or not at all."""

import os
from pathlib import Path

import numpy as np
import pytest

from evaluation.array_files import save_arrays


def test_arrays_come_back_and_the_same_ones_give_the_same_bytes(tmp_path: Path) -> None:
    arrays = {"right": np.array([True, False]), "stamps": np.arange(6).reshape(2, 3)}
    for name in ("one.npz", "two.npz"):
        save_arrays(tmp_path / name, arrays)
    with np.load(tmp_path / "one.npz", allow_pickle=False) as found:
        assert {name: found[name].tolist() for name in found.files} == {
            name: array.tolist() for name, array in arrays.items()
        }
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_what_was_there_stays_where_the_new_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.npz"
    save_arrays(path, {"a": np.array([1])})
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_arrays(path, {"a": np.array([2])})
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["kept.npz"]


def test_objects_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        save_arrays(tmp_path / "objects.npz", {"a": np.array([object()])})
    assert not list(tmp_path.iterdir())
