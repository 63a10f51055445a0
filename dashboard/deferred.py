"""Answers that take long: asked for when the page comes to their place, and shown there once they come.

Until then the room shows the last answer as stale. Waiting ends as soon as the reader moves anything, for each look at
Streamlit's session state lets it start the next run. A question that the reader has moved past, and that no other tab
waits for, is given up: its connection is closed, and the service stops computing.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from threading import Lock, Thread
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from dashboard.catalogue import OWN_TOKEN, api_url
from dashboard.state import Key, Late, Tab, tab
from wellbehaved import ApiError, AsyncClient

# A run that the reader has moved past goes on for as long at most.
LOOK_SECONDS = 0.03
MOST_KEPT = 64
MOST_AT_ONCE = 2

Draw = Callable[[Any, bool], None]
Fetch = Callable[[AsyncClient], Awaitable[Any]]


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The event loop that questions are asked on: unlike a thread that waits, a task there can be cancelled."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="late", daemon=True).start()
    return loop


@dataclass
class Answers:
    """The long answers of this process, shared by all tabs.

    Attributes:
        client: asks for them.
        known: the answers, and those on their way.
        waiting: the tabs that wait for one.
    """

    client: AsyncClient
    known: OrderedDict[Key, Future[Any]] = field(default_factory=OrderedDict)
    waiting: dict[Key, set[Tab]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))

    def ready(self, key: Key) -> Future[Any] | None:
        """The answer where it is there."""
        with self.lock:
            found = self.known.get(key)
        return found if found is not None and found.done() else None

    def request(self, key: Key, fetch: Fetch, asker: Tab) -> Future[Any]:
        """The answer, or what will become it; one that failed is asked for again."""
        with self.lock:
            found = self.known.get(key)
            if found is None or (found.done() and found.exception() is not None):
                found = self.known[key] = asyncio.run_coroutine_threadsafe(self._ask(fetch), _loop())
            self.waiting.setdefault(key, set()).add(asker)
            self.known.move_to_end(key)
            while len(self.known) > MOST_KEPT:
                self.known.popitem(last=False)
        return found

    def leave(self, asker: Tab, keys: Iterable[Key]) -> None:
        """A tab no longer waits for these; what nobody waits for and is not there yet is given up."""
        given_up = []
        with self.lock:
            for key in keys:
                tabs = self.waiting.get(key, set())
                tabs.discard(asker)
                if tabs:
                    continue
                self.waiting.pop(key, None)
                found = self.known.get(key)
                if found is not None and not found.done():
                    given_up.append(self.known.pop(key))
        for answer in given_up:
            answer.cancel()

    async def _ask(self, fetch: Fetch) -> Any:  # noqa: ANN401 - each question has its own answer
        async with self.turns:
            return await fetch(self.client)


@st.cache_resource(show_spinner=False)
def _answers() -> Answers:
    return Answers(AsyncClient(api_url(), token=os.environ.get(OWN_TOKEN), retries=0))


def show(name: str, key: Key, fetch: Fetch, draw: Draw) -> None:
    """Leave room here for a long answer.

    Args:
        name: what it answers; the last answer of this name stands in as long as the new one is not there.
        key: the question, with the data version.
        fetch: asks it of the client that it is given; cancelled when the reader moves past it.
        draw: draws an answer, given whether it is stale; `st.empty()` for one without words, as the browser keeps the
            notice of waiting until something comes in its place.
    """
    known, answers, room = tab(), _answers(), st.empty()
    if known.asked.get(name, key) != key:
        _leave(known, [name])
    known.asked[name] = key
    ready = answers.ready(key)
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
    known.late.append(Late(name, answers.request(key, fetch, known), draw, room))


def finish() -> None:
    """Fill the rooms as the answers come, unless the reader moves on first."""
    known = tab()
    _leave(known, known.asked.keys() - {late.name for late in known.late})
    try:
        for late in known.late:
            while not late.answer.done():
                tab()  # a look at the session state, where the reader's next move ends this run
                time.sleep(LOOK_SECONDS)
            _fill(late)
    except StopException:  # the reader has closed the tab
        _leave(known, set(known.asked))
        raise
    _leave(known, set(known.asked))


def _leave(known: Tab, names: Iterable[str]) -> None:
    _answers().leave(known, [known.asked.pop(name) for name in names])


def _fill(late: Late) -> None:
    try:
        found = late.answer.result()
    except ApiError as error:
        with late.room.container():
            st.caption(f"{error.detail} {error.next_step}".strip())
        return
    tab().last[late.name] = found
    with late.room.container():
        late.draw(found, False)
