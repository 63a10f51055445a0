"""Two groups on every dimension: how far they lie apart, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart
from dashboard.charts.forest import READING, Row, forest
from dashboard.wording import enumeration
from quba.wording import inline_label

Item = Mapping[str, Any]
Answer = Mapping[str, Any]


def group_differences(answers: Mapping[str, Answer], dimensions: Mapping[str, Dimension]) -> Chart:
    """A row per dimension, turned so that to the right the second group is better.

    Args:
        answers: of POST /v1/group-comparisons by the marks of the forest plot; `raw` is there, the others where they
            could be made.
        dimensions: by key; what was compared on others is left out.
    """
    items = [item for item in answers["raw"]["items"] if item["dimension"] in dimensions]
    rows = [
        Row(
            dimensions[item["dimension"]].label,
            dimensions[item["dimension"]],
            {kind: _on(answer, item["dimension"]) for kind, answer in answers.items()},
        )
        for item in items
        if item["refusal"] is None
    ]
    # What was not compared has no row, and a row that is missing without a word would look like no difference.
    # Of a dimension beyond the study's that no model here has a value of, nobody expects one.
    expected = [item for item in items if not dimensions[item["dimension"]].further or item["n_a"] + item["n_b"]]
    refused = [f"{dimensions[item['dimension']].label}: {item['refusal']}" for item in expected if item["refusal"]]
    return forest(rows, finding(items, dimensions), "B", " ".join([READING, *refused]))


def _on(answer: Answer, dimension: str) -> Item:
    found: Item = next(item for item in answer["items"] if item["dimension"] == dimension)
    return found


def finding(items: Sequence[Item], dimensions: Mapping[str, Dimension]) -> str:
    """On what B is better and on what worse, where it is significant."""
    parts = []
    for better, word in (("b", "better"), ("a", "worse")):
        names = [inline_label(dimensions[item["dimension"]].label) for item in items if item["better"] == better]
        if names:
            parts.append(f"{word} on {enumeration(names)}")
    if not parts:
        return "No difference between the groups is significant."
    return f"B is {'; '.join(parts)}."
