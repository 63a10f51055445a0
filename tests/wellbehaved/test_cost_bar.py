"""What `wellbehaved cost` shows while it measures."""

import io

import pytest
from rich.console import Console

from evaluation.running_cost.measured_cost import CostProgress
from wellbehaved.cost_bar import cost_bar

FIRST = CostProgress(batch_size=64, next_pass=None, passes=55, share=0.0)
LATER = CostProgress(batch_size=64, next_pass=12, passes=55, share=0.2)


def drawn(*progress: CostProgress, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100, color_system=None)
    with cost_bar("[b]mine", console) as draw:
        for each in progress:
            draw(each)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_a_terminal_shows_the_batch_size_and_the_pass() -> None:
    shown = drawn(FIRST, LATER, terminal=True)
    assert "[b]mine: batch size 64, memory" in shown
    assert "[b]mine: batch size 64, pass 12 of 55" in shown
    assert "20%" in shown


def test_elsewhere_nothing_is_drawn() -> None:
    assert drawn(FIRST, LATER, terminal=False) == ""


def test_no_thread_draws_while_a_pass_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rich.live._RefreshThread.start", lambda _: pytest.fail("a thread draws"))
    assert drawn(FIRST, terminal=True)
