"""The chart of a difference in a notebook."""

from typing import Any

import pytest

from dashboard.charts.palette import NEUTRAL
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from tests.wellbehaved.profiles import make_profile
from tests.wellbehaved.test_differences import SPOILT
from wellbehaved import difference_chart


def test_the_chart_has_each_difference_in_the_good_direction() -> None:
    found = make_profile("old").compare(make_profile("<new>", right=SPOILT))
    figure: Any = found.chart()
    (marks,) = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["Accuracy", "Calibration error", "Parameters"]
    accuracy, scale = found["accuracy"], DIMENSIONS["accuracy"].reference
    assert scale is not None
    assert accuracy.difference is not None
    assert marks.x[0] == pytest.approx(accuracy.difference / scale.standard_deviation)
    assert accuracy.high is not None
    assert marks.x[0] + marks.error_x.array[0] == pytest.approx(accuracy.high / scale.standard_deviation)
    assert marks.marker.color[0] == NEUTRAL


def test_it_can_be_read_on_any_ground_and_has_its_title_in_it() -> None:
    figure: Any = make_profile("old").compare(make_profile("<new>")).chart()
    assert figure.layout.title.text == "On the same images, &lt;new&gt; is not shown to differ from old."
    assert (figure.layout.paper_bgcolor, figure.layout.plot_bgcolor) == ("white", "white")
    assert figure.layout.margin.t > 40
    # As a notebook shows it.
    assert "Plotly.newPlot" in figure.to_html(include_plotlyjs=False)


def test_a_long_title_is_broken() -> None:
    short, long = (make_profile("old").compare(make_profile(name)).chart() for name in ("new", "a long name " * 20))
    assert long.layout.title.text is not None
    lines = long.layout.title.text.split("<br>")
    assert len(lines) > 2
    assert max(map(len, lines)) <= 90
    assert (long.layout.height or 0) > (short.layout.height or 0)


def test_without_plotly_the_next_step_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference_chart, "find_spec", lambda _: None)
    with pytest.raises(Refusal) as refused:
        make_profile("old").compare(make_profile("new")).chart()
    assert refused.value.hint == "Run `pip install plotly`."
