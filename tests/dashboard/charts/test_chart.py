"""What charts share."""

from dashboard.charts.chart import plain, plain_axis, plain_layout, plotly_figure
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
