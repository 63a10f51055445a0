"""Share the view, take its data along, or start over."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from dashboard import state
from dashboard.catalogue import client, comparing, public_api_url, view_settings
from dashboard.components import save_preset
from dashboard.view_state import SETTINGS, ViewState, chooses_rows

FORMATS = {"csv": "text/csv", "json": "application/json", "parquet": "application/vnd.apache.parquet"}
RECORDS = {"html": "text/html", "md": "text/markdown", "json": "application/json"}
RECORD_LABELS = {"html": "Web page", "md": "Markdown", "json": "JSON record"}
# What the API has no word for; a reset of weights and filters leaves the arrangement of the screen alone.
ARRANGEMENT = frozenset({"page", "x", "y", "select", "models", "front", "only", "evaluation"})


def show() -> None:
    """Three buttons in a row."""
    with st.container(horizontal=True, key="actions"):
        # Filled only when open, so that a slider move need not prepare what nobody looks at.
        with st.popover("Share", icon=":material/link:", key="share", on_change="rerun") as share:
            if share.open:
                st.markdown("This address opens the same view anywhere this dashboard can be reached.")
                st.code(link(st.context.url or "", state.current()), language=None, wrap_lines=True)
                save_preset.show()
        with st.popover("Download", icon=":material/download:", key="download", on_change="rerun") as download:
            if download.open:
                _downloads(state.current())
        st.button(
            "Reset all",
            icon=":material/restart_alt:",
            on_click=_reset,
            help="Restore the default weights and remove all filters.",
        )


def link(page: str, view: ViewState) -> str:
    """The page's address with the view as its query string."""
    parts = urlsplit(page)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(view.query(), safe=","), ""))


def _reset() -> None:
    state.follow_widgets()  # else what was done just before would outlive the reset
    gone = state.current().values
    state.change({name: None for name in gone if name not in ARRANGEMENT})
    state.replace(state.current().without_filters())
    state.dismiss_notices()


def _downloads(view: ViewState) -> None:
    st.markdown("The ranking as shown, with all values, contributions and flags.")
    with st.container(horizontal=True):
        for name, media_type in FORMATS.items():
            st.download_button(
                "Parquet" if name == "parquet" else name.upper(),
                data=_export(name, view),
                file_name=f"wellbehaved-ranking.{name}",
                mime=media_type,
                # A download changes nothing on the page, which need not run anew for it.
                on_click="ignore",
                key=f"download.{name}",
            )
    _records(view)
    st.markdown("The same from a terminal")
    st.code(curl(view, public_api_url()), language="bash", wrap_lines=True)
    st.markdown("The same from Python")
    st.code(python(view, public_api_url()), language="python", wrap_lines=True)


def _records(view: ViewState) -> None:
    st.markdown("A decision record: the question, the top, why, how sure, what was left out, and how to cite it.")
    with st.container(horizontal=True):
        for name, media_type in RECORDS.items():
            st.download_button(
                RECORD_LABELS[name],
                data=_record(name, view),
                file_name=f"wellbehaved-decision.{name}",
                mime=media_type,
                on_click="ignore",
                key=f"record.{name}",
            )


def _record(name: str, view: ViewState) -> Callable[[], bytes]:
    return lambda: client().rankings.decision_record_file(name, **comparing(view))


def _export(name: str, view: ViewState) -> Callable[[], bytes]:
    # Called on the click only, so that moving a slider does not prepare three files.
    return lambda: client().rankings.export(name, sort=view.values.get("sort"), **view_settings(view))


def api_query(view: ViewState) -> dict[str, str]:
    """The view's parameters that a ranking is asked with."""
    return {name: text for name, text in view.query().items() if chooses_rows(name)}


def curl(view: ViewState, base_url: str) -> str:
    """A command that fetches this view."""
    query = urlencode({**api_query(view), "format": "csv"}, safe=",")
    return f"curl '{base_url}/v1/rankings?{query}'"


def python(view: ViewState, base_url: str) -> str:
    """A program that fetches this view."""
    values = view.values
    arguments = []
    if view.own_weights:
        arguments.append(f"weights={view.own_weights!r}")
    arguments += [f"{name}={values[name]!r}" for name in SETTINGS if name in values]
    filters = {name: list(value) if isinstance(value, tuple) else value for name, value in view.filters.items()}
    if filters:
        arguments.append(f"filters={filters!r}")
    if "sort" in values:
        arguments.append(f"sort={values['sort']!r}")
    call = f"client.rankings.get({', '.join(arguments)})"
    return f'from wellbehaved import Client\n\nwith Client("{base_url}") as client:\n    frame = {call}.frame'
