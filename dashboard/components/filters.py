"""The filters that are needed less often than those on the panel: further kinds with counts, limits on any value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.view_state import CHOICE_FIELDS, SCORE
from dashboard.wording import field_label, value_label
from quba.vocabulary import FACTS

PREFIX = "filter."
LIMITED = "filter.limited"
# The board draws these itself.
ON_THE_PANEL = ("architecture", "training", "pretraining_data", "recipe")
SIZE = "parameters_millions"


def show(catalogue: Catalogue, facets: dict[str, Any]) -> None:
    """Draw them, folded; each choice shows how many models it would leave."""
    with st.expander("More filters", key="filters.more", on_change="rerun") as more:
        # Each run of the page would else draw dozens of fields that nobody sees.
        if not more.open:
            return
        for name in CHOICE_FIELDS:
            if name not in ON_THE_PANEL:
                _choices(name, catalogue, facets)
        _limits(catalogue, facets)


def _choices(name: str, catalogue: Catalogue, facets: dict[str, Any]) -> None:
    counts = {entry["value"]: entry["count"] for entry in facets["facets"].get(name, [])}
    options = list(catalogue.vocabulary.choices.get(name, counts))
    if not options:
        return
    key = f"{PREFIX}{name}"
    chosen = [value for value in state.current()[name] if value in options]
    marked = state.bind(key, chosen, lambda tab, values: tab.change({name: tuple(values)}))
    st.pills(
        field_label(name),
        options,
        format_func=lambda value: f"{_choice_label(name, value, catalogue)} {counts.get(value, 0):,}",
        selection_mode="multi",
        default=marked,
        key=key,
    )


def _choice_label(name: str, value: str, catalogue: Catalogue) -> str:
    if name == "flag" and value in catalogue.flags:
        return catalogue.flags[value].label
    return value_label(value)


def show_range(key: str, label: str, facets: dict[str, Any], place: str = PREFIX) -> None:
    """Two fields, from and to; `place` tells those of one quantity in two places of the page apart."""
    found = facets["ranges"].get(key, {})
    with st.container(key=f"{place}range.{key}", gap="xxsmall"):
        st.markdown(f":small[{label}]")
        low, high = st.columns(2)
        with low:
            _limit(f"{key}.gte", f"{label} from", place, f"from {_extreme(found, 'low')}".strip())
        with high:
            _limit(f"{key}.lte", f"{label} to", place, f"to {_extreme(found, 'high')}".strip())


def _extreme(found: dict[str, Any], end: str) -> str:
    return "" if found.get(end) is None else f"{found[end]:.4g}"


def _limit(name: str, label: str, place: str, placeholder: str) -> None:
    key = f"{place}{name}"
    state.bind_emptiable(key, state.current()[name], lambda tab, value: tab.change({name: value}))
    st.number_input(
        label,
        value=None,
        key=key,
        format="%g",
        placeholder=placeholder,
        label_visibility="collapsed",
    )


def _limits(catalogue: Catalogue, facets: dict[str, Any]) -> None:
    """Limits on any further value: the reader first says on which, so that many empty pairs do not fill the screen."""
    keys = [key for key in (SCORE, *catalogue.dimensions, *FACTS) if key != SIZE]
    active = [key for key in keys if any(name.startswith(f"{key}.") for name in state.current().filters)]
    # What the reader has named stays while it has no limit yet; what the address limits is named by it.
    named = list(dict.fromkeys([*st.session_state.get(LIMITED, ()), *active]))
    marked = state.bind(LIMITED, named, lambda tab, left: tab.change(_bounds(set(named) - set(left))))
    limited = st.multiselect(
        "Limit a value", keys, marked, format_func=lambda key: catalogue.axis(key).label, key=LIMITED
    )
    for key in limited:
        show_range(key, catalogue.axis(key).label, facets)


def _bounds(keys: Iterable[str]) -> dict[str, None]:
    return {f"{key}.{bound}": None for key in keys for bound in ("gte", "lte")}
