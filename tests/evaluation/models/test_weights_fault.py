import errno
from pathlib import Path

import pytest

from evaluation.datasets.installation.download import NoRoomForFile
from evaluation.errors import NoRoomForWeights, WeightsUnavailable
from evaluation.models.weights_fault import remove_unfinished, says_full_disk, weights_fault


def caused_by(cause: Exception, *, aloud: bool) -> Exception:
    """An error that came of another one: from it, or while it was handled."""
    try:
        try:
            raise cause
        except Exception:
            if aloud:
                raise RuntimeError("download failed") from cause
            raise RuntimeError("download failed")  # noqa: B904 - what libraries do
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (RuntimeError("Data processing error: File write: No space left on device (os error 28)"), True),
        (caused_by(OSError(errno.ENOSPC, "full"), aloud=True), True),
        (caused_by(OSError(errno.ENOSPC, "full"), aloud=False), True),
        (caused_by(OSError(errno.EACCES, "Permission denied"), aloud=True), False),
        (OSError("no network"), False),
    ],
)
def test_a_full_disk_is_known_by_number_and_by_words_wherever_it_began(error: Exception, full: bool) -> None:
    assert says_full_disk(error) is full


def test_errors_that_are_each_others_cause_come_to_an_end() -> None:
    one, other = RuntimeError("one"), RuntimeError("other")
    one.__cause__, other.__cause__ = other, one
    assert not says_full_disk(one)


def test_everything_else_is_what_the_loader_says() -> None:
    fault = weights_fault("net", OSError("no network"), folder=Path("/cache"), otherwise="Check the connection.")
    assert (type(fault), fault.message) == (WeightsUnavailable, "Check the connection.")
    full = weights_fault("net", OSError(errno.ENOSPC, ""), folder=Path("/cache"), otherwise="Check the connection.")
    assert isinstance(full, NoRoomForWeights)
    assert (full.folder, full.needed_bytes) == (Path("/cache"), None)
    try:
        raise NoRoomForFile("It needs 7 more bytes.", 7) from OSError(errno.ENOSPC, "")
    except NoRoomForFile as error:
        known = weights_fault("net", error, folder=Path("/cache"), otherwise="Check the connection.")
    assert isinstance(known, NoRoomForWeights)
    assert known.needed_bytes == 7


def test_what_filled_the_disk_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in ("a.incomplete", "b.incomplete", "whole"):
        (tmp_path / name).touch()
    remove_unfinished(tmp_path, "*.incomplete")
    remove_unfinished(tmp_path / "nowhere", "*.incomplete")
    assert [each.name for each in tmp_path.iterdir()] == ["whole"]
