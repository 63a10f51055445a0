"""The form that submits a model: a file or a name, what it is measured on, and what of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue, public_api_url
from dashboard.components import upload
from dashboard.wording import plain_text
from quba.benchmarks import STUDY_BENCHMARK
from wellbehaved import ApiError, Client
from wellbehaved.architecture_text import fit_words, guess_sentences
from wellbehaved.duration_text import duration

if TYPE_CHECKING:
    from wellbehaved.client.answers.evaluations import ArchitectureGuess

FILE, NAME = "A checkpoint", "A model by name"
PROTOCOL_NOTE = "The benchmark's own protocol; the quick subset comes first, then all images."
BENCHMARK = "submit.benchmark"
_PAGE_BENCHMARK = "submit.page_benchmark"
ARCHITECTURE = "submit.architecture"
ORDERED = "submit.class_order_checked"
COST = "submit.cost"
COST_NOTE = (
    "Latency and peak memory of the model on the worker's device, for 1 image and for 64 at once. They become "
    "dimensions of that device, which weigh 0."
)
_GUESSED, _KNOWN = "submit.guessed", "submit.guesses"
_REFUSAL = "submit.refusal"


def likely_benchmark(benchmarks: Mapping[str, Mapping[str, Any]], page: str) -> str:
    """The key of the benchmark that a reader means before they have said so.

    Args:
        benchmarks: by key, as the service lists them; at least one.
        page: the key of the one that the page is about.
    """
    measurable = [key for key, each in benchmarks.items() if each["measurable"]]
    # The study's is on every page that nobody has given another, so that it is no wish.
    if page in benchmarks and (page in measurable or page != STUDY_BENCHMARK or not measurable):
        return page
    return next(iter((*measurable, *benchmarks)))


def _choose_benchmark(benchmarks: dict[str, dict[str, Any]]) -> None:
    page = str(state.current()["benchmark"] or STUDY_BENCHMARK)
    # Another benchmark at the top of the page is another wish; what was chosen here holds until then.
    if st.session_state.get(_PAGE_BENCHMARK, page) != page:
        st.session_state.pop(BENCHMARK, None)
    st.session_state[_PAGE_BENCHMARK] = page
    st.selectbox(
        "Evaluate on",
        list(benchmarks),
        index=[*benchmarks].index(likely_benchmark(benchmarks, page)),
        format_func=lambda key: _benchmark_label(benchmarks[key]),
        key=BENCHMARK,
    )


def show(own: Client, token: str, catalogue: Catalogue) -> None:
    """Draw the form."""
    st.markdown("## Submit a model")
    source = st.radio("What", (FILE, NAME), horizontal=True, key="submit.source", label_visibility="collapsed")
    if source == FILE:
        taken = upload.show(public_api_url(), token)
        if taken is not None:
            st.caption(f"{taken.filename} was uploaded; sha256 {taken.checkpoint_id[:12]}…")
        _choose_architecture(own, taken)
        named = taken.filename if taken else ""
    else:
        named = st.text_input(
            "Name of a model of timm, torchvision or the study",
            key="submit.model",
            placeholder="resnet50.a1_in1k",
            help="Such as resnet50.a1_in1k, torchvision:resnet50 or study:hiera-t.",
        )
    benchmarks = {str(each["key"]): each for each in own.get("/v1/benchmarks")["items"]}
    _choose_benchmark(benchmarks)
    st.text_input("Name in the ranking", key="submit.name", placeholder=named)
    chosen = benchmarks[st.session_state[BENCHMARK]]
    st.multiselect(
        "Dimensions",
        _measurable(chosen, catalogue),
        format_func=lambda key: catalogue.dimensions[key].label,
        key="submit.dimensions",
        placeholder="All that come with the program",
    )
    if chosen["origin"] == "own":
        st.checkbox(
            "The model's outputs are in the order of the classes",
            key=ORDERED,
            help="Otherwise some images show first whether they are shuffled, and such a model is refused.",
        )
    st.checkbox("Measure its cost too", key=COST, help=COST_NOTE)
    st.caption(expected_time(chosen, bool(st.session_state["submit.dimensions"])))
    request = evaluation_request()
    complete = bool(request.get("model") or (request.get("checkpoint_id") and request.get("architecture")))
    st.button("Start evaluation", type="primary", disabled=not complete, on_click=_submit, args=(own,), key="submit")
    if not complete:
        st.caption(
            "Choose a file and its architecture."
            if source == FILE
            else "Enter the name of a model of timm, torchvision or the study."
        )
    else:
        st.caption(PROTOCOL_NOTE)
    if refusal := st.session_state.get(_REFUSAL):
        st.error(refusal)


def _choose_architecture(own: Client, taken: upload.Taken | None) -> None:
    """Draw the choice; of a file that was uploaded, the architectures that its tensors fit come first."""
    guesses: list[ArchitectureGuess] = []
    if taken is not None:
        with st.spinner("Comparing the tensors with those of every architecture"):
            guesses, said = _guesses(own, taken.checkpoint_id)
        st.caption(said)
        # Once for each file, so that what the reader has chosen since stays; a guess that is not exact is theirs to
        # confirm.
        if st.session_state.get(_GUESSED) != taken.checkpoint_id:
            st.session_state[_GUESSED] = taken.checkpoint_id
            exact = bool(guesses) and guesses[0]["exact"]
            st.session_state[ARCHITECTURE] = guesses[0]["architecture"] if exact else None
    words = {str(each["architecture"]): f"{each['architecture']} ({fit_words(each)})" for each in guesses}
    st.selectbox(
        "Architecture",
        [*words, *(each for each in architectures(own) if each not in words)],
        index=None,
        format_func=lambda name: words.get(name, name),
        placeholder="Type a timm architecture, such as resnet50",
        key=ARCHITECTURE,
    )


def _guesses(own: Client, checkpoint_id: str) -> tuple[list[ArchitectureGuess], str]:
    """The guesses of a file, asked for once in a tab, and what is said of them."""
    known: dict[str, tuple[list[ArchitectureGuess], str]] = st.session_state.setdefault(_KNOWN, {})
    if checkpoint_id not in known:
        try:
            guesses = own.checkpoints.architectures(checkpoint_id)
            known[checkpoint_id] = guesses, guess_sentences(guesses)
        except ApiError as error:
            # Without a guess there is still the list; what is wrong with the file is said before it is submitted.
            return [], plain_text(f"{error.detail} {error.next_step}".strip())
    return known[checkpoint_id]


def evaluation_request() -> dict[str, Any]:
    """The request as the fields of the form stand now.

    Read anew when the button is pressed: its click may arrive together with the last field's value, and what the
    form held when it was drawn would then be submitted instead of what the reader sees.
    """
    field = st.session_state
    taken: upload.Taken | None = field.get(upload.TAKEN)
    what = (
        {"checkpoint_id": taken.checkpoint_id if taken else None, "architecture": field[ARCHITECTURE]}
        if field["submit.source"] == FILE
        else {"model": field["submit.model"]}
    )
    return {
        **what,
        "benchmark": field[BENCHMARK],
        "name": field["submit.name"] or None,
        "dimensions": field["submit.dimensions"] or None,
        "class_order_checked": field.get(ORDERED) or None,
        "cost": field.get(COST) or None,
    }


def _measurable(benchmark: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    """The dimensions that a worker can measure on a benchmark."""
    known = catalogue.dimensions.items()
    return [key for key, each in known if key in benchmark["dimensions"] and each.measurable]


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
        found = own.evaluations.submit(**evaluation_request())
    except ApiError as error:
        st.session_state[_REFUSAL] = f"{error.detail} {error.next_step}".strip()
        return
    st.session_state[_REFUSAL] = ""
    state.change({"evaluation": found["evaluation_id"]})


@st.cache_resource(show_spinner=False)
def architectures(_own: Client) -> list[str]:
    """Every name of an architecture; the list is the installation's and does not change while it runs."""
    return _own.evaluations.architectures()
