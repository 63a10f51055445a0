"""A folder of one's own images: look at it, read the report, and add it as a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import benchmarks, state
from dashboard.catalogue import Catalogue
from dashboard.components import benchmark_choice, earlier_versions
from dashboard.wording import model_count, plain_text
from quba.benchmarks import STUDY_BENCHMARK
from wellbehaved import ApiError, ApiUnreachable, Client

KEY = "own_benchmark"
FOLDER, LAYOUT = f"{KEY}.folder", f"{KEY}.layout"
LAYOUTS = {"folders": "One folder for each class, or a benchmark.toml", "imagenet-1k": "The study's folders (ImageNet)"}
_LOOKED, _REFUSAL, _ADDED = f"{KEY}.looked", f"{KEY}.refusal", f"{KEY}.added"
# Of the report, in the order in which a reader should know of them.
_FAULTS = {
    "unreadable": "Unreadable",
    "exif_rotated": "EXIF-rotated",
    "deep": "Of more than 8 bits",
    "animated": "Of more than one picture",
    "not_rgb": "Not RGB",
}
_DUPLICATES = {
    "within_class": "Repeated within a class",
    "between_classes": "In two classes",
    "clean_and_shifted": "In a shifted set and among the clean images",
    "clean_and_train": "In the training folder too",
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
        st.success(f"{plain_text(added)} is a benchmark now, and chosen above. Submit a model to be measured on it.")
    looked: Answer | None = st.session_state.get(_LOOKED)
    if looked is not None:
        show_report(looked, catalogue)
        st.button(
            f"Add {looked['label']} as a benchmark", type="primary", key=f"{KEY}.add", on_click=_ask, args=(_add, own)
        )
    elif (chosen := benchmarks.benchmark(state.current()["benchmark"])) and chosen["origin"] == benchmarks.OWN:
        show_details(own, str(chosen["key"]), catalogue)


def show_details(own: Client, key: str, catalogue: Catalogue) -> None:
    """Draw what is known of the view's benchmark, and what can be done with it."""
    found = benchmarks.details(own, key)
    show_report(found, catalogue)
    st.caption(" · ".join([found["folder"] or "", *version_lines(found)]))
    if earlier := own.benchmarks.earlier_measurements(key):
        with st.expander("Values of earlier versions"):
            earlier_versions.show(earlier, catalogue)
    # Drawn when it is opened, for the pictures take a while to fetch.
    with st.expander("Look at the generated images", key=f"{KEY}.sheets", on_change="rerun") as sheets:
        if sheets.open:
            _show_contact_sheets(own, key)
    with st.container(horizontal=True, key=f"{KEY}.actions"):
        frozen = bool(found["frozen_norms"])
        st.button(
            "Let the norms follow the models" if frozen else "Freeze the norms",
            key=f"{KEY}.freeze",
            on_click=_ask,
            args=(lambda client: benchmarks.freeze_norms(client, key, frozen=not frozen), own),
            help="With frozen norms, no score moves when a model is added.",
        )
        st.button("Remove the benchmark", key=f"{KEY}.remove", on_click=_ask, args=(_remover(key), own))
    st.caption("Removing forgets the benchmark; the folder stays as it is. One that has measurements is not removed.")


def _show_contact_sheets(own: Client, key: str) -> None:
    found = benchmarks.contact_sheets(own, key)
    if not found:
        st.markdown("None so far: they are made when a model is measured, where masks or generated sets are named.")
    for name, picture in found:
        st.image(picture, caption=f"{name}: 24 of its images, each with its class")


def version_lines(found: Answer) -> Iterator[str]:
    """Each version of the files with the models that were measured on it; rankings show the current one."""
    for each in found["versions"]:
        which = "current version" if each["current"] else "earlier version"
        models = len(each["models"])
        yield (
            f"{which} {each['digest'].removeprefix('sha256:')[:12]} of "
            f"{pd.Timestamp(each['registered_at']):%d %b %Y}: {model_count(models)} measured"
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
            "What is missing": plain_text(" ".join(filter(None, (each["reason"], each["remedy"])))),
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
            yield f"{words}: {_files(count)}, such as {', '.join(report[key]['examples'][:2])}."
    for key, words in _DUPLICATES.items():
        if count := report["duplicates"][key]["count"]:
            first, second = report["duplicates"][key]["examples"][0]
            yield f"{words}: {_files(count)}, such as {first}, which is equal to {second}."


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _ask(action: Callable[[Client], None], own: Client) -> None:
    # What was said of the last action says nothing of this one.
    st.session_state[_REFUSAL] = st.session_state[_ADDED] = ""
    try:
        action(own)
    except ApiError as error:
        st.session_state[_REFUSAL] = f"{error.detail} {error.next_step}".strip()
    except ApiUnreachable as error:
        st.session_state[_REFUSAL] = str(error)


def _look(own: Client) -> None:
    # Before the look: if that is refused, the report of another folder must not stay.
    st.session_state[_LOOKED] = None
    found = benchmarks.look(own, str(st.session_state[FOLDER]), layout=str(st.session_state[LAYOUT]))
    st.session_state[_LOOKED] = found


def _remover(key: str) -> Callable[[Client], None]:
    def remove(own: Client) -> None:
        # A view cannot stay on what is gone, so that it changes with it.
        benchmarks.remove(own, key)
        state.change(benchmark_choice.on(STUDY_BENCHMARK))

    return remove


def _add(own: Client) -> None:
    looked = st.session_state[_LOOKED]
    # What was looked at, not what the field holds by now.
    found = benchmarks.add(own, str(looked["folder"]), layout=str(looked["layout"]))
    st.session_state[_LOOKED], st.session_state[_ADDED] = None, found["label"]
    state.change(benchmark_choice.on(found["key"]))
