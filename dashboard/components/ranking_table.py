"""The ranking: one row per model with its score taken apart, its values in colour and its flags; a row can be picked.

Streamlit's own table cannot keep rank, name and score in sight on a phone, draw a stack of contributions in a cell,
say which column was sorted, or be sorted from the keyboard; so this one is drawn as plain HTML by a small script.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue, Dimension
from dashboard.charts.chart import plain
from dashboard.charts.palette import dimension_colours
from dashboard.wording import MISSING_LABELS, badge_label
from quba.wording import signed_text
from wellbehaved import Ranking
from wellbehaved.standing_text import standing_text

KEY = "ranking_table"
PAGE_KEY = "ranking_page"
SEEN = "ranking_table.selected"
ROWS = 25
BREATHS, BREATH_SECONDS = 6, 0.02
BADGE_FIELDS = ("architecture", "training", "pretraining_data", "recipe", "head")

_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
_TABLE = "<table><caption></caption><thead></thead><tbody></tbody></table>"
_FRAME = f'<div class="frame" role="region" tabindex="0">{_TABLE}</div>'
_draw = st.components.v2.component("wellbehaved_ranking_table", html=_FRAME, css=_STYLE, js=_SCRIPT)

Cell = dict[str, Any]
Row = dict[Any, Any]


def show(ranking: Ranking, catalogue: Catalogue) -> None:
    """Draw one page of the ranking, and the pages' numbers when there is more than one."""
    view = state.current()
    pages = max(1, -(-len(ranking.frame) // ROWS))
    page = min(_page_in_sight(ranking.frame, view["page"], view["select"]), pages)
    if page != view["page"]:
        state.replace(view.with_values({"page": page}))
    start = (page - 1) * ROWS
    _draw(
        key=KEY,
        data=table_data(ranking, catalogue, view["select"], view["sort"], start),
        on_sort_change=_sort,
        on_select_change=_select,
    )
    if pages > 1:
        number = state.bind(PAGE_KEY, page, lambda tab, number: tab.change({"page": number}))
        st.pagination(pages, default=number, key=PAGE_KEY)
    _let_it_be_drawn()


def _let_it_be_drawn() -> None:
    """Hold back what follows: the browser has one thread, and more to draw would keep the table from the screen."""
    for _ in range(BREATHS):
        time.sleep(BREATH_SECONDS)
        state.tab()  # here Streamlit ends the run of a reader who has moved on, who need not wait for the rest


def _page_in_sight(frame: pd.DataFrame, page: int, selected: str) -> int:
    """The page to show: a model that has just been selected elsewhere turns the table to its own page."""
    if selected == st.session_state.get(SEEN, ""):
        return page
    st.session_state[SEEN] = selected
    rows = (frame["model_id"] == selected).to_numpy().nonzero()[0]
    return int(rows[0]) // ROWS + 1 if rows.size else page


def _sort() -> None:
    if key := st.session_state[KEY].sort:
        state.change({"sort": key})


def _select() -> None:
    if choice := st.session_state[KEY].select:
        state.change({"select": choice["model"]})


def table_data(ranking: Ranking, catalogue: Catalogue, selected: str, sort: str, start: int) -> dict[str, Any]:
    """What the script draws: the columns, and the rows of one page with every text and colour settled."""
    rows: list[Row] = [dict(row) for row in ranking.frame.iloc[start : start + ROWS].to_dict("records")]
    keys = [key for key in catalogue.dimensions if ranking.weights.get(key)]
    low, high = _extent(rows, keys)
    return {
        "label": f"Models {start + 1} to {start + len(rows)} of {len(ranking.frame)} in the ranking",
        "columns": _columns(catalogue),
        "rows": [_row(row, catalogue, keys, (low, high), selected) for row in rows],
        "selected": selected,
        "sort": sort,
        "start": start,
    }


def _columns(catalogue: Catalogue) -> list[Cell]:
    fixed = [
        ("rank", "Rank", "", "Rank among the models that match the filters"),
        ("name", "Model", "name", "Name and kind; click a row to select it"),
        ("score", "Score", "-score", "QUBA score: weighted mean of the standardised values"),
        ("stack", "Contributions", "", "What each dimension adds (right of the line) or takes away (left)"),
        ("change", "Change", "", "Ranks gained or lost against the default weights"),
        ("overall", "Overall", "", "Rank among all models, whatever the filters"),
    ]
    columns = [{"kind": kind, "label": label, "sort": sort, "title": title} for kind, label, sort, title in fixed]
    for key, dimension in catalogue.dimensions.items():
        sort = f"-{key}" if dimension.higher_is_better else key
        title = f"{dimension.label} ({dimension.unit}, {dimension.direction}). {dimension.description}"
        columns.append({"kind": "value", "label": dimension.short_label, "sort": sort, "title": title})
    return columns


def _row(
    row: Mapping[str, Any], catalogue: Catalogue, keys: list[str], extent: tuple[float, float], selected: str
) -> Cell:
    scored = pd.notna(row["score"])
    reasons = "; ".join(
        f"{catalogue.dimensions[entry['dimension']].label}: {MISSING_LABELS.get(entry['reason'], entry['reason'])}"
        for entry in row["missing"]
    )
    return {
        "id": row["model_id"],
        "name": row["name"],
        "selected": row["model_id"] == selected,
        "badges": badges(row),
        "rank": {"text": str(row["rank"]) if scored else "–", "title": ""},
        "score": {"text": plain(row["score"], 4) if scored else "–", "title": "" if scored else f"No score. {reasons}"},
        "stack": _stack(row, catalogue, keys, extent),
        "change": _change(row),
        "overall": {"text": str(row["overall_rank"]) if scored else "–"},
        "values": [_value(row, dimension, catalogue) for dimension in catalogue.dimensions.values()],
        "flags": [_flag(key, catalogue, row["flagged"]) for key in row["flags"]],
    }


def badges(row: Mapping[Any, Any]) -> list[str]:
    """What kind of model it is, in a few words; what is absent is left out."""
    return [badge_label(row[name]) for name in BADGE_FIELDS if isinstance(row[name], str)]


def _flag(key: str, catalogue: Catalogue, flagged: Mapping[str, list[str]]) -> Cell:
    """A doubt in a few words, and what it means for which values of the model."""
    touched = [dimension.label for dimension in catalogue.dimensions.values() if key in flagged.get(dimension.key, ())]
    return {"text": _doubt(key, catalogue), "touches": ", ".join(touched), "title": _meaning(key, catalogue)}


def _doubt(key: str, catalogue: Catalogue) -> str:
    return catalogue.flags[key].label if key in catalogue.flags else key


def _meaning(key: str, catalogue: Catalogue) -> str:
    return catalogue.flags[key].meaning if key in catalogue.flags else ""


def _change(row: Mapping[str, Any]) -> Cell:
    if pd.isna(row["default_rank"]) or pd.isna(row["overall_rank"]):
        return {"text": "–", "tone": "quiet"}
    gained = int(row["default_rank"] - row["overall_rank"])
    if gained == 0:
        return {"text": "0", "tone": "quiet", "title": "Same rank as under the default weights"}
    title = f"Rank {row['default_rank']} under the default weights, {row['overall_rank']} now"
    return {
        "text": f"{'▲' if gained > 0 else '▼'} {abs(gained)}",
        "tone": "up" if gained > 0 else "down",
        "title": title,
    }


def _value(row: Mapping[str, Any], dimension: Dimension, catalogue: Catalogue) -> Cell:
    value = row[dimension.key]
    if pd.isna(value):
        reason = next((entry["reason"] for entry in row["missing"] if entry["dimension"] == dimension.key), "")
        return {"text": "–", "title": f"{dimension.label}: {MISSING_LABELS.get(reason, reason or 'no value')}"}
    text = plain(value, dimension.decimals)
    if doubts := row["flagged"].get(dimension.key):
        return {"text": text, "doubt": True, "title": "; ".join(_doubt(key, catalogue) for key in doubts)}
    compared = standing_text(row["standings"][dimension.key]) or "no other model has a value"
    title = f"{dimension.label}: {compared}"
    return {"text": text, "shade": shade(row[f"percentile.{dimension.key}"]), "title": title}


def shade(percentile: float) -> str:
    """Background of a value: blue above the middle, orange below, clear in between; text stays readable on both."""
    strength = abs(percentile - 0.5) * 2
    colour = "0,114,178" if percentile >= 0.5 else "230,140,0"
    return f"rgba({colour},{0.42 * strength**1.3:.3f})"


def _extent(rows: list[Row], keys: list[str]) -> tuple[float, float]:
    """The lowest and highest end of the page's stacks, zero included."""
    parts = [[row[f"contribution.{key}"] for key in keys if pd.notna(row[f"contribution.{key}"])] for row in rows]
    low = min((sum(value for value in stack if value < 0) for stack in parts), default=0.0)
    high = max((sum(value for value in stack if value > 0) for stack in parts), default=0.0)
    return min(low, 0.0), max(high, 1e-9)


def _stack(row: Mapping[str, Any], catalogue: Catalogue, keys: list[str], extent: tuple[float, float]) -> Cell:
    """Segments to both sides of zero, as percentages of the cell's width."""
    low, high = extent
    scale = 100 / (high - low)
    parts, up, down = [], 0.0, 0.0
    colours = dimension_colours(catalogue.dimensions)
    known = [(key, row[f"contribution.{key}"]) for key in keys if pd.notna(row[f"contribution.{key}"])]
    for key, value in known:
        left = up if value >= 0 else down + value
        width = round(abs(value) * scale, 2)
        parts.append({"left": round((left - low) * scale, 2), "width": width, "colour": colours[key]})
        if value >= 0:
            up += value
        else:
            down += value
    text = ", ".join(f"{catalogue.dimensions[key].label} {signed_text(value)}" for key, value in known)
    return {"zero": round(-low * scale, 2), "parts": parts, "text": text or "No score"}
