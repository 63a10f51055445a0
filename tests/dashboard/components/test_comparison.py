"""Models side by side."""

from dashboard.catalogue import Catalogue
from dashboard.components.comparison import _rows, dimensions_on_show
from wellbehaved import Client


def test_the_best_of_each_row_is_marked(api: Client, catalogue: Catalogue) -> None:
    answer = api.comparisons.models(["hiera-b-plus", "resnet50"])
    best = {entry["key"]: entry["best"] for entry in answer["dimensions"]}
    rows, marks = _rows(answer["items"], best, catalogue, dimensions_on_show(answer, catalogue))
    told = {row[0]: (row[1:], mark) for row, mark in zip(rows, marks, strict=True)}
    assert told["Parameters ↓"] == (["69.9", "25.6"], [False, True])
    assert told["Class balance ↑"][0][0] == "0.9290 †"
    assert told["Rank among all"] == (["2", "214"], [True, False])
    assert told["Recipe"] == (["–", "–"], [False, False])
    assert told["Multiply-accumulates (billions per image)"] == (["–", "4.09"], [False, False])
    assert told["Licence of the weights"][0] == ["cc-by-nc-4.0", "bsd-3-clause"]
    assert told["Commercial use"][0] == ["Not allowed", "Allowed"]


def test_a_fact_that_weighs_is_a_dimension_of_the_table_and_stands_in_it_once(
    api: Client, catalogue: Catalogue
) -> None:
    answer = api.comparisons.models(["alexnet", "resnet50"], weights={"macs_billions": 1})
    best = {entry["key"]: entry["best"] for entry in answer["dimensions"]}
    rows, marks = _rows(answer["items"], best, catalogue, dimensions_on_show(answer, catalogue))
    told = [(row[0], row[1:], mark) for row, mark in zip(rows, marks, strict=True) if "Multiply" in row[0]]
    assert told == [("Multiply-accumulates ↓", ["0.71", "4.09"], [True, False])]


def test_equal_values_mark_nobody(api: Client, catalogue: Catalogue) -> None:
    answer = api.comparisons.models(["hiera-b-plus", "resnet50"])
    best = {key: ["hiera-b-plus", "resnet50"] for key in catalogue.dimensions}
    _, marks = _rows(answer["items"], best, catalogue, dimensions_on_show(answer, catalogue))
    assert not any(any(mark) for mark in marks[2:])
