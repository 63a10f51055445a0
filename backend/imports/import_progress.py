"""How far an import is, in rows of its file."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from quba.vocabulary import CHECKING, COMPARING, STORING, ImportPhase


class ImportProgress(NamedTuple):
    """How far an import is.

    Attributes:
        phase: what is done.
        rows_done: how many rows of the file it is done with.
        rows_total: how many there are; None while they are counted.
    """

    phase: ImportPhase
    rows_done: int
    rows_total: int | None


Watch: TypeAlias = Callable[[ImportProgress], None]
"""Called again and again while an import is under way."""


class RowCounter:
    """Says how far an import is, in rows of its file."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._total = 0

    def note_checked(self, rows: int) -> None:
        """So many rows are checked, of which there may be more."""
        self._total = rows
        self._watch(ImportProgress(CHECKING, rows, None))

    def note_compared(self, rows: int) -> None:
        """So many rows are compared with the store."""
        self._watch(ImportProgress(COMPARING, rows, self._total))

    def note_storing(self) -> None:
        """What is new is on its way into the store, all at once."""
        self._watch(ImportProgress(STORING, self._total, self._total))
