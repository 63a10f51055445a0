"""What was made once and may be asked for again, by its key, within a bound of memory."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The values that were kept last; safe to share between threads.

    Args:
        most_bytes: how much is kept; the one asked for longest ago goes first.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._values: OrderedDict[str, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> Value | None:
        """The value of that key, if it is still kept."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def keep(self, key: str, value: Value, size: int) -> None:
        """Keep a value of so many bytes; one that is larger than everything that may be kept is not."""
        if size > self._most_bytes:
            return
        with self._lock:
            # Taken out first, so that it comes in as the youngest.
            _, former = self._values.pop(key, (None, 0))
            self._values[key] = (value, size)
            self._bytes += size - former
            while self._bytes > self._most_bytes:
                _, (_, removed) = self._values.popitem(last=False)
                self._bytes -= removed
