"""Progress in a terminal, in a notebook, and nowhere."""

import io
import sys
import time
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console

from evaluation.engine.progress import Progress
from evaluation.engine.run import Watcher
from wellbehaved.run_progress import watching


def progress(share: float) -> Progress:
    return Progress(
        stage="Toy <val>", share=share, images=8, elapsed_seconds=1, remaining_seconds=61 if share else None
    )


def test_in_a_terminal_a_bar_that_goes_again() -> None:
    written = io.StringIO()
    with watching(wanted=True, console=Console(file=written, force_terminal=True, width=100)) as watcher:
        watcher.on_progress(progress(0.0))
        watcher.on_progress(progress(0.25))
    assert "Toy <val>" in written.getvalue()
    assert "1 min left" in written.getvalue()


@pytest.mark.parametrize(("wanted", "terminal"), [(False, True), (True, False), (False, False)])
def test_elsewhere_nothing(wanted: bool, terminal: bool) -> None:
    written = io.StringIO()
    with watching(wanted=wanted, console=Console(file=written, force_terminal=terminal)) as watcher:
        assert type(watcher) is Watcher
    assert written.getvalue() == ""


@pytest.mark.parametrize("fails", [False, True])
def test_in_a_notebook_one_display_that_is_replaced(monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, html: str) -> None:
            shown.append(html)

    def display(html: str, *, display_id: bool) -> Handle:
        assert display_id
        shown.append(html)
        return Handle()

    fake: Any = ModuleType("IPython.display")
    fake.HTML, fake.display = str, display
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", fake)
    times = iter([0.0, 0.1, 1.0, 1.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    try:
        with watching(wanted=True, console=Console(file=io.StringIO(), force_jupyter=True)) as watcher:
            watcher.on_progress(progress(0.0))
            watcher.on_progress(progress(0.5))
            if fails:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert fails
    first, second, last = shown
    assert "reading the data sets" in first
    # The first of the two came too soon.
    assert second == 'Toy &lt;val&gt; <progress max="100" value="50"></progress> 50 % 1 min left'
    assert last == ""
