"""What a box over an axis of the parallel coordinates does, without a pointer: two fields for each axis."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.catalogue import Catalogue
from dashboard.components import filters

PLACE = "axis."
IN_A_ROW = 3


def show(catalogue: Catalogue, facets: dict[str, Any]) -> None:
    """Draw the fields, folded; they hold the same limits as a box and as the filters beside the page."""
    with st.expander("Set limits on the axes by keyboard", key="axis.limits", on_change="rerun") as more:
        if not more.open:
            return
        columns = st.columns(IN_A_ROW)
        for place, (key, dimension) in enumerate(catalogue.dimensions.items()):
            with columns[place % IN_A_ROW]:
                filters.show_range(key, dimension.axis_title, facets, PLACE)
