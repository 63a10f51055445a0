"""A folder of one's own images: look at it, read the report, and add it as a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import benchmarks, state
from dashboard.catalogue import Catalogue
from dashboard.wording import plain_text
from wellbehaved import ApiError, ApiUnreachable, Client

KEY = "own_benchmark"
FOLDER, LAYOUT = f"{KEY}.folder", f"{KEY}.layout"
LAYOUTS = {"folders": "One folder for each class, or a benchmark.toml", "imagenet-1k": "The study's folders (ImageNet)"}
_LOOKED, _REFUSAL, _ADDED = f"{KEY}.looked", f"{KEY}.refusal", f"{KEY}.added"
# Of the report, in the order in which a reader should know of them.
_FAULTS = {
    "unreadable": "cannot be read",
    "exif_rotated": "are EXIF-rotated",
    "deep": "have more than 8 bits",
    "animated": "hold more than one picture",
    "not_rgb": "are not RGB",
}
_DUPLICATES = {
    "within_class": "clean images repeat another of their class",
    "between_classes": "clean images repeat one of another class",
    "clean_and_shifted": "images of shifted sets repeat a clean one",
    "clean_and_train": "clean images are in the training folder too",
}

Answer = Mapping[str, Any]


def show(own: Client, catalogue: Catalogue) -> None:
    """Draw the form, and the report once somebody has looked.

    Args:
        own: a connection with the token.
        catalogue: with every dimension, whatever the view's benchmark has.
    """
    st.markdown("## Use your own images")
    st.markdown(
        "A folder on the server with one folder for each class makes a benchmark: models are measured on these images "
        "and ranked among themselves."
    )
    st.text_input("Folder on the server", key=FOLDER, placeholder="/data/flowers")
    st.selectbox("Layout", list(LAYOUTS), format_func=LAYOUTS.__getitem__, key=LAYOUT)
    st.button("Look at the folder", key=f"{KEY}.look", on_click=_ask, args=(_look, own))
    if refusal := st.session_state.get(_REFUSAL):
        st.error(refusal)
    if added := st.session_state.get(_ADDED):
        st.success(f"{plain_text(added)} is a benchmark now. Choose it above and submit a model.")
    looked: Answer | None = st.session_state.get(_LOOKED)
    if looked is not None:
        show_report(looked, catalogue)
        st.button(
            f"Add {looked['label']} as a benchmark", type="primary", key=f"{KEY}.add", on_click=_ask, args=(_add, own)
        )


def show_report(found: Answer, catalogue: Catalogue) -> None:
    """Draw what a look at a folder found.

    Args:
        found: of POST /v1/benchmarks, or of GET /v1/benchmarks/{key}.
        catalogue: with every dimension.
    """
    st.markdown(f"### {plain_text(found['label'])}: {summary(found)}")
    st.table(dimension_table(found["report"], catalogue), hide_index=True)
    for sentence in sentences(found["report"]):
        st.markdown(f"- {plain_text(sentence)}")


def summary(found: Answer) -> str:
    """How much there is, and how many dimensions it answers."""
    report = found["report"]
    low, high = report["smallest"], report["largest"]
    each = (
        f"{low['count']:,} in each"
        if low["count"] == high["count"]
        else f"from {low['count']:,} ({plain_text(low['name'])}) to {high['count']:,} ({plain_text(high['name'])})"
    )
    return f"{report['class_count']:,} classes, clean images {each}; {found['coverage']}"


def dimension_table(report: Answer, catalogue: Catalogue) -> pd.DataFrame:
    """Each dimension, whether it can be measured, and else what would bring it."""
    rows = [
        {
            "Dimension": catalogue.axis(each["key"]).label,
            "Can be measured": _verdict(each),
            "What is missing": " ".join(filter(None, (each["reason"], each["remedy"]))),
        }
        for each in report["dimensions"]
        if each["key"] in catalogue.dimensions
    ]
    return pd.DataFrame(rows)


def _verdict(each: Answer) -> str:
    if not each["available"]:
        return "no"
    return "yes, on generated images" if each["generated"] else "yes"


def sentences(report: Answer) -> Iterator[str]:
    """What a reader should know of the files; nothing where all are as they should be."""
    yield from report["notes"]
    for key, words in _FAULTS.items():
        if count := report[key]["count"]:
            yield f"{count:,} files {words}, such as {', '.join(report[key]['examples'][:2])}."
    for key, words in _DUPLICATES.items():
        if count := report["duplicates"][key]["count"]:
            first, second = report["duplicates"][key]["examples"][0]
            yield f"{count:,} {words}, such as {first} and {second}."


def _ask(action: Callable[[Client], None], own: Client) -> None:
    st.session_state[_REFUSAL] = st.session_state[_ADDED] = ""
    try:
        action(own)
    except ApiError as error:
        st.session_state[_REFUSAL] = f"{error.detail} {error.next_step}".strip()
    except ApiUnreachable as error:
        st.session_state[_REFUSAL] = str(error)


def _look(own: Client) -> None:
    st.session_state[_LOOKED] = None
    found = benchmarks.look(own, str(st.session_state[FOLDER]), layout=str(st.session_state[LAYOUT]))
    st.session_state[_LOOKED] = found


def _add(own: Client) -> None:
    looked = st.session_state[_LOOKED]
    # What was looked at, not what the field holds by now.
    found = benchmarks.add(own, str(looked["folder"]), layout=str(looked["layout"]))
    st.session_state[_LOOKED], st.session_state[_ADDED] = None, found["label"]
    state.change({"benchmark": found["key"]})
