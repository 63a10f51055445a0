"""Models side by side: a table with the best of each row marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue, Dimension
from dashboard.charts.chart import plain
from dashboard.charts.palette import tint
from dashboard.components import doubt
from dashboard.state import Tab
from dashboard.view_state import ONLY_DIFFERENCES
from dashboard.wording import field_label, plain_text, value_label
from quba.vocabulary import COST_FIELDS

KEY = "compare.only_differences"
IDENTITY = ("architecture", "training", "recipe", "head", "pretraining_data", "backbone", "licence", "commercial_use")
BEST = f"font-weight: 700; background-color: {tint(0.5)}"


def show(comparison: Mapping[str, Any], catalogue: Catalogue) -> None:
    """Draw the table, all rows or only those in which the models differ."""
    marked = state.bind(KEY, state.current()["only"] == ONLY_DIFFERENCES, _choose)
    only = st.toggle("Show differences only", marked, key=KEY)
    items = comparison["items"]
    best = {entry["key"]: entry["best"] for entry in comparison["dimensions"]}
    rows, marks = _rows(items, best, catalogue, dimensions_on_show(comparison, catalogue))
    if only:
        kept = [len(set(row[1:])) > 1 for row in rows]
        rows = [row for row, keep in zip(rows, kept, strict=True) if keep]
        marks = [mark for mark, keep in zip(marks, kept, strict=True) if keep]
    if not rows:
        st.markdown("These models do not differ in anything listed here.")
        return
    names = unique_names(items)
    table = pd.DataFrame(rows, columns=["Property", *names])
    styles = pd.DataFrame([["", *(BEST if mark else "" for mark in row)] for row in marks], columns=table.columns)
    for name, item in zip(names, items, strict=True):
        empty = {catalogue.dimensions[key].label for key, flags in item["flagged"].items() if doubt.says_nothing(flags)}
        # A label without its arrow and the space before that.
        styles.loc[[str(row[0])[:-2] in empty for row in rows], name] = doubt.GREY
    st.table(
        table.style.apply(lambda _: styles, axis=None), hide_index=True, border="horizontal", alt="Models side by side"
    )
    st.caption(
        "↑ higher is better, ↓ lower is better. Bold on blue: the best of the row. "
        "† carries a quality flag, see the model's page."
    )
    if told := doubt.reason(items, catalogue):
        st.caption(told)


def dimensions_on_show(comparison: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Dimension]:
    """The dimensions that table and charts have rows of."""
    scores = [score for item in comparison["items"] for score in item["scores"].items()]
    return catalogue.rows_on_show({key for key, value in scores if value is not None}, comparison["weights"])


def _choose(tab: Tab, on: bool) -> None:
    tab.change({"only": ONLY_DIFFERENCES if on else ""})


def unique_names(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """The models' names as column heads."""
    return [plain_text(str(item["name"])) for item in items]


def _rows(
    items: Sequence[Mapping[str, Any]],
    best: Mapping[str, Sequence[str]],
    catalogue: Catalogue,
    dimensions: Mapping[str, Dimension],
) -> tuple[list[list[str]], list[list[bool]]]:
    """The texts of each row, and which of its cells are the best of the row."""
    ranks = [item["overall_rank"] for item in items]
    first = min((rank for rank in ranks if rank), default=None)
    rows = [["Rank among all", *(str(rank) if rank else "–" for rank in ranks)]]
    marks = [[rank is not None and rank == first for rank in ranks]]
    filtered = [item["rank"] for item in items]
    if filtered != ranks:
        best_of = min((rank for rank in filtered if rank), default=None)
        rows.append(["Rank among the filtered", *(str(rank) if rank else "–" for rank in filtered)])
        marks.append([rank is not None and rank == best_of for rank in filtered])
    rows.append(["QUBA score", *("–" if item["score"] is None else plain(item["score"], 4) for item in items)])
    # The best rank has the best score.
    marks.append(marks[0])
    for key, dimension in dimensions.items():
        arrow = "↑" if dimension.higher_is_better else "↓"
        rows.append([f"{dimension.label} {arrow}", *(_value(item, key, dimension.decimals) for item in items)])
        # Where all share the best value, none stands out.
        marks.append([item["model_id"] in best.get(key, ()) and len(items) > len(best[key]) for item in items])
    for key in (key for key in COST_FIELDS if key not in dimensions):
        fact = catalogue.axis(key)
        counts = ("–" if item[key] is None else plain(item[key], fact.decimals) for item in items)
        rows.append([f"{fact.label} ({fact.unit})", *counts])
        marks.append([False] * len(items))
    for name in IDENTITY:
        labels = (plain_text(value_label(item[name])) if item[name] else "–" for item in items)
        rows.append([field_label(name), *labels])
        marks.append([False] * len(items))
    return rows, marks


def _value(item: Mapping[str, Any], key: str, decimals: int) -> str:
    value = item["scores"].get(key)
    if value is None:
        return "–"
    return plain(value, decimals) + (" †" if item["flagged"].get(key) else "")
