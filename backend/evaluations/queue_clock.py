"""The clock of the queue in a SQLite older than 3.42, where DBOS under Python 3.12 and newer finds none.

There DBOS asks SQLite for `unixepoch('subsec')`, which older ones answer with nothing, and no evaluation can be queued.
Debian 12 and the images made of it have 3.40.
"""

import sqlite3
import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import URL, Engine, event
from sqlalchemy.dialects import plugins
from sqlalchemy.engine import CreateEnginePlugin

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry

_NAME: Final = "wellbehaved_queue_clock"
_FIRST_WITH_SUBSECONDS: Final = (3, 42)
_DECIMALS: Final = 3


def with_clock(url: URL) -> URL:
    """The address of a SQLite file whose connections know the time in milliseconds, however old SQLite is.

    Args:
        url: from which DBOS makes an engine of its own, so that it is the address that brings the function.
    """
    if sqlite3.sqlite_version_info >= _FIRST_WITH_SUBSECONDS:
        return url
    plugins.register(_NAME, __name__, QueueClock.__name__)
    return url.update_query_dict({"plugin": _NAME})


class QueueClock(CreateEnginePlugin):
    """Gives each connection of an engine `unixepoch('subsec')`, as SQLite has it since 3.42."""

    def update_url(self, url: URL) -> URL:
        """The address as it is: the plugin's name takes SQLAlchemy out of it, and there is nothing else of ours."""
        return url

    def engine_created(self, engine: Engine) -> None:
        """Have connections that the engine makes from now on know the time."""
        event.listen(engine, "connect", _add_clock)


def _add_clock(connection: sqlite3.Connection, _: "ConnectionPoolEntry") -> None:
    connection.create_function("unixepoch", 1, _seconds)


def _seconds(asked: object) -> float:
    # It hides the built-in function of this name, which knows more: whoever asks for that shall learn of it.
    if asked != "subsec":
        raise ValueError(f"unixepoch({asked!r}): the clock of the queue knows unixepoch('subsec') alone.")
    return round(time.time(), _DECIMALS)
