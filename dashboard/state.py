"""The view of one browser tab: read from its address, changed by widgets, written back to its address.

Reading or writing Streamlit's session state may end the run on the spot when the reader has moved on, in callbacks
too. So all that belongs together is kept in one `Tab`, whose own changes cannot be interrupted, and widgets that hold
a value are compared with it at the start of each run rather than reporting by callback: what one run has missed, the
next one finds.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.view_state import Notice, ViewState, Vocabulary, chooses_rows

TAB = "tab"
# The address that was asked for and is no page of ours, as the server hands it on.
NO_PAGE = "no_page"

Apply = Callable[["Tab", Any], None]
Key = tuple[str, ...]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Late:
    """A room on the page that waits for a long answer.

    Attributes:
        name: what it answers.
        answer: it, once it is there.
        draw: draws an answer, given whether it is stale.
        room: where.
    """

    name: str
    answer: Future[Any]
    draw: Callable[[Any, bool], None]
    room: DeltaGenerator


@dataclass(eq=False)
class Tab:
    """What the dashboard knows of one browser tab.

    Attributes:
        view: what it shows.
        notices: what its address asked for and could not be shown.
        returning: whether Back or Forward has led to an address that the view has not been taken from yet.
        applied: the stamp of the last change that the board has handed over.
        leads_to: the page that the reader has asked for on the board.
        widgets: the value that each bound widget had when the view was last brought in line with it, and what to do
            when it has another.
        by_reader: the widgets that have their present value from the reader.
        pages: the navigation's entries by address.
        last: the latest long answers by name.
        late: the rooms on the page of this run that wait for one.
        asked: the long questions on their way by name.
        seen: the charts far down a page whose place has been in sight.
        data_version: of the last answer; empty before the first.
    """

    view: ViewState | None = None
    notices: list[Notice] = field(default_factory=list)
    returning: bool = False
    applied: str = ""
    leads_to: str = ""
    widgets: dict[str, tuple[Any, Apply]] = field(default_factory=dict)
    by_reader: set[str] = field(default_factory=set)
    pages: dict[str, st.Page] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)
    late: list[Late] = field(default_factory=list)
    asked: dict[str, Key] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    data_version: str = ""

    def change(self, values: Mapping[str, Any]) -> None:
        """Change the view; the table starts again at its first page where that is due."""
        if self.view is None:
            return
        # The number of a page would point at other rows.
        if any(chooses_rows(name) for name in values):
            values = {**values, "page": 1}
        self.view = self.view.with_values(values)


def tab() -> Tab:
    """What is known of the tab of this run."""
    if TAB not in st.session_state:
        st.session_state[TAB] = Tab()
    known: Tab = st.session_state[TAB]
    return known


def current() -> ViewState:
    """The view as it stands."""
    view = tab().view
    if view is None:
        raise RuntimeError("The view is read before restore() has taken it from the address.")
    return view


def change(values: Mapping[str, Any]) -> None:
    """Change the view because a button was used.

    Streamlit calls buttons before the run that would take over what the reader did just before: that comes first here.
    """
    follow_widgets()
    tab().change(values)


def replace(view: ViewState) -> None:
    """Show another view."""
    tab().view = view


def bind(key: str, value: Value, apply: Apply) -> Value:
    """Tie a widget to the view, just before it is drawn.

    The widget is set only when the view was changed from elsewhere (a preset, a link): echoing the reader's own value
    back would make a slider's handle jump when they move faster than the answers come.

    Args:
        key: the widget's key.
        value: what the view has for it.
        apply: changes the tab when the widget has another value.

    Returns:
        The value, to be passed as the widget's own default. On another page, and after an outage, Streamlit makes the
        widget anew and it reports its default: that must be what the view has, not the lowest value of its scale.
        Not so a number or a choice that may be absent, see `bind_emptiable`.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    tab().widgets[key] = (value, apply)
    return value


def bind_emptiable(key: str, value: object, apply: Apply) -> None:
    """Tie a number or a choice that may be absent to the view, just before it is drawn with None as its default.

    The browser turns an emptied field back to its default: with the view's value there, as `bind` gives it, a field
    that a link has filled could never be emptied. But a run may be overtaken before the browser has drawn its widgets,
    which then would report None as if the reader had emptied them; so the value is sent again until the reader has
    changed it.

    Args:
        key: the widget's key.
        value: what the view has for it; None if nothing.
        apply: changes the tab when the widget has another value.
    """
    known = tab()
    if key not in st.session_state or st.session_state[key] != value:
        known.by_reader.discard(key)
    if value is not None and key not in known.by_reader:
        st.session_state[key] = value
    bind(key, value, apply)


