"""The form that submits a model: a file or a timm name, what it is measured on, and what of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue, public_api_url
from dashboard.components import upload
from wellbehaved import ApiError, Client
from wellbehaved.duration_text import duration

FILE, NAME = "A checkpoint", "A timm model"
PROTOCOL_NOTE = "The benchmark's own protocol; the quick subset comes first, then all images."
BENCHMARK = "submit.benchmark"
_REFUSAL = "submit.refusal"


def show(own: Client, token: str, catalogue: Catalogue) -> None:
    """Draw the form."""
    st.markdown("## Submit a model")
    source = st.radio("What", (FILE, NAME), horizontal=True, key="submit.source", label_visibility="collapsed")
    if source == FILE:
        taken = upload.show(public_api_url(), token)
        if taken is not None:
            st.caption(f"{taken.filename} was uploaded; sha256 {taken.checkpoint_id[:12]}…")
        st.selectbox(
            "Architecture",
            architectures(own),
            index=None,
            placeholder="Type a timm architecture, such as resnet50",
            key="submit.architecture",
        )
        named = taken.filename if taken else ""
    else:
        named = st.text_input("timm model name", key="submit.model", placeholder="resnet50.a1_in1k")
    benchmarks = {str(each["key"]): each for each in own.get("/v1/benchmarks")["items"]}
    st.selectbox(
        "Evaluate on",
        list(benchmarks),
        index=next((place for place, each in enumerate(benchmarks.values()) if each["measurable"]), 0),
        format_func=lambda key: _benchmark_label(benchmarks[key]),
        key=BENCHMARK,
    )
    st.text_input("Name in the ranking", key="submit.name", placeholder=named)
    chosen = benchmarks[st.session_state[BENCHMARK]]
    st.multiselect(
        "Dimensions",
        [key for key in catalogue.dimensions if key in chosen["dimensions"]],
        format_func=lambda key: catalogue.dimensions[key].label,
        key="submit.dimensions",
        placeholder="All",
    )
    st.caption(expected_time(chosen, bool(st.session_state["submit.dimensions"])))
    request = evaluation_request()
    complete = bool(request.get("model") or (request.get("checkpoint_id") and request.get("architecture")))
    st.button("Start evaluation", type="primary", disabled=not complete, on_click=_submit, args=(own,), key="submit")
    if not complete:
        st.caption("Choose a file and its architecture." if source == FILE else "Enter a timm model name.")
    else:
        st.caption(PROTOCOL_NOTE)
    if refusal := st.session_state.get(_REFUSAL):
        st.error(refusal)


def evaluation_request() -> dict[str, Any]:
    """The request as the fields of the form stand now.

    Read anew when the button is pressed: its click may arrive together with the last field's value, and what the
    form held when it was drawn would then be submitted instead of what the reader sees.
    """
    field = st.session_state
    taken: upload.Taken | None = field.get(upload.TAKEN)
    what = (
        {"checkpoint_id": taken.checkpoint_id if taken else None, "architecture": field["submit.architecture"]}
        if field["submit.source"] == FILE
        else {"model": field["submit.model"]}
    )
    return {
        **what,
        "benchmark": field[BENCHMARK],
        "name": field["submit.name"] or None,
        "dimensions": field["submit.dimensions"] or None,
    }


def expected_time(benchmark: Mapping[str, Any], some_dimensions: bool) -> str:
    """How long the evaluation will take and what it costs, from what earlier ones took; or that nobody knows yet."""
    taken = benchmark["durations"]
    if not taken:
        return (
            "Time: no estimate yet, because no online worker has finished a whole evaluation of this benchmark. "
            "The first results come from a quick subset."
        )
    told = [f"about {duration(each['median_seconds'])} on {each['worker_id']} ({_evaluations(each)})" for each in taken]
    less = " Fewer dimensions take less." if some_dimensions else ""
    return (
        f"Time: {'; '.join(told)}. A larger network takes longer.{less} It costs this time of one worker; evaluations "
        "run one after the other."
    )


def _evaluations(taken: Mapping[str, Any]) -> str:
    low, high = duration(taken["lowest_seconds"]), duration(taken["highest_seconds"])
    if taken["evaluations"] == 1:
        return f"the one whole evaluation there took {low}"
    spent = f"{low} each" if low == high else f"{low} to {high}"
    return f"{taken['evaluations']} whole evaluations there took {spent}"


def _benchmark_label(benchmark: dict[str, Any]) -> str:
    ready = "" if benchmark["measurable"] else " (no worker can run this now)"
    return f"{benchmark['label']}, {benchmark['class_count']:,} classes{ready}"


def _submit(own: Client) -> None:
    try:
        found = own.submit(**evaluation_request())
    except ApiError as error:
        st.session_state[_REFUSAL] = f"{error.detail} {error.next_step}".strip()
        return
    st.session_state[_REFUSAL] = ""
    state.change({"evaluation": found["evaluation_id"]})


@st.cache_resource(show_spinner=False)
def architectures(_own: Client) -> list[str]:
    """Every name of an architecture; the list is the installation's and does not change while it runs."""
    return _own.architectures()
