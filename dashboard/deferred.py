"""Answers that take long: asked for once the page stands, and shown where the page has left room for them.

Until then the room shows the last answer as stale. Waiting ends as soon as the reader moves anything, for each look at
Streamlit's session state lets it start the next run; an answer that is on its way by then is kept for later.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import streamlit as st

from dashboard.state import Late, tab
from wellbehaved import ApiError

# While keys step a slider its answers follow each other faster than a run; none of them is worth a long question.
STILL_SECONDS = 0.1
LOOK_SECONDS = 0.03
MOST_KEPT = 64
MOST_AT_ONCE = 2

Key = tuple[str, ...]
Draw = Callable[[Any, bool], None]


@dataclass
class Answers:
    """The long answers of this process, shared by all tabs."""

    known: OrderedDict[Key, Future[Any]] = field(default_factory=OrderedDict)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(MOST_AT_ONCE, "late"))
    lock: Lock = field(default_factory=Lock)

    def ready(self, key: Key) -> Future[Any] | None:
        """The answer where it is there."""
        with self.lock:
            found = self.known.get(key)
        return found if found is not None and found.done() else None

    def request(self, key: Key, fetch: Callable[[], Any]) -> Future[Any]:
        """The answer, or what will become it; one that failed is asked for again."""
        with self.lock:
            found = self.known.get(key)
            if found is None or (found.done() and found.exception() is not None):
                found = self.known[key] = self.threads.submit(fetch)
            self.known.move_to_end(key)
            while len(self.known) > MOST_KEPT:
                self.known.popitem(last=False)
        return found


@st.cache_resource(show_spinner=False)
def _answers() -> Answers:
    return Answers()


def show(name: str, key: Key, fetch: Callable[[], Any], draw: Draw) -> None:
    """Leave room here for a long answer.

    Args:
        name: what it answers; the last answer of this name stands in as long as the new one is not there.
        key: the question, with the data version.
        fetch: asks it, in a thread of its own.
        draw: draws an answer, given whether it is stale; `st.empty()` for one without words, as the browser keeps the
            notice of waiting until something comes in its place.
    """
    known, room = tab(), st.empty()
    ready = _answers().ready(key)
    if ready is not None and ready.exception() is None:
        known.last[name] = ready.result()
        with room.container():
            draw(known.last[name], False)
        return
    with room.container():
        if name in known.last:
            draw(known.last[name], True)
        else:
            st.caption("Computing…")
    known.late.append(Late(name, key, fetch, draw, room))


def finish() -> None:
    """Ask what is missing and fill the rooms, unless the reader moves on first."""
    known = tab()
    if not known.late:
        return
    _wait_until(time.monotonic() + STILL_SECONDS)
    asked = {late.key: _answers().request(late.key, late.fetch) for late in known.late}
    for late in known.late:
        answer = asked[late.key]
        while not answer.done():
            _wait_until(time.monotonic() + LOOK_SECONDS)
        _fill(late, answer)


def _fill(late: Late, answer: Future[Any]) -> None:
    try:
        found = answer.result()
    except ApiError as error:
        with late.room.container():
            st.caption(f"{error.detail} {error.next_step}".strip())
        return
    tab().last[late.name] = found
    with late.room.container():
        late.draw(found, False)


def _wait_until(moment: float) -> None:
    while (left := moment - time.monotonic()) > 0:
        tab()  # a look at the session state, where the reader's next move ends this run
        time.sleep(min(left, LOOK_SECONDS))
