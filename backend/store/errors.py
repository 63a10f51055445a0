"""What can keep the store from answering; programs without the web framework raise and catch these too."""

from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Final

NOT_ANSWERING_KIND: Final = "not_answering"
FULL_KIND: Final = "full"
NO_FILE_KIND: Final = "no_file"
UNUSABLE_KIND: Final = "unusable"
NOT_MIGRATED_KIND: Final = "not_migrated"
ERROR_KINDS: Final = (NOT_ANSWERING_KIND, FULL_KIND, NO_FILE_KIND, UNUSABLE_KIND, NOT_MIGRATED_KIND)

_counts: Counter[str] = Counter()
_one_counts: Final = Lock()


class StoreUnavailable(RuntimeError):
    """The database does not answer, or was never migrated; the message says which and what to do."""


class StoreFull(StoreUnavailable):
    """The database has no room to write; it goes on when there is."""


def count_database_error(kind: str) -> None:
    """Count a failure of the database in this process.

    Args:
        kind: one of `ERROR_KINDS`.
    """
    with _one_counts:
        _counts[kind] += 1


def database_error_counts() -> Mapping[str, int]:
    """How often each kind of failure kept this process from the database since it started."""
    with _one_counts:
        return {kind: _counts[kind] for kind in ERROR_KINDS}
