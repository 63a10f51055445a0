"""One evaluation: how far it is, what was measured so far, and where the model stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from dashboard import state
from dashboard.catalogue import Catalogue, public_api_url
from dashboard.charts.chart import plain
from dashboard.components import doubt, removal
from dashboard.page_spans import part_every
from dashboard.wording import MISSING_LABELS, PLUS_MINUS, plain_text
from quba.vocabulary import CANCELLED, CHANCE_LEVEL, FAILED, FINAL_STATES, PHASES, QUEUED, QUICK, RUNNING, SUCCEEDED
from quba.wording import percent
from wellbehaved import ApiError, ApiUnreachable, Client
from wellbehaved.cost_words import bench_words, latency_words, memory_words
from wellbehaved.duration_text import duration
from wellbehaved.evaluation_text import coverage_text

POLL_SECONDS = 1.0
STEADY = "steady"
"""Of a container that is drawn anew all the time: the stylesheet lets nothing in it fade, and hides signs of work."""
AWAY = "The service does not answer. Evaluations continue. Retrying every second."

Answer = Mapping[str, Any]


def show(own: Client, evaluation_id: str, catalogue: Catalogue) -> Answer | None:
    """Draw it anew until it is over; of one that is over, draw what comes first and give it.

    Args:
        own: a connection with the token.
        evaluation_id: which.
        catalogue: for the names of the dimensions.
    """
    answer = _fetch(own, evaluation_id)
    if answer is None:
        return None
    with st.container(key=STEADY):
        if answer["state"] in FINAL_STATES:
            show_head(answer)
            return answer
        _live(own, evaluation_id, catalogue)
    return None


@part_every(POLL_SECONDS, "evaluation")
def _live(own: Client, evaluation_id: str, catalogue: Catalogue) -> None:
    answer = _fetch(own, evaluation_id)
    if answer is None:
        return
    # The whole page runs anew: a fragment that runs by itself would go on asking.
    if answer["state"] in FINAL_STATES:
        st.rerun()
    show_head(answer)
    progress = answer["progress"]
    if progress and progress.get("images_total"):
        # Streamlit refuses to draw more than all.
        share = min(1.0, progress["images_done"] / progress["images_total"])
        st.progress(share, text=progress_text(answer))
    show_values(own, answer, catalogue)


def _fetch(own: Client, evaluation_id: str) -> Answer | None:
    try:
        return own.evaluations.get(evaluation_id)
    except ApiError as error:
        st.markdown("# This evaluation cannot be shown.")
        st.error(f"{error.detail} {error.next_step}".strip())
        _another()
    except ApiUnreachable:
        # A fragment runs by itself, past the page of the outage; the next run asks again.
        st.warning(AWAY)
    return None


def show_head(answer: Answer) -> None:
    """What there is to say first, and whatever is in its way."""
    st.markdown(f"# {headline({**answer, 'name': plain_text(answer['name'])})}")
    st.caption(" · ".join(_facts(answer)))
    if answer["notice"]:
        st.warning(answer["notice"])
    if answer["error"]:
        st.error(f"{answer['error']['message']} {answer['error']['hint']}")


def show_values(own: Client, answer: Answer, catalogue: Catalogue) -> None:
    """What can be done with it, and what was measured so far."""
    _buttons(own, answer)
    if answer["results"]:
        st.table(results_table(answer, catalogue), hide_index=True, border="horizontal", alt="Results so far")
        if any(each["standard_error"] is not None for each in answer["results"]):
            st.caption(PLUS_MINUS)
        if any(doubt.says_nothing(each["flags"]) for each in answer["results"]):
            st.caption(doubt.reason([{"name": answer["name"], "flags": [CHANCE_LEVEL]}], catalogue))
    _show_cost(answer.get("cost_report"))


def _show_cost(report: Answer | None) -> None:
    if report is None:
        return
    if report["batches"]:
        st.markdown(f"**Cost** on {plain_text(bench_words(report))}")
        st.table(cost_table(report), hide_index=True, border="horizontal", alt="Latency and peak memory by batch size")
    if report["fault"]:
        st.warning(f"Cost: {plain_text(report['fault'])}")


def cost_table(report: Answer) -> pd.DataFrame:
    """Latency and memory, one row for each batch size."""
    return pd.DataFrame(
        [
            {
                "Batch size": each["batch_size"],
                "Latency": plain_text(latency_words(each)),
                "Peak memory": plain_text(memory_words(each)),
            }
            for each in report["batches"]
        ]
    )


def headline(answer: Answer) -> str:
    """What there is to say first."""
    name, standing = answer["name"], answer["standing"]
    if standing and standing["of"] > 1:
        if answer["state"] == SUCCEEDED:
            if standing["missing"]:
                count = len(standing["dimensions"])
                measured = "one dimension" if count == 1 else f"{count} dimensions"
                return f"{name} ranks {standing['rank']:,} of {standing['of']:,} on the {measured} measured."
            return f"{name} ranks {standing['rank']:,} of {standing['of']:,}."
        low, high = standing["rank_low"], standing["rank_high"]
        ranks = f"{low:,} to {high:,}" if low != high else f"{standing['rank']:,}"
        return f"{name}: provisional rank {ranks} of {standing['of']:,}{coverage_text(standing)}."
    words = {
        QUEUED: f"{name} is queued, position {answer['place_in_queue']}.",
        RUNNING: f"{name} is being measured.",
        SUCCEEDED: f"{name} was measured, the first model on this benchmark.",
        FAILED: f"{name} could not be measured.",
        CANCELLED: f"The evaluation of {name} was cancelled.",
    }
    return words[answer["state"]]


def rank_interval(standing: Answer) -> str:
    """How far the rank may be off, in words."""
    low, high = standing["rank_low"], standing["rank_high"]
    if low is None:
        return "no rank interval, because the standard error of a value is not known"
    ranks = f"rank {low}" if low == high else f"rank {low} to {high}"
    return f"{ranks} ({percent(standing['confidence'])} interval from measurement error)"


def _facts(answer: Answer) -> list[str]:
    facts = [answer["evaluation_id"], f"{answer['benchmark']}, {answer['protocol']}", answer["architecture"]]
    if answer.get("weights_key"):
        facts.append(f"weights {answer['weights_key']} of several in the file")
    standing = answer["standing"]
    if standing and standing["of"] > 1:
        facts.append(standing["label"])
        facts.append(rank_interval(standing))
    if answer["worker_id"] and answer["state"] == RUNNING:
        facts.append(f"on {answer['worker_id']}")
    if answer["cancel_requested"] and answer["state"] == RUNNING:
        facts.append("being cancelled")
    return facts


def progress_text(answer: Answer) -> str:
    """Phase, stage, images and time left."""
    progress, left = answer["progress"], answer["eta_seconds"]
    phase = "Quick subset" if progress["phase"] == QUICK else "All images"
    text = f"{phase}: {progress['stage']}, image {progress['images_done']:,} of {progress['images_total']:,}"
    if left is None:
        return text
    return f"{text}, about {duration(left)} left in this phase"


def results_table(answer: Answer, catalogue: Catalogue) -> Styler:
    """Per dimension the value on the quick subset and on all images, each with its standard error.

    What says nothing, because the accuracy of its phase is at chance level, is grey.
    """
    found = {(each["phase"], each["dimension"]): each for each in answer["results"]}
    phases = [phase for phase in PHASES if any(key[0] == phase for key in found)]
    rows, grey = [], []
    for key, dimension in catalogue.dimensions.items():
        if key not in answer["dimensions"]:
            continue
        row = {"Dimension": f"{dimension.label} {'↑' if dimension.higher_is_better else '↓'}"}
        marks = {"Dimension": ""}
        for phase in phases:
            title = "Quick subset" if phase == QUICK else "Measured"
            result = found.get((phase, key))
            row[title] = _value(result, dimension.decimals)
            marks[title] = doubt.GREY if result and doubt.says_nothing(result["flags"]) else ""
        rows.append(row)
        grey.append(marks)
    styles = pd.DataFrame(grey)
    return pd.DataFrame(rows).style.apply(lambda _: styles, axis=None)


def _value(result: Answer | None, decimals: int) -> str:
    # Still to come, unlike what was measured and has no value.
    if result is None:
        return "…"
    if result["value"] is None:
        return str(MISSING_LABELS.get(result["missing_reason"], result["missing_reason"]))
    error = result["standard_error"]
    return plain(result["value"], decimals) + (f" ± {error:.{decimals}f}" if error is not None else "")


def _buttons(own: Client, answer: Answer) -> None:
    evaluation_id, state = answer["evaluation_id"], answer["state"]
    with st.container(horizontal=True, key="evaluation.actions"):
        if state in (QUEUED, RUNNING):
            removal.button(
                "Cancel", evaluation_id, lambda: own.evaluations.cancel(evaluation_id), key="evaluation.cancel"
            )
        if state in (FAILED, CANCELLED):
            removal.button("Retry", evaluation_id, lambda: own.evaluations.retry(evaluation_id), key="evaluation.retry")
        if state in FINAL_STATES:
            removal.show(own, answer)
        with st.popover("The same from a terminal", key="evaluation.calls"):
            st.code(curl(answer, public_api_url()), language="bash", wrap_lines=True)
            st.code(python(answer, public_api_url()), language="python", wrap_lines=True)
        _another()
    removal.show_refusal(evaluation_id)


def _another() -> None:
    if st.button("Submit another", key="evaluation.another"):
        state.change({"evaluation": None})
        # A button of a fragment runs the fragment alone.
        st.rerun()


def curl(answer: Answer, url: str) -> str:
    """Commands that show how far it is."""
    return (
        "TOKEN=...  # the file `token` in the server's data folder\n"
        f"curl -H \"Authorization: Bearer $TOKEN\" '{url}/v1/evaluations/{answer['evaluation_id']}'\n"
        f"wellbehaved status {answer['evaluation_id']} --follow --api {url}"
    )


def python(answer: Answer, url: str) -> str:
    """A program that submits the same model and waits for its rank."""
    # What has no value is left out, since no request says it.
    asked = {
        key: answer[key]
        for key in (
            "checkpoint_id",
            "model",
            "architecture",
            "weights_key",
            "name",
            "benchmark",
            "protocol",
            "dimensions",
            "samples_per_class",
            "seed",
            "class_order_checked",
            "priority",
            "cost",
        )
        if answer.get(key) is not None
    }
    arguments = ", ".join(f"{key}={value!r}" for key, value in asked.items())
    return (
        "from wellbehaved import Client\n\n"
        f'with Client("{url}", token=...) as client:\n'
        f"    evaluation = client.evaluations.submit({arguments})\n"
        '    for state in client.evaluations.follow(evaluation["evaluation_id"]):\n'
        '        print(state["state"], state["standing"])'
    )
