"""Two groups of models: which filters make each, and how they are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.view_state import GROUP_BOUNDS, GROUP_FIELDS, ViewState
from dashboard.wording import field_label, value_label
from quba.vocabulary import ESTIMATORS, PAIRINGS

SIDES = ("a", "b")
ESTIMATOR_LABELS = {"mean_difference": "Difference of the means", "hodges_lehmann": "Hodges-Lehmann (median)"}
PAIRING_LABELS = {"": "Unpaired", "backbone": "Matched by backbone", "lineage": "Matched by pre-trained weights"}
# What a link without groups shows: the study's widest gap.
EXAMPLE = {"b": {"architecture": ["vision-language"]}}
_EXAMPLE_VALUES = {f"{side}.{name}": tuple(values) for side, own in EXAMPLE.items() for name, values in own.items()}


def show(catalogue: Catalogue) -> None:
    """Draw the two groups side by side and the ways of comparing below."""
    for side, column in zip(SIDES, st.columns(2, gap="large"), strict=True):
        with column:
            _side(side, catalogue)
    left, right = st.columns(2, gap="large")
    with left:
        _one_of("paired_by", "Pairs", ("", *PAIRINGS), PAIRING_LABELS)
    with right:
        _one_of("estimator", "Difference", ESTIMATORS, ESTIMATOR_LABELS)


def _side(side: str, catalogue: Catalogue) -> None:
    other = SIDES[1 - SIDES.index(side)].upper()
    st.markdown(f"## Group {side.upper()}")
    # The two columns in turn, three times over: five fields and the size.
    *halves, last = st.columns(2) * 3
    for name, half in zip(GROUP_FIELDS, halves, strict=True):
        with half:
            _choices(side, name, catalogue)
    with last:
        _size(side)
    if not group(state.current(), side) and not (is_example(state.current()) and side in EXAMPLE):
        st.caption(f"No filter: every model that is not in {other}.")


def comparison_request(view: ViewState) -> dict[str, Any]:
    """The question to the interface; where no group is chosen, that of the example."""
    groups = {side: group(view, side) or None for side in SIDES}
    settings = {name: view.values[name] for name in ("benchmark", "protocol", "quality") if name in view.values}
    chosen = groups if any(groups.values()) else EXAMPLE
    return {**chosen, "paired_by": view["paired_by"] or None, "estimator": view["estimator"], **settings}


def is_example(view: ViewState) -> bool:
    """Whether no group was chosen."""
    return not any(group(view, side) for side in SIDES)


def group(view: ViewState, side: str) -> dict[str, Any]:
    """The filters of one group, as JSON has them."""
    found: dict[str, Any] = {name: list(view[f"{side}.{name}"]) for name in GROUP_FIELDS if view[f"{side}.{name}"]}
    bounds = {name: view[f"{side}.{name}"] for name in GROUP_BOUNDS if view[f"{side}.{name}"] is not None}
    return found | bounds


def _choices(side: str, name: str, catalogue: Catalogue) -> None:
    parameter = f"{side}.{name}"
    options = list(catalogue.vocabulary.choices.get(name, ()))
    view = state.current()
    known = EXAMPLE.get(side, {}).get(name, []) if is_example(view) else view[parameter]
    chosen = [value for value in known if value in options]
    marked = state.bind(f"group.{parameter}", chosen, _setter(parameter, tuple))
    st.multiselect(
        field_label(name), options, marked, format_func=value_label, key=f"group.{parameter}", placeholder="Any"
    )


def _size(side: str) -> None:
    with st.container(key=f"range.group.{side}", gap="xxsmall"):
        st.markdown(":small[Parameters (millions)]")
        for name, word, column in zip(GROUP_BOUNDS, ("from", "to"), st.columns(2), strict=True):
            parameter = f"{side}.{name}"
            state.bind_emptiable(f"group.{parameter}", state.current()[parameter], _setter(parameter))
            with column:
                st.number_input(
                    f"Group {side.upper()}: parameters (millions) {word}",
                    value=None,
                    key=f"group.{parameter}",
                    format="%g",
                    placeholder=word,
                    label_visibility="collapsed",
                )


def _setter(parameter: str, read: Callable[[Any], Any] = lambda value: value) -> state.Apply:
    """Changes the parameter; the first change of the example keeps the rest of what the fields show."""

    def apply(tab: state.Tab, value: object) -> None:
        shown = _EXAMPLE_VALUES if tab.view is not None and is_example(tab.view) else {}
        tab.change({**shown, parameter: read(value)})

    return apply


def _one_of(parameter: str, label: str, options: tuple[str, ...], labels: dict[str, str]) -> None:
    marked = state.bind(
        f"group.{parameter}", state.current()[parameter], lambda tab, value: tab.change({parameter: value})
    )
    st.selectbox(label, options, options.index(marked), format_func=labels.__getitem__, key=f"group.{parameter}")
