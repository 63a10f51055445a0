"""A slider for each dimension under its theme: what counts, and how much."""

from __future__ import annotations

import math
from itertools import groupby

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue, Dimension
from dashboard.components import break_points, presets
from dashboard.state import Tab
from dashboard.view_state import HIGHEST_ON_SLIDER
from dashboard.wording import THEME_LABELS
from wellbehaved.percent_text import percent

PREFIX = "weight."
LOCKS = "locked_weights"
STEP = 0.05


def show(catalogue: Catalogue, data_version: str = "") -> None:
    """Draw the sliders, their reset and their locks."""
    view = state.current()
    weights, shares = view.weights, view.shares
    # A link may carry a weight beyond the scale; the scale then grows rather than cut the weight down.
    highest = max(HIGHEST_ON_SLIDER, float(math.ceil(max(weights.values()))))
    _actions(catalogue)
    for theme, members in groupby(catalogue.dimensions.values(), key=lambda dimension: dimension.theme):
        group = list(members)
        if len(group) == 1:  # headed by its slider's own label
            _slider(group[0], weights, shares, highest, data_version)
            continue
        with st.container(key=f"theme.{theme}"):
            together = sum(shares[dimension.key] for dimension in group)
            st.markdown(f":small[**{THEME_LABELS.get(theme, theme)} · {percent(together)}**]")
            for dimension in group:
                _slider(dimension, weights, shares, highest, data_version)


def _slider(
    dimension: Dimension, weights: dict[str, float], shares: dict[str, float], highest: float, data_version: str
) -> None:
    key = f"{PREFIX}{dimension.key}"
    weight = state.bind(key, weights[dimension.key], lambda tab, value: tab.change({f"w.{dimension.key}": value}))
    lock = " · locked" if dimension.key in state.current()["lock"] else ""
    # Plain text: the label is also the slider's name for screen readers, which would read markup aloud.
    st.slider(
        f"{dimension.label} · {percent(shares[dimension.key])} · {dimension.direction}{lock}",
        min_value=0.0,
        max_value=highest,
        value=weight,
        step=STEP,
        format="%.2f",
        key=key,
        help=f"{dimension.description}\n\nUnit: {dimension.unit}. {dimension.source}",
    )
    if data_version:
        break_points.show(dimension.key, data_version)


def _actions(catalogue: Catalogue) -> None:
    with st.container(horizontal=True):
        st.button("Reset weights", on_click=_reset, help="Return to the weights of the preset; locked weights stay.")
        locked = state.current()["lock"]
        count = len(locked)
        with st.popover(
            f"Lock ({count})" if count else "Lock", help="Keep weights when a preset or a reset is applied."
        ):
            marked = state.bind(LOCKS, [key for key in catalogue.dimensions if key in locked], _lock)
            st.pills(
                "A locked weight stays when a preset or a reset is applied.",
                list(catalogue.dimensions),
                format_func=lambda key: catalogue.dimensions[key].label,
                selection_mode="multi",
                default=marked,
                key=LOCKS,
            )


def _reset() -> None:
    presets.apply(state.tab())


def _lock(tab: Tab, keys: list[str]) -> None:
    tab.change({"lock": tuple(keys)})
