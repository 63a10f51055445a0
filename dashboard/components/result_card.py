"""What a finished evaluation means: profile, strengths, what to improve first, and who is better at everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue, model_path
from dashboard.charts.percentiles import standing
from dashboard.components import chart_card, measured_only
from dashboard.wording import enumeration, model_count, plain_text
from quba.vocabulary import FULL
from wellbehaved import ApiError, Client

_NAMED = 5


def show(own: Client, answer: Mapping[str, Any], catalogue: Catalogue) -> None:
    """Draw it, for an evaluation that has succeeded.

    Args:
        own: a connection with the token, which sees the model although it is private.
        answer: the evaluation.
        catalogue: for the names of the dimensions.
    """
    pool = {"benchmark": answer["benchmark"], "protocol": answer["protocol"]}
    model_id = answer["model_id"]
    try:
        model = own.get(model_path(model_id), pool)
        frame = own.rankings.get(**pool).frame
        # Advice is about the next place up, which a model without a rank does not have.
        rank = frame.set_index("model_id")["rank"].get(model_id)
        ahead = (
            None if pd.isna(rank) else own.rankings.improvements(model_id, target_rank=max(1, int(rank) - 1), **pool)
        )
    except ApiError as error:
        st.caption(f"{error.detail} {error.next_step}".strip())
        return
    others = len(frame) - 1
    default_weights = {key: each.default_weight for key, each in catalogue.dimensions.items()}
    if others > 0:
        chart_card.show(standing(model["name"], model["standings"], catalogue.for_charts({})), "chart.result")
    else:
        st.caption("The next model on this benchmark is compared with it.")
    if ahead is not None and (advice := first_to_improve(ahead, catalogue)) is not None:
        st.markdown(f"**What to improve first.** {advice}")
    if others > 0:
        st.markdown(f"**Dominated by:** {_names(model['dominated_by'])}")
        st.markdown(f"**Dominates:** {_names(model['dominates'])}")
    for note in notes(answer, catalogue):
        st.caption(note)
    view = {**pool, "select": model_id}
    st.button("See it in the ranking", key="result.ranking", on_click=_to_ranking, args=(view,))
    row = frame[frame["model_id"] == model_id]
    if pd.isna(rank) and not row.empty and (zeros := measured_only.zeros(row.iloc[0].to_dict(), default_weights)):
        label = "See it in the ranking, weighing only what is measured"
        st.button(label, key="result.ranking.measured", on_click=_to_ranking, args=({**view, **zeros},))


def notes(answer: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    """Why a value of the full run is missing or in doubt and how images were read; what several share is said once."""
    labels: dict[str, list[str]] = {}
    for result in answer["results"]:
        if result["detail"] and result["phase"] == FULL:
            labels.setdefault(result["detail"], []).append(catalogue.dimensions[result["dimension"]].label)
    return [f"{enumeration(names)}: {detail}" for detail, names in labels.items()]


def _to_ranking(view: Mapping[str, Any]) -> None:
    state.change(dict(view))
    # Without a query Streamlit would wipe the address that is left, and Back would lead to a page without its view.
    st.switch_page(state.tab().pages[""], query_params=state.current().query())


def first_to_improve(ahead: Mapping[str, Any], catalogue: Catalogue) -> str | None:
    """The dimension on which the smallest step, counted in standard deviations, would gain a place.

    Only steps to a value that some model of the pool has.
    """
    way = ahead["improve_first"]
    if way is None:
        return None
    dimension = catalogue.dimensions[way["dimension"]]
    return (
        f"{dimension.label} from {way['value']:.{dimension.decimals}f} to {way['needed']:.{dimension.decimals}f} alone "
        f"would bring it to rank {ahead['target_rank']}."
    )


def _names(models: Sequence[Mapping[str, str]]) -> str:
    if not models:
        return "none."
    shown = [plain_text(each["name"]) for each in models[:_NAMED]]
    rest = len(models) - len(shown)
    more = f" and {model_count(rest)} more" if rest else ""
    return f"{enumeration(shown)}{more}."
