"""One model in words and tables: its rank, its values with their quality flags, its presets and where it comes from."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.charts.chart import plain
from dashboard.components import doubt, measured_only
from dashboard.components.badges import badges
from dashboard.components.selection import against_leader
from dashboard.wording import MISSING_LABELS, PLUS_MINUS, plain_text
from quba.vocabulary import ALL_MODELS
from wellbehaved import Ranking
from wellbehaved.facts_text import cost_text, licence_text
from wellbehaved.standing_text import standing_text

Model = dict[str, Any]


def show_heading(model: Model, rows: pd.DataFrame, ranking: Ranking, catalogue: Catalogue) -> None:
    """Name, kind, and its rank under the view's weights."""
    st.markdown(f"# {plain_text(model['name'])}")
    st.caption(" · ".join([*badges(model), f"backbone {plain_text(model['backbone'])}"]))
    if rows.empty:
        st.markdown("The filters of this view leave it out, so it has no rank in the ranking shown.")
        everybody = state.current().with_values({"among": ALL_MODELS})
        account = source.explanation_if_ranked(everybody, model["model_id"], ranking.data_version)
        if account is not None:
            st.markdown(f"Among all models, its rank is {account['rank']:,} of {account['scored']:,}.")
    elif pd.isna(rows.iloc[0]["score"]):
        measured_only.show(rows.iloc[0].to_dict(), catalogue)
    else:
        st.markdown(against_leader(rows.iloc[0], ranking))
    for key in model["flags"]:
        if key in catalogue.flags:
            flag = catalogue.flags[key]
            st.warning(f"**{flag.label}.** {flag.meaning}")


def show_values(model: Model, catalogue: Catalogue) -> None:
    """The values with their error, how they compare, and their quality flags."""
    st.markdown("## Its values")
    # What nobody has tried is no news of a dimension beyond the study's; a failure is.
    tried = [key for key, score in model["scores"].items() if score["missing"] != "not_measured"]
    keys = catalogue.rows_on_show(tried, state.current().weights)
    rows = [_value_row(key, model, catalogue) for key in keys]
    empty = [doubt.says_nothing(model["scores"][key]["flags"]) for key in keys]
    table = doubt.grey_cells(pd.DataFrame(rows), empty, ("Value", "Compared with all"))
    st.table(table, hide_index=True, border="horizontal", alt=f"Values of {model['name']}")
    known = any(score["standard_error"] is not None for score in model["scores"].values())
    st.caption("↑ higher is better, ↓ lower is better." + (f" {PLUS_MINUS}" if known else ""))
    parts = {key: score["parts"] for key, score in model["scores"].items() if score["parts"]}
    if parts:
        with st.expander("What the values were computed from"):
            for key, part in parts.items():
                st.markdown(f"**{catalogue.dimensions[key].label}**")
                st.json(part, expanded=False)


def _value_row(key: str, model: Model, catalogue: Catalogue) -> dict[str, str]:
    dimension, score = catalogue.dimensions[key], model["scores"][key]
    doubts = "; ".join(catalogue.flags[flag].label if flag in catalogue.flags else flag for flag in score["flags"])
    if score["value"] is None:
        value = MISSING_LABELS.get(score["missing"], score["missing"] or "no value")
    else:
        value = plain(score["value"], dimension.decimals)
        if score["standard_error"] is not None:
            value += f" ± {plain(score['standard_error'], dimension.decimals)}"
        # A fraction is a plain number.
        if dimension.unit != "fraction":
            value += f" {dimension.unit}"
    return {
        "Dimension": f"{dimension.label} {'↑' if dimension.higher_is_better else '↓'}",
        "Value": value,
        "Compared with all": standing_text(model["standings"].get(key)) or "–",
        "Quality flags": doubts or "–",
    }


def show_presets(model: Model, catalogue: Catalogue) -> None:
    """Its rank under each preset."""
    st.markdown("## Its rank under each preset")
    st.caption("Among all models, whatever the filters.")
    rows = [
        {
            "Preset": catalogue.presets[entry["preset"]].label,
            "Rank": str(entry["rank"] or "–"),
            "Score": "–" if entry["score"] is None else plain(entry["score"], 4),
        }
        for entry in model["ranks"]
        if entry["preset"] in catalogue.presets
    ]
    st.table(
        pd.DataFrame(rows), hide_index=True, border="horizontal", alt=f"Ranks of {model['name']} under the presets"
    )


def show_loading(model: Model) -> None:
    """The lines that load it, where its library has it by name."""
    st.markdown("## How to load it")
    if model["loading"] is None:
        origin = model["provenance"]["source_library"]
        st.caption(f"No library that is known here has these weights by name; they come from {plain_text(origin)}.")
        return
    st.caption("These very weights with their preprocessing: “transform” turns an image into the input of “model”.")
    st.code(model["loading"], language="python", wrap_lines=True)


def show_provenance(model: Model) -> None:
    """Where the model and its figures come from."""
    st.markdown("## Where it comes from")
    origin = model["provenance"]
    facts = {
        "Paper": origin["paper_title"],
        "Weights": " ".join(filter(None, [origin["source_library"], origin["source_identifier"]])),
        "Licence of the weights": _with_source(licence_text(model), origin["licence_source"]),
        "Cost of an image": _with_source(cost_text(model), origin["cost_source"]),
        "Name on the study's page": origin["published_name"],
        "Row on the study's page": origin["published_row"],
        "Note": origin["note"],
        "Figures": origin["citation"] or "measured or imported here",
    }
    rows = [{"": name, "Value": plain_text(str(value))} for name, value in facts.items() if value not in (None, "")]
    st.table(
        pd.DataFrame(rows), hide_index=True, hide_header=True, border="horizontal", alt=f"Provenance of {model['name']}"
    )


def _with_source(fact: str | None, source: str | None) -> str | None:
    """A fact with who says so behind it."""
    return f"{fact}; {source}" if fact and source else fact
