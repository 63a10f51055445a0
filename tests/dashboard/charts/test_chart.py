"""What charts share."""

import pandas as pd
import pytest

from dashboard.charts.chart import Chart, drawn_text, plain, plain_axis, plain_layout, plotly_figure
from quba.wording import signed_text


def test_numbers_carry_a_real_minus() -> None:
    assert signed_text(-0.126) == "−0.13"
    assert signed_text(0.5) == "+0.50"
    assert (signed_text(0.004), signed_text(-0.004), plain(-0.004), plain(-0.5)) == ("0.00", "0.00", "0.00", "−0.50")
    assert plain(-1.23456, 4) == "−1.2346"


def test_the_layout_leaves_the_page_s_colours_alone() -> None:
    figure = plotly_figure([], plain_layout(200, xaxis=plain_axis("Accuracy", range=[0, 1])))
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.xaxis.title.text == "Accuracy"
    assert figure.layout.font.color is None


@pytest.mark.parametrize(
    ("traces", "empty"),
    [
        ([], True),
        ([{"type": "bar", "x": [], "y": []}], True),
        ([{"type": "bar", "x": [], "y": []}, {"type": "scatter", "x": [1], "y": [2]}], False),
        ([{"type": "heatmap", "x": ["a"], "y": ["b"], "z": [[1]]}], False),
    ],
)
def test_a_chart_without_a_mark_is_empty(traces: list[dict[str, object]], empty: bool) -> None:
    assert Chart(plotly_figure(traces, {}), "A finding.", "What is seen.", pd.DataFrame()).is_empty is empty


def test_a_name_from_right_to_left_is_drawn_apart_from_what_follows() -> None:
    assert drawn_text(["1  מודל", ["<א> 2"]]) == ["1  \u2068מודל\u2069", ["&lt;\u2068א\u2069&gt; 2"]]
