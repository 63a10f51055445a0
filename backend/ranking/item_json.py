"""Items of a ranking as JSON text: what no weight changes is made once, and joined with the numbers.

Made of Python objects, the items would take most of the time that a ranking takes.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
import orjson
from jaxtyping import Float, Int

_NUMBER = b"\n"  # stands in no key
# One for the weights that are looked at, of each page size.
_KEPT_PAGES = 16


class ItemText:
    """The text of every model's item, cut where the ranks, the score and its contributions stand.

    Each is made when it is first asked for, and kept.

    Args:
        count: how many models there are.
        identity_of: gives of a row what comes before the score, never empty.
        values_of: gives of a row what comes behind it, never empty.
    """

    def __init__(
        self,
        count: int,
        identity_of: Callable[[int], Mapping[str, object]],
        values_of: Callable[[int], Mapping[str, object]],
    ) -> None:
        self._identity_of, self._values_of = identity_of, values_of
        self._items: list[tuple[bytes, bytes] | None] = [None] * count
        self._ranks = [b"null", *(b"%d" % rank for rank in range(1, count + 1))]

    def pieces(
        self,
        rows: Int[np.ndarray, " page"],
        ranks: tuple[Int[np.ndarray, " page"], Int[np.ndarray, " page"]],
        keys: tuple[str, ...],
        numbers: Float[np.ndarray, "1+keys page"],
    ) -> list[bytes]:
        """The items of some models, as the pieces of a JSON list.

        Not joined, for a page has a hundred kilobytes, which are copied once where the whole answer is joined.

        Args:
            rows: which models, in order.
            ranks: of each its rank and its overall rank, 0 for none.
            keys: of the dimensions that contribute.
            numbers: the score of each, and below it what each dimension contributes; NaN for none.
        """
        if not rows.size:
            return [b"[]"]
        items = [self._items[row] or self._new_item(row) for row in rows.tolist()]
        count = len(items)
        pieces = list(_blank_page(keys, count))
        length = len(pieces) // count
        for place, each in zip((1, 3), ranks, strict=True):
            pieces[place::length] = [self._ranks[rank] for rank in each.tolist()]
        pieces[4::length] = [identity for identity, _ in items]
        # One list of numbers is written faster than many; NaN becomes null.
        texts = orjson.dumps(numbers.ravel(), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
        for start in range(0, len(texts), count):
            pieces[5 + 2 * start // count :: length] = texts[start : start + count]
        pieces[length - 1 :: length] = [values for _, values in items]
        # The last one ends the list, where the others end with a comma.
        pieces[0], pieces[-1] = b"[" + pieces[0], pieces[-1][:-1] + b"]"
        return pieces

    def _new_item(self, row: int) -> tuple[bytes, bytes]:
        # Two threads may make the same text at once, which costs less than a lock for every page.
        identity, values = _inside(self._identity_of(row)), _inside(self._values_of(row))
        item = (b',%b,"score":' % identity, b"%b}," % values)
        self._items[row] = item
        return item


@lru_cache(maxsize=_KEPT_PAGES)
def _blank_page(keys: tuple[str, ...], count: int) -> tuple[bytes, ...]:
    """The pieces of so many items, empty where two ranks, the identity, the numbers and the values belong."""
    numbers = b",".join(b'"%b":%b' % (key.encode(), _NUMBER) for key in keys)
    names = (b',"contributions":{%b},' % numbers).split(_NUMBER)
    behind = (piece for name in names for piece in (b"", name))
    return (b'{"rank":', b"", b',"overall_rank":', b"", b"", *behind, b"") * count


def _inside(part: Mapping[str, object]) -> bytes:
    """A JSON object's text without its braces."""
    return orjson.dumps(part)[1:-1]
