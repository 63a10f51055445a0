"""On which line of a file something stood first, for files of any size: what is remembered lies on disk."""

import hashlib
import sqlite3
from collections.abc import Iterable


class FirstLines:
    """On which line something stood first. In a temporary file of SQLite's, for there may be millions of rows."""

    def __init__(self) -> None:
        # An empty name is a database that goes to disk as it grows and vanishes when it is closed.
        self._database = sqlite3.connect("", isolation_level=None)
        # Nothing in it outlives this process, so that nothing need survive a crash.
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE first (what BLOB PRIMARY KEY, line INTEGER, content TEXT) WITHOUT ROWID")

    def close(self) -> None:
        """Delete the file."""
        self._database.close()

    def earlier(self, what: Iterable[str], line: int, content: str = "") -> tuple[int, str] | None:
        """The line on which it stood before this one, and the content that it had there; None where it is new.

        Args:
            what: that may stand once.
            line: on which it stands now.
            content: to be given back when it stands again.

        >>> first = FirstLines()
        >>> first.earlier(("name", "a"), 2, "A"), first.earlier(("name", "a"), 7, "a")
        (None, (2, 'A'))
        >>> first.close()
        """
        key = hashlib.blake2b(repr(tuple(what)).encode(), digest_size=16).digest()
        added = self._database.execute("INSERT OR IGNORE INTO first VALUES (?, ?, ?)", (key, line, content))
        if added.rowcount:
            return None
        return tuple(self._database.execute("SELECT line, content FROM first WHERE what = ?", (key,)).fetchone())
