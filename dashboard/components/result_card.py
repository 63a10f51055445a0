"""What a finished evaluation means: profile, strengths, what to improve first, and who is better at everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pandas as pd
import streamlit as st

from dashboard import session
from dashboard.catalogue import Catalogue
from dashboard.charts.standing import standing
from dashboard.components import chart_card
from dashboard.wording import counted, listed
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
        model = own.get(f"/v1/models/{quote(model_id, safe='')}", pool)
        frame = own.rankings(**pool).frame
        rank = frame.set_index("model_id")["rank"].get(model_id)
        ahead = None if pd.isna(rank) else own.improvements(model_id, target_rank=max(1, int(rank) - 1), **pool)
    except ApiError as error:
        st.caption(f"{error.detail} {error.next_step}".strip())
        return
    others = len(frame) - 1
    if others > 0:
        chart_card.show(standing(model["name"], model["standings"], catalogue.dimensions), "chart.result")
    else:
        st.caption("The next model on this benchmark is compared with it.")
    if ahead is not None and (advice := first_to_improve(ahead, catalogue)) is not None:
        st.markdown(f"**What to improve first.** {advice}")
    better, worse = dominance(frame, model_id, catalogue)
    if others > 0:
        st.markdown(f"**At least as good on every dimension:** {_names(better)}")
        st.markdown(f"**At most as good on every dimension:** {_names(worse)}")
    for note in notes(answer, catalogue):
        st.caption(note)
    st.button(
        "See it in the ranking",
        key="result.ranking",
        on_click=_to_ranking,
        args=({**pool, "select": model_id},),
    )


def notes(answer: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    """Why a value of the full run is missing or in doubt and how images were read; what several share is said once."""
    labels: dict[str, list[str]] = {}
    for result in answer["results"]:
        if result["detail"] and result["phase"] == "full":
            labels.setdefault(result["detail"], []).append(catalogue.dimensions[result["dimension"]].label)
    return [f"{listed(names)}: {detail}" for detail, names in labels.items()]


def _to_ranking(view: Mapping[str, Any]) -> None:
    session.change(dict(view))
    st.switch_page(session.tab().pages[""])


def first_to_improve(ahead: Mapping[str, Any], catalogue: Catalogue) -> str | None:
    """The dimension on which the smallest step, counted in standard deviations, would gain a place.

    Only steps to a value that some model of the pool has.
    """
    possible = [way for way in ahead["alone"] if way["reach"] == "possible" and way["change"]]
    if not possible or not ahead["score_gap"]:
        return None
    way = min(possible, key=lambda each: abs(each["spreads"]))
    dimension = catalogue.dimensions[way["dimension"]]
    return (
        f"{dimension.label} from {way['value']:.{dimension.decimals}f} to {way['needed']:.{dimension.decimals}f} alone "
        f"would bring it to rank {ahead['target_rank']}."
    )


def dominance(frame: pd.DataFrame, model_id: str, catalogue: Catalogue) -> tuple[list[str], list[str]]:
    """Names of the models that are as good everywhere and better somewhere, and of those that are the opposite.

    Models that lack a value of one of the dimensions are neither.
    """
    keys = [key for key in catalogue.dimensions if key in frame]
    signs = pd.Series({key: 1.0 if catalogue.dimensions[key].higher_is_better else -1.0 for key in keys})
    values = (frame.set_index("model_id")[keys].astype(float) * signs).dropna()
    if model_id not in values.index:
        return [], []
    own, rest = values.loc[model_id], values.drop(index=model_id)
    names = frame.set_index("model_id")["name"]
    differs = (rest != own).any(axis=1)
    better = rest.index[(rest >= own).all(axis=1) & differs]
    worse = rest.index[(rest <= own).all(axis=1) & differs]
    return [str(names[each]) for each in better], [str(names[each]) for each in worse]


def _names(names: list[str]) -> str:
    if not names:
        return "no model."
    shown = names[:_NAMED]
    rest = len(names) - len(shown)
    more = f" and {counted(rest)} more" if rest else ""
    return f"{listed(shown)}{more}."
