"""Files of a batch that travel together."""

import pytest

from evaluation.datasets.reading import ExactJpeg
from evaluation.engine.undecoded import Undecoded, joined_files

FILES = [ExactJpeg("a.jpg", b"abc", 10), ExactJpeg("b.jpg", b"", 25), ExactJpeg("c.jpg", b"defgh", 10)]


def together() -> Undecoded:
    return joined_files(FILES, [0, 2, 3])


def test_each_file_is_had_back() -> None:
    found = together()
    assert [bytes(each.tolist()) for each in found.files()] == [each.data for each in FILES]
    assert (found.names, found.pixels, found.positions) == (("a.jpg", "b.jpg", "c.jpg"), (10, 25, 10), (0, 2, 3))


def test_bytes_are_a_tensor_of_their_own() -> None:
    found = together()
    found.data[0] = 0
    assert FILES[0].data == b"abc"


@pytest.mark.parametrize(("most", "parts"), [
    (1, [[0], [1], [2]]), (34, [[0], [1], [2]]), (35, [[0, 1], [2]]), (44, [[0, 1], [2]]), (45, [[0, 1, 2]]),
])  # fmt: skip
def test_parts_have_so_many_pixels_at_most_unless_one_file_has_more(most: int, parts: list[list[int]]) -> None:
    assert [list(part) for part in together().parts(most)] == parts
