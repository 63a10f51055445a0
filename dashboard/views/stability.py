"""How sure the ranking is: under other weights, and within measurement error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard import deferred, state
from dashboard.catalogue import Catalogue
from dashboard.charts.acceptability import acceptability
from dashboard.charts.chances import chances
from dashboard.charts.chart import Chart
from dashboard.charts.rank_intervals import measurement
from dashboard.components import actions, active_filters, among, chart_card, controls, stability, terms
from dashboard.listing import listing, rank_intervals
from dashboard.page import Content, Page
from dashboard.view_state import HIGHEST_ON_SLIDER
from dashboard.wording import plain_text

INTERVALS = "rank-intervals"


def show(content: Content) -> None:
    """Draw the page."""
    version, compares_all = content.ranking.data_version, among.compares_all(state.current())
    if content.ranking.frame.empty and not compares_all:
        controls.show(content.catalogue, content.facets, version)
        active_filters.show_empty(content.catalogue)
        return
    st.markdown("# How sure is this ranking?")
    terms.show(
        "First in N % of nearby weightings", "Weighting", "Break-point", "Rank interval", "Tier", "Measurement error",
        "95 % interval", "QUBA score",
    )  # fmt: skip
    actions.show()
    st.caption(f"Among {among.words(content.ranking, state.current())}.")
    active_filters.show(content.catalogue)
    among.show()
    controls.show(content.catalogue, content.facets, version)
    if not compares_all and content.ranking.frame["score"].isna().all():
        # Once, and not as the finding of each chart.
        st.markdown("## No model here has a score.")
        st.markdown("Each lacks a value that counts, or another model to be compared with: the page Rank says which.")
        return
    stability.show_choices()
    with st.container(key="first_chart"):
        stability.ask(_card(chances, "chart.chances"), content.ranking)
    st.markdown("## At which weight does the leader change?")
    stability.ask(lambda answer, stale: _break_points(answer, content.catalogue, stale=stale), content.ranking)
    stability.ask(_card(acceptability, "chart.acceptability"), content.ranking)
    view = state.current()
    settings = {**source.comparing(view), **listing(view, content.ranking)}
    deferred.show(
        INTERVALS,
        source.question(INTERVALS, settings, version),
        lambda client: rank_intervals(client, settings),
        _card(measurement, "chart.measurement"),
    )


def _card(chart: Callable[[Any], Chart], key: str) -> deferred.Draw:
    def draw(answer: Any, stale: bool) -> None:  # noqa: ANN401 - each chart has its own answer
        if not stale:
            chart_card.show(chart(answer), key)
            return
        # One run draws the stale chart and then the new one; each needs a key of its own.
        st.caption("Previous weights, updating…")
        with st.container(key=f"stale.{key}"):
            chart_card.show(chart(answer), f"{key}.stale")

    return draw


def _break_points(answer: Mapping[str, Any], catalogue: Catalogue, *, stale: bool) -> None:
    with st.container(key="stale.break_points") if stale else nullcontext():
        st.table(
            break_points(answer, catalogue),
            hide_index=True,
            border="horizontal",
            alt="The weights at which the leader changes",
        )
    st.caption(
        "One weight moves, the others stay. The weights are exact, not read off a grid; sliders end at "
        f"{HIGHEST_ON_SLIDER:g}."
    )


def break_points(answer: Mapping[str, Any], catalogue: Catalogue) -> pd.DataFrame:
    """Per dimension: over which stretch of its weight the leader stays, and who leads below and above."""
    rows = []
    for key, dimension in catalogue.dimensions.items():
        found = stability.reign(answer, key)
        if found is None:
            continue
        reigns = answer["break_points"][key]
        place = reigns.index(found)
        below = plain_text(reigns[place - 1]["leader_name"]) if place else "–"
        above = plain_text(reigns[place + 1]["leader_name"]) if place + 1 < len(reigns) else "–"
        rows.append(
            {
                "Dimension": dimension.label,
                "Leader stays": stability.range_words(found["from_weight"], found["to_weight"]),
                "Leader below": below,
                "Leader above": above,
            }
        )
    return pd.DataFrame(rows, columns=["Dimension", "Leader stays", "Leader below", "Leader above"])


PAGE = Page(title="Stability", url_path="stability", position=4, show=show, starts_with_chart=True)