def watch(key: str, apply: Apply) -> None:
    """Have what a component of ours hands over taken into the view at the start of the next run.

    Args:
        key: the component's key, which has just been drawn.
        apply: changes the tab by what the component has handed over.
    """
    tab().widgets[key] = (_handed_over(key), apply)


def _handed_over(key: str) -> Any:  # noqa: ANN401 - each component hands over its own
    told = st.session_state.get(key)
    return dict(told) if isinstance(told, Mapping) else told


def follow_widgets() -> None:
    """Bring the view in line with the widgets that were moved since the last run."""
    known = tab()
    # All is read before anything is applied: reading may end the run, and nothing may be left half done.
    moved = {
        key: _handed_over(key)
        for key, (seen, _) in known.widgets.items()
        if key in st.session_state and _handed_over(key) != seen
    }
    for key, value in moved.items():
        apply = known.widgets[key][1]
        known.by_reader.add(key)
        known.widgets[key] = (value, apply)
        apply(known, value)


def address_query() -> dict[str, str]:
    """The query string of the address; a repeated name counts as a list."""
    return {name: ",".join(st.query_params.get_all(name)) for name in st.query_params}


def follow_history() -> None:
    """Note that Back or Forward has led here, for an outage may come before the address can be read."""
    context = get_script_run_ctx()
    if context is not None and context.is_history_navigation:
        tab().returning = True


def restore(vocabulary: Vocabulary) -> None:
    """Take the view from the address when the reader comes by a link, or by Back or Forward; else keep the tab's own.

    At any other moment the address lags behind the view: Streamlit clears it when the page changes, and a widget moved
    while the last address was still on its way to the browser sends the one before it.
    """
    known = tab()
    if known.view is None or known.returning:
        query = address_query()
        # Taken out first, for it is no parameter of a view and would be named as one that does not exist.
        no_page = query.pop(NO_PAGE, "")
        known.view, known.notices = ViewState.from_query(query, vocabulary)
        if no_page:
            add_notice(Notice("", no_page, "there is no such page."))
        known.returning = False
    elif known.view.vocabulary != vocabulary:
        # Somebody has added a dimension, or removed one, since the last run of this tab.
        known.view, lost = ViewState.from_query(known.view.query(), vocabulary)
        for notice in lost:
            add_notice(notice)


def publish() -> None:
    """Write the view to the address, where it differs."""
    query = current().query()
    # Only then: each write is an entry in the browser's history.
    if query != address_query():
        st.query_params.from_dict(query)


def drop_unknown_models(existing: Container[str]) -> None:
    """Forget models of the link that do not exist, and say so."""
    view = current()
    kept: dict[str, Any] = {}
    for name in ("select", "models"):
        asked = (view[name],) if isinstance(view[name], str) else view[name]
        for model_id in asked:
            if model_id and model_id not in existing:
                add_notice(Notice(name, model_id, "there is no such model."))
        left = tuple(model_id for model_id in asked if model_id in existing)
        kept[name] = left if name == "models" else "".join(left)
    replace(view.with_values(kept))


def keep_to(benchmark: str, measured: Container[str]) -> None:
    """Forget what the link asks of dimensions that its benchmark does not have, and say so.

    Args:
        benchmark: its name on screen.
        measured: the keys of its dimensions.
    """
    view = current()
    changes = view.changes_for(measured)
    # Only what the link itself asked for: a default that does not fit is nobody's mistake.
    for name in changes.keys() & view.values.keys():
        text = view.vocabulary.parameters[name].write(view[name])
        add_notice(Notice(name, text, f"{benchmark} does not measure that."))
    if changes:
        replace(view.with_values(changes))


def add_notice(notice: Notice) -> None:
    """Show the reader, once, a value that could not be used."""
    known = tab()
    # The same link is read again after an outage, and is to be reported once.
    if notice not in known.notices:
        known.notices = [*known.notices, notice]


def dismiss_notices() -> None:
    """The reader has seen them."""
    tab().notices = []
