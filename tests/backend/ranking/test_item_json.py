"""The text of items against a JSON library that reads it."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.ranking.item_json import ItemText

NAMES = st.text(max_size=12) | st.sampled_from(["100 %", "%b", 'a "quote"', "line\nbreak", "\\", "{}", "é"])
NUMBERS = st.floats(allow_nan=True, allow_infinity=False)


def read(pieces: list[bytes]) -> list[dict[str, object]]:
    items: list[dict[str, object]] = json.loads(b"".join(pieces))
    return items


@given(st.lists(st.tuples(NAMES, st.integers(0, 3), NUMBERS, NUMBERS), min_size=1, max_size=6), st.data())
def test_any_name_and_any_number_comes_back_as_it_was(
    models: list[tuple[str, int, float, float]], data: st.DataObject
) -> None:
    text = ItemText(len(models), lambda row: {"name": models[row][0]}, lambda row: {"scores": {"a": models[row][2]}})
    rows = np.array(data.draw(st.permutations(range(len(models)))))
    ranks = np.array([min(models[row][1], len(models)) for row in rows])
    numbers = np.array([models[row][2:] for row in rows]).T.copy()
    items = read(text.pieces(rows, (ranks, np.zeros_like(ranks)), ("accuracy",), numbers))
    for row, rank, item in zip(rows, ranks, items, strict=True):
        name, _, score, part = models[row]
        assert list(item) == ["rank", "overall_rank", "name", "score", "contributions", "scores"]
        assert (item["name"], item["rank"], item["overall_rank"]) == (name, int(rank) or None, None)
        assert item["score"] == (None if np.isnan(score) else score)
        assert item["contributions"] == {"accuracy": None if np.isnan(part) else part}


def test_no_models_are_no_items() -> None:
    empty = np.array([], dtype=np.int64)
    text = ItemText(1, lambda _: {"name": "a"}, lambda _: {"b": 1})
    assert text.pieces(empty, (empty, empty), (), np.empty((1, 0))) == [b"[]"]


def test_where_nothing_contributes_an_item_has_its_score_alone() -> None:
    rows = np.array([1, 0])
    text = ItemText(2, lambda row: {"name": str(row)}, lambda _: {"b": 1})
    assert read(text.pieces(rows, (rows, rows), (), np.array([[0.5, np.nan]]))) == [
        {"rank": 1, "overall_rank": 1, "name": "1", "score": 0.5, "contributions": {}, "b": 1},
        {"rank": None, "overall_rank": None, "name": "0", "score": None, "contributions": {}, "b": 1},
    ]


def test_an_item_is_made_when_it_is_asked_for_and_once() -> None:
    made: list[int] = []

    def identity_of(row: int) -> dict[str, object]:
        made.append(row)
        return {"name": str(row)}

    text = ItemText(1000, identity_of, lambda row: {"scores": row})
    for wanted in ([7, 3], [3], [3, 7]):
        rows = np.array(wanted)
        items = read(text.pieces(rows, (rows, rows), ("accuracy",), np.zeros((2, len(rows)))))
        assert [item["name"] for item in items] == [str(row) for row in wanted]
    assert made == [7, 3]
