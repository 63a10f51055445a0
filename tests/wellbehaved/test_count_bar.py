"""The bar of things that are counted."""

import pytest

from wellbehaved.count_bar import count_bar


def test_a_log_is_not_filled_with_bars(capsys: pytest.CaptureFixture[str]) -> None:
    with count_bar("sorting") as progress:
        progress(1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_how_many_are_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with count_bar("sorting") as progress:
        progress(3, 7)
    assert "3/7" in capsys.readouterr().err
