from pathlib import Path

import pytest

from evaluation.own_data.class_list import (
    MOST_CLASSES,
    in_order_of,
    named_in,
    require_bounds,
)
from quba.errors import Refusal


def listed(tmp_path: Path, data: bytes) -> tuple[str, ...]:
    (tmp_path / "classes.txt").write_bytes(data)
    return named_in(tmp_path / "classes.txt")


def test_a_file_lists_one_class_per_line(tmp_path: Path) -> None:
    assert listed(tmp_path, "\ufeffred rose\r\ntülip\n\n".encode()) == ("red rose", "tülip")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"a\n\nb\n", "empty line 2"),
        (b"a\nb\na\n", "names a twice"),
        (b"\xff\n", "UTF-8"),
        (b"x" * 10_000_001, "larger than"),
    ],
    ids=["a gap", "twice", "encoding", "large"],
)
def test_a_bad_file_is_refused(data: bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=sentence):
        listed(tmp_path, data)
    with pytest.raises(Refusal, match="cannot be read"):
        named_in(tmp_path / "nowhere.txt")


def test_names_are_matched_however_they_are_spelt(tmp_path: Path) -> None:
    file = tmp_path / "classes.txt"
    assert in_order_of(["t\u00fclip", "rose"], ["rose", "tu\u0308lip"], file) == ("tu\u0308lip", "rose")
    with pytest.raises(Refusal) as refused:
        in_order_of(["rose", "lily"], ["rose", "daisy"], file)
    assert "lists 1 classes without images: lily, and lacks 1 classes that have images: daisy" in refused.value.message


@pytest.mark.parametrize(
    ("classes", "code"),
    [
        ((), "too_few_classes"),
        (("one",), "too_few_classes"),
        (tuple(map(str, range(MOST_CLASSES + 1))), "too_many_classes"),
        (("t\u00fclip", "tu\u0308lip"), "class_twice"),
    ],
    ids=["none", "one", "10001", "alike"],
)
def test_the_number_of_classes_is_bounded(classes: tuple[str, ...], code: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        require_bounds(classes, tmp_path)
    assert refused.value.code == code
    require_bounds(("a", "b"), tmp_path)
    require_bounds(tuple(map(str, range(MOST_CLASSES))), tmp_path)
