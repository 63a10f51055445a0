"""Models side by side."""

from dashboard.catalogue import Catalogue
from dashboard.components.comparison import _rows
from wellbehaved import Client


def test_the_best_of_each_row_is_marked(api: Client, catalogue: Catalogue) -> None:
    answer = api.comparisons.models(["hiera-b-plus", "resnet50"])
    best = {entry["key"]: entry["best"] for entry in answer["dimensions"]}
    rows, marks = _rows(answer["items"], best, catalogue.dimensions)
    told = {row[0]: (row[1:], mark) for row, mark in zip(rows, marks, strict=True)}
    assert told["Parameters ↓"] == (["69.9", "25.6"], [False, True])
    assert told["Class balance ↑"][0][0] == "0.9290 †"
    assert told["Rank among all"] == (["2", "214"], [True, False])
    assert told["Recipe"] == (["–", "–"], [False, False])
    assert told["Multiply-accumulates (billions per image)"] == (["–", "4.09"], [False, False])
    assert told["Licence of the weights"][0] == ["cc-by-nc-4.0", "bsd-3-clause"]
    assert told["Commercial use"][0] == ["Not allowed", "Allowed"]


def test_equal_values_mark_nobody(api: Client, catalogue: Catalogue) -> None:
    answer = api.comparisons.models(["hiera-b-plus", "resnet50"])
    best = {key: ["hiera-b-plus", "resnet50"] for key in catalogue.dimensions}
    _, marks = _rows(answer["items"], best, catalogue.dimensions)
    assert not any(any(mark) for mark in marks[2:])
