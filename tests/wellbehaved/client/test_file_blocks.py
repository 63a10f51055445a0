"""Files go out in blocks."""

from pathlib import Path

from wellbehaved.client.file_blocks import file_blocks


def test_the_blocks_are_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(bytes(range(256)) * 5000)
    blocks = list(file_blocks(file))
    assert [len(block) for block in blocks] == [1048576, 231424]
    assert b"".join(blocks) == file.read_bytes()


def test_an_empty_file_has_none(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()
    assert list(file_blocks(file)) == []
