"""What was measured on earlier versions of a benchmark's files: shown as such, and compared with nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import benchmarks, state
from dashboard.catalogue import Catalogue
from dashboard.charts.chart import plain
from dashboard.wording import MISSING_LABELS, PLUS_MINUS, plain_text

_SHOWN_CHARACTERS = 12

Answer = Mapping[str, Any]


def show_model(model_id: str, data_version: str, catalogue: Catalogue) -> None:
    """Draw what a model was measured at on earlier versions of the view's benchmark; nothing where there is nothing.

    Args:
        model_id: of the model.
        data_version: of the other figures on the page.
        catalogue: of the view's benchmark.
    """
    chosen = benchmarks.benchmark(state.current()["benchmark"])
    if chosen is None or chosen["origin"] != benchmarks.OWN:
        return
    found = benchmarks.earlier_measurements(str(chosen["key"]), model_id, data_version)
    if found:
        st.markdown("## Measured on earlier versions of the images")
        show(found, catalogue)


def show(items: Sequence[Answer], catalogue: Catalogue) -> None:
    """Draw a row for each model, version and protocol.

    Args:
        items: of GET /v1/benchmarks/{key}/earlier-measurements.
        catalogue: for the names and decimals of the dimensions.
    """
    rows = [
        {
            "Model": plain_text(item["name"]),
            "Version": f"{item['digest'].removeprefix('sha256:')[:_SHOWN_CHARACTERS]}, registered on "
            f"{pd.Timestamp(item['registered_at']):%d %b %Y}",
            "Protocol": item["protocol"],
            "Values": " · ".join(_values(item["scores"], catalogue)),
        }
        for item in items
    ]
    st.table(pd.DataFrame(rows), hide_index=True, border="horizontal", alt="Values of earlier versions")
    st.caption(f"These are values of other images, so no ranking or comparison takes them in. {PLUS_MINUS}")


def _values(scores: Mapping[str, Answer], catalogue: Catalogue) -> Iterator[str]:
    for key, score in scores.items():
        # The benchmark may have declared another dimension then.
        if key not in catalogue.dimensions:
            continue
        dimension = catalogue.dimensions[key]
        if score["value"] is None:
            yield f"{dimension.label}: {MISSING_LABELS.get(score['missing'], score['missing'])}"
            continue
        error = score["standard_error"]
        spread = "" if error is None else f" ± {plain(error, dimension.decimals)}"
        yield f"{dimension.label} {plain(score['value'], dimension.decimals)}{spread}"
