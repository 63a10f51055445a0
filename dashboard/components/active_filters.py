"""The filters in force, each with a way out; and what to do when they leave nothing."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue, client, view_settings
from dashboard.view_state import ViewState
from dashboard.wording import field_label, model_count, value_label


def show(catalogue: Catalogue) -> None:
    """One small button per filter removes it."""
    view = state.current()
    if not view.filters:
        return
    with st.container(horizontal=True, key="active_filters"):
        for name, value in view.filters.items():
            _remove_button(name, describe(name, value, catalogue))
        if len(view.filters) > 1:
            st.button("Clear all", type="tertiary", on_click=_clear)


def _remove_button(name: str, label: str) -> None:
    st.button(label, icon=":material/close:", key=f"remove.{name}", on_click=_remove, args=(name,))


def _remove(name: str) -> None:
    state.change({name: None})


def _clear() -> None:
    # Else a filter that was set just before would outlive it.
    state.follow_widgets()
    state.change(dict.fromkeys(state.current().filters))


def describe(name: str, value: Any, catalogue: Catalogue) -> str:  # noqa: ANN401 - each filter has its own type
    """A filter in words."""
    if name == "q":
        return f"Search “{value}”"
    key, _, bound = name.rpartition(".")
    if bound in ("gte", "lte"):
        return f"{catalogue.axis(key).label} {'at least' if bound == 'gte' else 'at most'} {value:g}"
    words = (catalogue.flags[word].label if word in catalogue.flags else value_label(word) for word in value)
    return f"{field_label(name)}: {', '.join(words)}"


def show_empty(catalogue: Catalogue) -> None:
    """Nothing matches: name the filters whose removal brings models back, most first."""
    view = state.current()
    st.markdown("# No model matches these filters.")
    gains = sorted(((_without(view, name), name) for name in view.filters), reverse=True)
    helpful = [(count, name) for count, name in gains if count]
    if helpful:
        st.markdown("Remove **one** filter to see models again:")
        with st.container(key="relax"):
            for count, name in helpful:
                label = describe(name, view.filters[name], catalogue)
                st.button(
                    f"{label} → {model_count(count)}",
                    icon=":material/close:",
                    key=f"relax.{name}",
                    on_click=_remove,
                    args=(name,),
                )
    else:
        st.markdown("Removing one filter is not enough.")
    st.button("Clear all filters", type="primary", on_click=_clear)


def _without(view: ViewState, name: str) -> int:
    settings = view_settings(view.without_filters(name))
    # The total is all that is wanted; no list can be empty.
    return client().rankings.get(limit=1, **settings).total
