"""The ranking as plain HTML, for a browser in which the live board cannot run; the stylesheet hides it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue, Dimension
from dashboard.charts.chart import plain
from dashboard.components.badges import badges
from dashboard.listing import PAGE_ROWS
from dashboard.wording import MISSING_LABELS
from wellbehaved import Ranking


def show(ranking: Ranking, catalogue: Catalogue) -> None:
    """Draw the rows of the view's page."""
    start = (min(state.current()["page"], max(1, -(-ranking.total // PAGE_ROWS))) - 1) * PAGE_ROWS
    with st.container(key="plain_table"):
        st.html(html(ranking, catalogue, start))


def html(ranking: Ranking, catalogue: Catalogue, start: int) -> str:
    """The table; the names of models come from files, so that every text is escaped."""
    rows = ranking.frame.iloc[start : start + PAGE_ROWS]
    caption = f"Models {start + 1:,} to {start + len(rows):,} of {ranking.total:,}"
    dimensions = catalogue.on_show(ranking.weights)
    heads = ["Rank", "Model", "Score", *(each.axis_title for each in dimensions.values())]
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(_row(dict(row), dimensions) for row in rows.to_dict("records"))
    table = f"<table><caption>{caption}. Download has all of them.</caption>"
    table += f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div role="region" aria-label="Ranking" tabindex="0">{table}</div>'


def _row(row: dict[Any, Any], dimensions: Mapping[str, Dimension]) -> str:
    scored = pd.notna(row["score"])
    reasons = {entry["dimension"]: MISSING_LABELS.get(entry["reason"], entry["reason"]) for entry in row["missing"]}
    cells = [str(row["rank"]) if scored else "–"]
    values = [plain(row["score"], 4) if scored else "–"]
    for key, dimension in dimensions.items():
        value = plain(row[key], dimension.decimals) if pd.notna(row[key]) else f"– ({reasons.get(key, 'no value')})"
        values.append(f"{value} ⚑" if row["flagged"].get(key) else value)
    kinds = escape(" · ".join(badges(row)))
    name = f'<th scope="row">{escape(row["name"])}<br><small>{kinds}</small></th>'
    return f"<tr><td>{cells[0]}</td>{name}{''.join(f'<td>{escape(value)}</td>' for value in values)}</tr>"
