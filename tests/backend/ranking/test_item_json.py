"""The text of items against a JSON library that reads it."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.ranking.item_json import ItemText

NAMES = st.text(max_size=12) | st.sampled_from(["100 %", "%b", 'a "quote"', "line\nbreak", "\\", "{}", "é"])
NUMBERS = st.floats(allow_nan=True, allow_infinity=False)


@given(st.lists(st.tuples(NAMES, st.integers(0, 3), NUMBERS, NUMBERS), min_size=1, max_size=6), st.data())
def test_any_name_and_any_number_comes_back_as_it_was(
    models: list[tuple[str, int, float, float]], data: st.DataObject
) -> None:
    text = ItemText([{"name": name} for name, *_ in models], [{"scores": {"a": score}} for _, _, score, _ in models])
    rows = np.array(data.draw(st.permutations(range(len(models)))))
    ranks = np.array([min(models[row][1], len(models)) for row in rows])
    numbers = np.array([models[row][2:] for row in rows])
    items = json.loads(text.page(rows, (ranks, np.zeros_like(ranks)), ("accuracy",), numbers))
    for row, rank, item in zip(rows, ranks, items, strict=True):
        name, _, score, part = models[row]
        assert list(item) == ["rank", "overall_rank", "name", "score", "contributions", "scores"]
        assert (item["name"], item["rank"], item["overall_rank"]) == (name, int(rank) or None, None)
        assert item["score"] == (None if np.isnan(score) else score)
        assert item["contributions"] == {"accuracy": None if np.isnan(part) else part}


def test_no_models_are_an_empty_list() -> None:
    empty = np.array([], dtype=np.int64)
    assert ItemText([{"name": "a"}], [{"b": 1}]).page(empty, (empty, empty), (), np.empty((0, 1))) == b"[]"
