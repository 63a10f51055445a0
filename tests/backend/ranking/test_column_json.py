import json
import math

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.ranking.column_json import count_texts, number_texts, object_list, string_texts, truth_texts

relaxed = settings(deadline=None)
words = st.text(st.characters(exclude_categories=["Cs"]))
rows = st.lists(
    st.tuples(words, st.floats(allow_infinity=False), st.booleans(), st.integers(0, 10**9)),
)


@relaxed
@given(rows, words)
def test_columns_make_the_same_list_as_objects_do(found: list[tuple[str, float, bool, int]], name: str) -> None:
    items = object_list(
        {
            f"{name}%": string_texts(word for word, *_ in found),
            "inside": {
                f"%s {name}": number_texts(np.array([number for _, number, *_ in found], dtype=np.float64)),
                "count": count_texts(np.array([count for *_, count in found], dtype=np.int64)),
            },
            "holds": truth_texts(np.array([truth for _, _, truth, _ in found], dtype=bool)),
        }
    )
    expected = [
        {
            f"{name}%": word,
            "inside": {f"%s {name}": None if math.isnan(number) else number, "count": count or None},
            "holds": truth,
        }
        for word, number, truth, count in found
    ]
    assert json.loads(orjson.dumps({"items": items})) == {"items": expected}


def test_numbers_of_every_other_row_are_written_too() -> None:
    assert number_texts(np.arange(6.0)[::2]).to_pylist() == ["0.0", "2.0", "4.0"]


@pytest.mark.parametrize("counts", [(1, 2), ()])
def test_columns_that_are_not_of_one_length_are_refused(counts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="pass one text of each field per object"):
        object_list({str(count): count_texts(np.arange(count)) for count in counts})
