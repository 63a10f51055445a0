"""Where a line of a stream of events ends, however its bytes come."""

import pytest

from wellbehaved.client.event_lines import EventLines

# What str.splitlines cuts at, too, and JSON leaves as it is.
SEPARATORS = "\x85\u2028\u2029"


def lines_of(*blocks: bytes) -> list[str]:
    lines = EventLines()
    return [line for block in blocks for line in lines.take(block)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_are_the_same_however_the_blocks_are_cut(size: int) -> None:
    text = f"id: 1\r\nevent: problem\ndata: é{SEPARATORS}\x0b\x0c\x1c\x1d\x1e\rü\n\n".encode()
    blocks = [text[start : start + size] for start in range(0, len(text), size)]
    assert lines_of(*blocks) == ["id: 1", "event: problem", f"data: é{SEPARATORS}\x0b\x0c\x1c\x1d\x1e\rü", ""]


def test_a_line_that_does_not_end_is_none() -> None:
    assert lines_of(b'id: 4\ndata: {"state": "suc') == ["id: 4"]
    assert lines_of() == lines_of(b"") == lines_of(b"id: 4") == lines_of(b"id: 4\r") == []


def test_only_the_end_of_a_line_is_taken_off() -> None:
    assert lines_of(b" a \r\r\n\r\n\n") == [" a \r", "", ""]
