"""A chart with its finding, its table and its picks."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import AttributeDictionary

Run = Callable[..., AppTest]


DRAW = """
from dashboard.charts.chart import Chart
from dashboard.components import chart_card
import pandas as pd, plotly.graph_objects as go
chart = Chart(go.Figure(go.Scatter(x=[1], y=[2])), "A finding.", "What is seen.", pd.DataFrame({"x": [1]}), note=NOTE)
chart_card.show(chart, "chart.x")
"""


def test_finding_and_note_stand_beside_the_figure_and_the_table_waits(alone: Run) -> None:
    page = alone("NOTE = 'A note.'" + DRAW)
    assert not page.exception
    assert page.markdown[0].value == "## A finding."
    assert [caption.value for caption in page.caption] == ["A note."]
    assert len(page.get("plotly_chart")) == 1
    assert not page.dataframe, "a folded table is not drawn"


def test_of_a_chart_without_a_mark_the_finding_alone_stands(alone: Run) -> None:
    page = alone("NOTE = 'A note.'" + DRAW.replace("x=[1], y=[2]", "x=[], y=[]"))
    assert not page.exception
    assert [text.value for text in page.markdown] == ["## A finding."]
    assert not page.get("plotly_chart")
    assert not page.caption
    assert not page.expander


def test_a_table_of_the_page_has_its_finding_and_its_numbers_too(alone: Run) -> None:
    page = alone(
        "import pandas as pd\n"
        "from dashboard.charts.chart import Markup\n"
        "from dashboard.components import chart_card\n"
        "drawn = Markup('<table></table>', 'A finding.', pd.DataFrame({'x': [1]}), 'A note.')\n"
        "chart_card.show_markup(drawn, 'chart.x')"
    )
    assert not page.exception
    assert page.markdown[0].value == "## A finding."
    assert page.get("html")[0].proto.body == "<table></table>"
    assert [caption.value for caption in page.caption] == ["A note."]
    assert not page.dataframe, "a folded table is not drawn"


def test_no_note_leaves_no_empty_line(alone: Run) -> None:
    assert not alone("NOTE = ''" + DRAW).caption


def test_a_clicked_point_picks_its_model(monkeypatch: Any) -> None:  # noqa: ANN401 - pytest's own
    from types import SimpleNamespace

    import streamlit as st

    from dashboard import state
    from dashboard.components import chart_card

    changes: list[object] = []
    monkeypatch.setattr(state, "change", changes.append)
    for points in ([{"customdata": ["resnet50", 1]}], [{"customdata": "alexnet"}], []):
        chosen = SimpleNamespace(selection=AttributeDictionary(points=points, box=[]))
        monkeypatch.setattr(st, "session_state", {"chart": chosen})
        chart_card._select("chart")
    assert changes == [{"select": "resnet50"}, {"select": "alexnet"}]


def test_a_box_goes_before_the_points_within_it(monkeypatch: Any) -> None:  # noqa: ANN401 - pytest's own
    from types import SimpleNamespace

    import streamlit as st

    from dashboard import state
    from dashboard.components import chart_card

    changes: list[object] = []
    boxes: list[object] = []
    monkeypatch.setattr(state, "change", changes.append)
    drawn = AttributeDictionary(points=[{"customdata": "alexnet"}], box=[{"x": [0, 1], "y": [2, 3]}])
    monkeypatch.setattr(st, "session_state", {"chart": SimpleNamespace(selection=drawn)})
    chart_card._select("chart", boxes.append)
    assert (boxes, changes) == ([[{"x": [0, 1], "y": [2, 3]}]], [])
    monkeypatch.setattr(st, "session_state", {"chart": SimpleNamespace(selection=AttributeDictionary(drawn, box=[]))})
    chart_card._select("chart", boxes.append)
    assert changes == [{"select": "alexnet"}]
