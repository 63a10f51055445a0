"""Why weights cannot be had: a disk without room is told apart from a source that does not give them."""

import errno
from collections.abc import Iterator
from pathlib import Path

from evaluation.datasets.installation.download import NoRoomForFile
from evaluation.errors import NoRoomForWeights, WeightsUnavailable

_FULL = (errno.ENOSPC, errno.EDQUOT)
# Libraries that write by themselves, such as the hub's own downloader, keep the system's words and not its number.
_SAID = ("no space left on device", "disk quota exceeded")


def weights_fault(model: str, error: Exception, *, folder: Path, otherwise: str) -> WeightsUnavailable:
    """The fault of a model whose weights could not be fetched or loaded.

    Args:
        model: whose weights they are.
        error: that was raised meanwhile.
        folder: where the weights would be kept.
        otherwise: what to say where the disk has room.

    >>> fault = weights_fault("resnet50", OSError(28, "No space left on device"), folder=Path("/cache"), otherwise="")
    >>> fault.code, fault.message
    ('no_room_for_weights', 'the weights of resnet50 do not fit on the disk of /cache, which is full.')
    """
    if says_full_disk(error):
        said = f"the weights of {model} do not fit on the disk of {folder}, which is full."
        needed = next((each.needed_bytes for each in _chain(error) if isinstance(each, NoRoomForFile)), None)
        return NoRoomForWeights(said, folder=folder, needed_bytes=needed)
    return WeightsUnavailable(otherwise)


def remove_unfinished(folder: Path, pattern: str) -> None:
    """Remove what came of files before the disk was full: it would go on filling it, and is fetched anew.

    Args:
        folder: where files are fetched to.
        pattern: of the names of unfinished ones.
    """
    for file in folder.glob(pattern):
        file.unlink(missing_ok=True)


def says_full_disk(error: BaseException) -> bool:
    """Whether an error, or one that it came from, says that a disk or a quota is full."""
    return any(
        (isinstance(each, OSError) and each.errno in _FULL) or any(words in str(each).lower() for words in _SAID)
        for each in _chain(error)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
