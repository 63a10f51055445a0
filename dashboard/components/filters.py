"""Which models are listed: search, kinds with counts, size and limits on any value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.view_state import CHOICE_FIELDS, SCORE
from dashboard.wording import field_label, value_label

PREFIX = "filter."
LIMITED = "filter.limited"
ALWAYS_SHOWN = ("architecture", "training", "pretraining_data", "recipe", "head")
SIZE = "parameters_millions"


def show(catalogue: Catalogue, facets: dict[str, Any]) -> None:
    """Draw the filters; each choice shows how many models it would leave."""
    _search()
    for name in ALWAYS_SHOWN:
        _choices(name, catalogue, facets)
    _range(SIZE, "Parameters (millions)", facets)
    show_more(catalogue, facets, ALWAYS_SHOWN)


def show_more(catalogue: Catalogue, facets: dict[str, Any], elsewhere: Sequence[str]) -> None:
    """Draw the filters that are needed less often; `elsewhere` are fields that have their place already."""
    with st.expander("More filters", key="filters.more", on_change="rerun") as more:
        if not more.open:
            return
        for name in CHOICE_FIELDS:
            if name not in elsewhere:
                _choices(name, catalogue, facets)
        _limits(catalogue, facets)


def _search() -> None:
    key = f"{PREFIX}q"
    words = state.bind(key, state.current()["q"], lambda tab, words: tab.change({"q": words.strip()}))
    st.text_input(
        "Search",
        words,
        key=key,
        type="search",
        placeholder="Name, paper or weights",
        max_chars=200,
    )


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
        format_func=lambda value: f"{_choice_label(name, value, catalogue)} {counts.get(value, 0)}",
        selection_mode="multi",
        default=marked,
        key=key,
    )


def _choice_label(name: str, value: str, catalogue: Catalogue) -> str:
    if name == "flag" and value in catalogue.flags:
        return catalogue.flags[value].label
    return value_label(value)


def _range(key: str, label: str, facets: dict[str, Any]) -> None:
    found = facets["ranges"].get(key, {})
    with st.container(key=f"range.{key}", gap="xxsmall"):
        st.markdown(f":small[{label}]")
        low, high = st.columns(2)
        with low:
            _limit(f"{key}.gte", f"{label} from", "from", found.get("low"))
        with high:
            _limit(f"{key}.lte", f"{label} to", "to", found.get("high"))


def _limit(name: str, label: str, word: str, extreme: float | None) -> None:
    key = f"{PREFIX}{name}"
    state.bind_emptiable(key, state.current()[name], lambda tab, value: tab.change({name: value}))
    st.number_input(
        label,
        value=None,
        key=key,
        format="%g",
        placeholder=word if extreme is None else f"{word} {extreme:.4g}",
        label_visibility="collapsed",
    )


def _limits(catalogue: Catalogue, facets: dict[str, Any]) -> None:
    """Limits on any further value: the reader first says on which, so that many empty pairs do not fill the screen."""
    keys = [key for key in (SCORE, *catalogue.dimensions) if key != SIZE]
    active = [key for key in keys if any(name.startswith(f"{key}.") for name in state.current().filters)]
    named = list(dict.fromkeys([*st.session_state.get(LIMITED, ()), *active]))
    marked = state.bind(LIMITED, named, lambda tab, left: tab.change(_bounds(set(named) - set(left))))
    limited = st.multiselect(
        "Limit a value", keys, marked, format_func=lambda key: catalogue.axis(key).label, key=LIMITED
    )
    for key in limited:
        _range(key, catalogue.axis(key).label, facets)


def _bounds(keys: Iterable[str]) -> dict[str, None]:
    return {f"{key}.{bound}": None for key in keys for bound in ("gte", "lte")}
