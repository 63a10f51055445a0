"""The chart of a difference for a notebook: the one that the page Compare draws."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from textwrap import wrap
from typing import TYPE_CHECKING

from quba.deciding.paired_differences import PairedDifference
from quba.dimension import Dimension
from quba.errors import Refusal
from wellbehaved.installed_dimensions import dimension_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

# The title stands in the drawing here, which on a page is a heading: plotly breaks no line by itself.
_TITLE_WIDTH, _LINE_HEIGHT, _TITLE_MARGIN = 90, 20, 36


@dataclass(frozen=True, kw_only=True, slots=True)
class _Axis:
    """A dimension as the chart asks for it."""

    label: str
    higher_is_better: bool
    decimals: int
    scale: float


def difference_chart(name_a: str, name_b: str, items: Sequence[PairedDifference], *, confidence: float) -> "go.Figure":
    """A forest plot: per dimension the difference with its interval, to the right better.

    Args:
        name_a: the first model.
        name_b: the second.
        items: the second minus the first, of the same images.
        confidence: of the intervals.

    Raises:
        Refusal: `no_plotly`.
    """
    if find_spec("plotly") is None:
        raise Refusal("no_plotly", "plotly is not installed, which draws the chart.", "Run `pip install plotly`.")
    # Here: tables and verdicts are there without a drawing library.
    import plotly.graph_objects as go

    from dashboard.charts.chart import drawn_text
    from dashboard.charts.paired_differences import paired_differences

    # As /v1/differences answers about the same two.
    answer = {
        "a": {"name": name_a},
        "b": {"name": name_b},
        "confidence": confidence,
        "paired": True,
        "items": [asdict(each) for each in items],
    }
    drawn = paired_differences(answer, {each.dimension: _axis(dimension_of(each.dimension)) for each in items})
    title = wrap(drawn.finding, _TITLE_WIDTH)
    room = _TITLE_MARGIN + _LINE_HEIGHT * len(title)
    # Anew, with plotly's checks: a page does without them, and also without the names of templates.
    figure = go.Figure(drawn.figure.to_dict())
    figure.update_layout(
        # Of its own ground: a notebook's may be dark, and the figure cannot know.
        template="plotly_white",
        paper_bgcolor="white",
        plot_bgcolor="white",
        title={"text": "<br>".join(map(drawn_text, title)), "font": {"size": 15}, "x": 0, "pad": {"l": 12}},
        margin={"t": room},
        height=(figure.layout.height or 0) + room,
    )
    return figure


def _axis(dimension: Dimension) -> _Axis:
    return _Axis(
        label=dimension.label,
        higher_is_better=dimension.higher_is_better,
        decimals=dimension.decimals,
        # A dimension that the study does not have is drawn in its own unit, as on the page.
        scale=dimension.reference.standard_deviation if dimension.reference else 1.0,
    )
