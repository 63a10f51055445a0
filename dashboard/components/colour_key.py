"""What the colours of the table stand for: the segments of its bars, and the ground of its values; and its brackets."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.charts.palette import dimension_colours, tint


def show(catalogue: Catalogue) -> None:
    """A row of swatches with names."""
    ends = f"{tint(-1)}, transparent, {tint(1)}"
    colours = dimension_colours(catalogue.dimensions)
    entries = "".join(
        f'<span><i style="background:{colours[key]}"></i>{escape(dimension.label)}</span>'
        for key, dimension in catalogue.on_show(state.current().weights).items()
    )
    tints = f'<i class="tint" style="background:linear-gradient(90deg,{ends})"></i>'
    ground = f'<span class="ground">{tints}value, worst to best</span>'
    tier = '<span><i class="bracket"></i>one tier: differences within the measurement error</span>'
    st.html(f'<div class="colour-key" role="note" aria-label="Signs of the table">{entries}{ground}{tier}</div>')
