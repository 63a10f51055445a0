"""Which images two models decide differently, by the names of their files, for whoever holds the token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard.wording import plain_text
from wellbehaved import ApiError, Client

Answer = Mapping[str, Any]

MOST = 200
# The service lists a set in a process of its own, which takes some seconds to start.
LIST_SECONDS = 120.0
DIRECTIONS = {"now_wrong": "was right, is now wrong", "now_right": "was wrong, is now right"}


def show(answer: Answer) -> None:
    """Draw the fold-out under a comparison; nothing where no image flipped.

    Args:
        answer: of /v1/differences, about two models that are paired.
    """
    counts = {each["name"]: each for each in answer["flips"] if each["now_wrong"] + each["now_right"]}
    if not counts:
        return
    key = f"flipped.{answer['b']['model_id']}"
    with st.expander("Which images flipped", key=key, on_change="rerun") as fold:
        if fold.open:
            _show_list(answer, counts, key)


def _show_list(answer: Answer, counts: Mapping[str, Answer], key: str) -> None:
    own = source.owner()
    if own is None:
        st.markdown("The names of the files are visible only with the access token: give it on the page Evaluate.")
        return
    name = st.selectbox("Images", list(counts), format_func=lambda each: pass_words(counts[each]), key=f"{key}.pass")
    try:
        found = flip_list(own, answer, name)
    except ApiError as error:
        st.markdown(plain_text(f"{error.detail} {error.next_step}".strip()))
        return
    st.dataframe(table(found), hide_index=True, alt=f"Images of {name} that flipped")
    total = found["now_wrong"] + found["now_right"]
    if total > MOST:
        st.caption(f"The first {MOST} of {total:,}. `GET /v1/differences/flips` has the rest.")


def pass_words(found: Answer) -> str:
    """A pass with the number of its images that flipped: "clean: 12 flipped"."""
    return f"{found['name'].replace('_', ' ')}: {found['now_wrong'] + found['now_right']:,} flipped"


def flip_list(own: Client, answer: Answer, name: str) -> Answer:
    """The images of a pass that flipped, as far as they are shown.

    Args:
        own: a connection with the token.
        answer: of /v1/differences.
        name: of the pass.
    """
    asked = {
        "a": answer["a"]["model_id"], "b": answer["b"]["model_id"], "benchmark": answer["benchmark"],
        "protocol": answer["protocol"], "pass": name, "limit": str(MOST),
    }  # fmt: skip
    return own.get("/v1/differences/flips", asked, timeout=LIST_SECONDS)


def table(found: Answer) -> pd.DataFrame:
    """A row per image."""
    rows = [{"File": each["path"], "What became of it": DIRECTIONS[each["direction"]]} for each in found["items"]]
    return pd.DataFrame(rows, columns=["File", "What became of it"])
