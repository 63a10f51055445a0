"""The service does not answer: say so, say what to do, and come back by itself."""

from __future__ import annotations

import streamlit as st

from dashboard import catalogue
from dashboard.components import side
from dashboard.page_spans import part_every
from wellbehaved import ApiError

RETRY_SECONDS = 2


def show(error: Exception) -> None:
    """A page of its own, which looks for the service every other second and reloads once it is there."""
    side.say("Weights and filters come back with the service.")
    unready = isinstance(error, ApiError)
    st.title("The service is not ready yet" if unready else "The service does not answer")
    st.markdown(
        f"The dashboard reads everything from the API at `{catalogue.client().base_url}`, "
        f"which {'says it cannot answer now' if unready else 'cannot be reached'}."
    )
    st.markdown(
        "**What to do.** Start it with `wellbehaved up` (everything) or `wellbehaved serve` (the API alone). "
        "If it runs elsewhere, set `WELLBEHAVED_API_URL` to its address and start the dashboard again."
    )
    st.caption(f"Your view is kept. Retrying every {RETRY_SECONDS} seconds.")
    with st.expander("Details"):
        st.code(str(error), language=None, wrap_lines=True)
    _wait()


@part_every(RETRY_SECONDS, "outage")
def _wait() -> None:
    if catalogue.client().ready():
        st.rerun()
