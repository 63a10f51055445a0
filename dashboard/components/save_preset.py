"""Give the weights of the view a name: a preset of one's own, beside those that come with the program."""

from __future__ import annotations

import re
import unicodedata

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.wording import plain_text
from wellbehaved import ApiError, ApiUnreachable, Client

NAME, SAVE = "save_preset.name", "save_preset.save"
_REFUSAL, _SAVED = "save_preset.refusal", "save_preset.saved"
# As the service takes them.
_LONGEST_NAME, _LONGEST_KEY = 60, 64
_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


def show() -> None:
    """Draw the name and the button; without the token of the service, the way to it."""
    st.markdown("Save these weights as a preset, which stands beside the others for everybody who uses this service.")
    own = source.owner()
    if own is None:
        st.caption("Saving needs the access token: give it on the page Evaluate.")
        return
    st.text_input("Name of the preset", key=NAME, max_chars=_LONGEST_NAME, placeholder="Our cameras")
    st.button("Save as preset", key=SAVE, on_click=_save, args=(own,))
    if refusal := st.session_state.get(_REFUSAL):
        st.error(refusal)
    if saved := st.session_state.get(_SAVED):
        st.success(f"{plain_text(saved)} stands among the presets now.")


def key_of(name: str) -> str:
    """The key of a preset by its name: letters without accents, words joined by hyphens; a word is put before a digit.

    >>> key_of("Our cämeras, 2")
    'our-cameras-2'
    """
    # Letters lose their accents, which as one character they would vanish with.
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = _BETWEEN_WORDS.sub("-", plain).strip("-")
    return (words if words[:1].isalpha() else f"preset-{words}".rstrip("-"))[:_LONGEST_KEY].rstrip("-")


def _save(own: Client) -> None:
    st.session_state[_REFUSAL] = st.session_state[_SAVED] = ""
    name = str(st.session_state.get(NAME) or "").strip()
    if not name:
        st.session_state[_REFUSAL] = "Give the preset a name first."
        return
    weights = {key: weight for key, weight in state.current().weights.items() if weight}
    told = {"key": key_of(name), "label": name, "description": "Saved from the dashboard.", "weights": weights}
    try:
        own.add_preset(told)
    except ApiUnreachable as error:
        st.session_state[_REFUSAL] = plain_text(str(error))
    except ApiError as error:
        st.session_state[_REFUSAL] = plain_text(f"{error.detail} {error.next_step}")
    else:
        st.session_state[_SAVED] = name
