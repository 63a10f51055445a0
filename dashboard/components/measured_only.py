"""A model without a score, for a value is missing: which ones, and weights under which it has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.wording import MISSING_LABELS, enumeration

KEY = "measured_only"
_SCREENED = "screened"  # a reason why a value is missing, beside the quality of that name

Row = Mapping[Any, Any]


def show(row: Row, catalogue: Catalogue, *, subject: str = "It") -> None:
    """Say what is missing and offer to weigh only the rest; the view's address carries it, so that Back undoes it.

    Args:
        row: of the ranking, with what is missing.
        catalogue: for the names of dimensions.
        subject: how its sentence begins; the model's name, in Markdown, where nothing before was about it.
    """
    weights = state.current().weights
    reasons = {entry["dimension"]: entry["reason"] for entry in row["missing"] if weights.get(entry["dimension"])}
    if not reasons:
        st.markdown(f"{subject} has no score: there is no other model to compare it with.")
        return
    words = [f"{catalogue.dimensions[key].label} ({MISSING_LABELS.get(why, why)})" for key, why in reasons.items()]
    st.markdown(
        f"{subject} has no score under these weights, which count what it has no value for: {enumeration(words)}."
    )
    change = zeros(row, weights)
    if change:
        st.button(
            "Weigh only what is left" if _SCREENED in reasons.values() else "Weigh only what is measured",
            key=KEY,
            on_click=_weigh,
            args=(change,),
            help="The weights of what it has no value for become 0; Back undoes it.",
        )


def zeros(row: Row, weights: Mapping[str, float]) -> dict[str, float]:
    """The change of the view that takes the weight off what a model has no value for; empty where no weight would stay.

    Args:
        row: of the ranking, with what is missing.
        weights: those in force.
    """
    missing = {entry["dimension"] for entry in row["missing"]}
    weighed = {key for key, weight in weights.items() if weight}
    # Where nothing that is weighed has a value, taking weights away leads to no score either.
    return {f"w.{key}": 0.0 for key in weights if key in missing & weighed} if weighed - missing else {}


def _weigh(change: Mapping[str, float]) -> None:
    state.change(change)
