"""Choosing a checkpoint: what the browser reports is kept for this tab."""

from types import SimpleNamespace

import pytest
import streamlit as st

from dashboard.components import upload
from dashboard.components.upload import Taken


def test_what_was_taken_last_is_kept_and_a_report_of_nothing_forgets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    drawn: list[dict[str, str]] = []
    monkeypatch.setattr(upload, "_draw", lambda *, data, **_: drawn.append(data))
    assert upload.show("http://api", "token") is None
    for report in ({"checkpoint_id": "ab", "filename": "net.pt"}, None):
        state[upload.KEY] = SimpleNamespace(taken=report)
        upload._take()
    assert upload.show("http://api", "token") == Taken("ab", "net.pt")
    assert drawn[-1] == {"url": "http://api", "token": "token"}
