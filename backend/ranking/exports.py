"""Files of a list, made once: a program that reads one by its address asks for it several times, part by part."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.kept import Kept
from backend.turns import Turns
from quba.vocabulary import PAGE_SIZE

MOST_BYTES = 32 * 1024**2


@dataclass(frozen=True)
class Export:
    """A file of a list.

    Attributes:
        body: its bytes.
        rows: how many it has.
        total: how many the list has.
    """

    body: bytes
    rows: int
    total: int


class Exports:
    """The files that were asked for last, by ETag: same data version, same question, same bytes.

    Args:
        turns: who may make a long one now.
        most_bytes: how much is kept.
    """

    def __init__(self, turns: Turns, most_bytes: int = MOST_BYTES) -> None:
        self._turns = turns
        self._kept: Kept[Export] = Kept(most_bytes)

    def get(self, etag: str) -> Export | None:
        """The file of that name, if it need not be made again."""
        return self._kept.get(etag)

    def new(
        self, etag: str, rows: int, make: Callable[[], Export], require_caller: Callable[[], None] | None = None
    ) -> Export:
        """Make a file and keep it; one of more rows than a page holds waits for its turn.

        Raises:
            ProblemError: 429 `busy`, where too many others wait for theirs.
        """
        if rows <= PAGE_SIZE.highest:
            return self._keep(etag, make())
        with self._turns.one(require_caller):
            # Whoever had the turn before may have asked the same.
            return self._kept.get(etag) or self._keep(etag, make())

    def _keep(self, etag: str, export: Export) -> Export:
        self._kept.keep(etag, export, len(export.body))
        return export
