"""What the colours of the table stand for: the segments of its bars, and the ground of its values."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard.catalogue import Catalogue
from dashboard.charts.palette import dimension_colours, tint


def show(catalogue: Catalogue) -> None:
    """A row of swatches with names."""
    ends = f"{tint(-1)}, transparent, {tint(1)}"
    colours = dimension_colours(catalogue.dimensions)
    entries = "".join(
        f'<span><i style="background:{colours[key]}"></i>{escape(dimension.label)}</span>'
        for key, dimension in catalogue.dimensions.items()
    )
    ground = f'<span><i class="tint" style="background:linear-gradient(90deg,{ends})"></i>value, worst to best</span>'
    st.html(f'<div class="colour-key" role="note" aria-label="Colours of the table">{entries}{ground}</div>')
