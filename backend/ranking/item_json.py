"""Items of a ranking as JSON text: what no weight changes is made once, and the numbers are filled in.

Made of Python objects, the items would take most of the time that a ranking takes.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import orjson
from jaxtyping import Float, Int

_BETWEEN = b"\n"  # stands in no number and no key


class ItemText:
    """The text of every model's item, with gaps for the ranks, the score and its contributions.

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
        self._items = [b""] * count
        self._ranks = [b"null", *(b"%d" % rank for rank in range(1, count + 1))]

    def page(
        self,
        rows: Int[np.ndarray, " page"],
        ranks: tuple[Int[np.ndarray, " page"], Int[np.ndarray, " page"]],
        keys: Sequence[str],
        numbers: Float[np.ndarray, "page 1+keys"],
    ) -> bytes:
        """The items of some models, as a JSON list.

        Args:
            rows: which models, in order.
            ranks: of each its rank and its overall rank, 0 for none.
            keys: of the dimensions that contribute.
            numbers: of each its score, and what each dimension contributes; NaN for none.
        """
        if not rows.size:
            return b"[]"
        # One list of numbers is written faster than many; NaN becomes null.
        texts = orjson.dumps(numbers.ravel(), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
        sums = (_sum_of(keys) * rows.size % tuple(texts)).split(_BETWEEN)
        filled: list[bytes] = [b""] * (3 * rows.size)
        for position, rank in enumerate(ranks):
            filled[position::3] = [self._ranks[each] for each in rank.tolist()]
        filled[2::3] = sums[:-1]
        items = self._items
        return b"[" + b",".join([items[row] or self._new_item(row) for row in rows.tolist()]) % tuple(filled) + b"]"

    def _new_item(self, row: int) -> bytes:
        # Two threads may make the same text at once, which costs less than a lock for every page.
        parts = _inside(self._identity_of(row)), _inside(self._values_of(row))
        self._items[row] = b'{"rank":%%b,"overall_rank":%%b,%b,"score":%%b,%b}' % parts
        return self._items[row]


def _sum_of(keys: Sequence[str]) -> bytes:
    parts = b",".join(b'"%b":%%b' % key.encode() for key in keys)
    return b'%b,"contributions":{' + parts + b"}" + _BETWEEN


def _inside(part: Mapping[str, object]) -> bytes:
    """A JSON object's text without its braces, to be filled in by `%`."""
    return orjson.dumps(part)[1:-1].replace(b"%", b"%%")
