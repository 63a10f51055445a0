"""Choosing a checkpoint: the browser sends it straight to the service, past the dashboard's memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

KEY = "upload"
TAKEN = "upload.taken"

_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
_FORM = (
    '<div class="upload"><label class="zone"><strong>Drop a checkpoint here</strong>'
    "<span>or choose a file: .safetensors, .pt, .pth, .bin or .ckpt. Nothing in it is executed.</span>"
    '<input type="file" aria-label="Checkpoint" accept=".safetensors,.pt,.pth,.bin,.ckpt"></label>'
    '<progress hidden aria-label="Sent"></progress><p class="status" role="status"></p></div>'
)
_draw = st.components.v2.component("wellbehaved_upload", html=_FORM, css=_STYLE, js=_SCRIPT)


@dataclass(frozen=True)
class Taken:
    """A file that the service has accepted.

    Attributes:
        checkpoint_id: its sha256.
        filename: what it was called.
    """

    checkpoint_id: str
    filename: str


def show(url: str, token: str) -> Taken | None:
    """Draw the field; gives the file that was uploaded last in this tab.

    Args:
        url: of the service as browsers reach it.
        token: of the instance.
    """
    _draw(key=KEY, data={"url": url, "token": token}, on_taken_change=_take)
    taken: Taken | None = st.session_state.get(TAKEN)
    return taken


def _take() -> None:
    if found := st.session_state[KEY].taken:
        st.session_state[TAKEN] = Taken(str(found["checkpoint_id"]), str(found["filename"]))
