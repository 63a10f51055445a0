"""Which colour stands for which dimension, once for the table and the chart below it."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard.catalogue import Catalogue
from dashboard.charts.palette import dimension_colours


def show(catalogue: Catalogue) -> None:
    """A row of swatches with names."""
    colours = dimension_colours(catalogue.dimensions)
    entries = "".join(
        f'<span><i style="background:{colours[key]}"></i>{escape(dimension.label)}</span>'
        for key, dimension in catalogue.dimensions.items()
    )
    st.html(f'<div class="colour-key" role="note" aria-label="Colours of the contributions">{entries}</div>')
