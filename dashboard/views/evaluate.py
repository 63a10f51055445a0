"""Submitting a model, watching it being measured, and seeing where it stands."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.components import evaluation_card, own_benchmark, result_card, submit_form
from dashboard.page import Content, Page
from dashboard.page_spans import part_every
from dashboard.wording import plain_text
from quba.vocabulary import SUCCEEDED
from wellbehaved import ApiError, ApiUnreachable, Client

PASTED = "evaluate.token"
_UNAUTHORISED = 401
_HISTORY = 20
_LOOK_SECONDS = 5.0


def show(content: Content) -> None:
    """Draw the page."""
    pasted = st.session_state.get(PASTED) or st.session_state.get(source.GIVEN_TOKEN, "")
    token = os.environ.get(source.OWN_TOKEN) or pasted
    if not token:
        _ask_for_token("")
        return
    # A token that somebody pasted stays in their tab; the client that all tabs share must never learn it.
    own = source.client() if os.environ.get(source.OWN_TOKEN) else source.own_client(token)
    try:
        # The cheapest question that needs the token: a wrong one shows before a gigabyte is uploaded.
        own.evaluations.list(limit=1)
    except ApiError as error:
        if error.status != _UNAUTHORISED:
            raise
        st.session_state.pop(source.GIVEN_TOKEN, None)
        _ask_for_token(f"{error.detail} {error.next_step}")
        return
    # Under a key of its own, because Streamlit forgets what a field held once another page is shown.
    st.session_state[source.GIVEN_TOKEN] = token
    chosen = str(state.current()["evaluation"])
    if chosen:
        answer = evaluation_card.show(own, chosen, content.catalogue)
        if answer is not None:
            if answer["state"] == SUCCEEDED:
                result_card.show(own, answer, content.catalogue)
            evaluation_card.show_values(own, answer, content.catalogue)
    else:
        st.markdown("# Measure your own model and see where it ranks.")
    left, right = st.columns((3, 2), gap="large")
    with left:
        if not chosen:
            submit_form.show(own, token, content.catalogue)
            own_benchmark.show(own, content.catalogue)
    with right if not chosen else left, st.container(key=f"{evaluation_card.STEADY}-surroundings"):
        _show_surroundings(own)


def _ask_for_token(refusal: str) -> None:
    st.markdown("# Submitting needs this server's access token.")
    st.markdown(
        "You find it in the file `token` of the server's data folder. "
        "It is kept in this tab alone, and never in the address."
    )
    st.text_input("Access token", type="password", key=PASTED)
    if refusal:
        st.error(refusal)


@part_every(_LOOK_SECONDS, "workers and evaluations")
def _show_surroundings(own: Client) -> None:
    try:
        workers, history = own.evaluations.workers(), own.evaluations.list(limit=_HISTORY)
    except (ApiError, ApiUnreachable) as error:
        # A fragment runs by itself, past the page of the outage; the next run asks again.
        st.caption(f"Workers and evaluations cannot be listed: {error}")
        return
    _show_workers(workers)
    _show_history(history)


def _show_workers(workers: Mapping[str, Any]) -> None:
    st.markdown("## Workers")
    online = [each for each in workers["items"] if each["online"]]
    if not online:
        st.markdown("**No worker is online.** Start one with `wellbehaved worker` on a machine that has the data sets.")
        return
    for each in online:
        doing = f"evaluating {each['evaluation_id']}" if each["evaluation_id"] else each["state"]
        data = ", ".join(each["benchmarks"]) or "none"
        st.markdown(f"`{each['worker_id']}` ({each['device']}), {doing}; data sets: {data}")


def _show_history(history: Sequence[Mapping[str, Any]]) -> None:
    st.markdown("## Evaluations")
    if not history:
        st.markdown("No evaluations yet.")
        return
    for each in history:
        submitted = f"{pd.Timestamp(each['submitted_at']):%d %b %H:%M} UTC"
        chosen = st.button(
            f"{plain_text(each['name'])}: {each['state']} · {each['benchmark']} · {submitted}",
            key=f"history.{each['evaluation_id']}",
            type="tertiary",
        )
        if chosen:
            state.change({"evaluation": each["evaluation_id"]})
            # A button of a fragment runs the fragment alone.
            st.rerun()


PAGE = Page(title="Evaluate", url_path="evaluate", position=9, show=show, ranks=False)
