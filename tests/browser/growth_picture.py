"""Makes the picture of docs/performance.md anew, for `make pictures`: how the cost of each question grows.

It draws what the table there says, which `benchmarks/growth.py` printed. Run: `python -m tests.browser.growth_picture`.
"""

import os
import re
import shutil
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import plotly.graph_objects as go
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.pictures import FOLDER

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
NAME = "growth.png"
WIDTH, HEIGHT = 1000, 620
# One of each kind: all twenty would cover one another.
SHOWN = (
    "ranking, 25 rows",
    "first ranking",
    "models, 25 rows",
    "facets",
    "Pareto front, 2 dimensions",
    "Pareto front, 3 dimensions",
    "correlations",
    "evaluations, 50 rows",
)
_HEADING = re.compile(r"([\d,]+) models")


class Growth(NamedTuple):
    """What the first table of growth says.

    Attributes:
        models: of each store.
        seconds: of the processor, by question, one for each store.
    """

    models: tuple[int, ...]
    seconds: dict[str, tuple[float, ...]]


def growth_of(page: str) -> Growth:
    """Read the first table with a column for each number of models.

    Raises:
        ValueError: there is none.
    """
    lines = page.splitlines()
    start = next((place for place, line in enumerate(lines) if len(_HEADING.findall(line)) > 1), None)
    if start is None:
        raise ValueError("the page has no table of growth; paste what benchmarks/growth.py prints.")
    models = tuple(int(count.replace(",", "")) for count in _HEADING.findall(lines[start]))
    seconds = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        name, *costs = (cell.strip() for cell in line.strip("|").split("|"))
        seconds[name] = tuple(float(cost) for cost in costs[: len(models)])
    return Growth(models, seconds)


def figure_of(growth: Growth) -> go.Figure:
    """Seconds over models on logarithmic axes, beside what growth in proportion to the models looks like."""
    figure = go.Figure()
    least = min(growth.seconds[name][1] for name in SHOWN) / 3
    proportional = [least * count / growth.models[1] for count in growth.models]
    figure.add_scatter(
        x=growth.models, y=proportional, mode="lines", name="in proportion", line={"dash": "dot", "color": "#8a8a8a"}
    )
    for name in SHOWN:
        figure.add_scatter(x=growth.models, y=growth.seconds[name], mode="lines+markers", name=name)
    names = [f"{count:,}" for count in growth.models]
    figure.update_xaxes(type="log", title="models", tickvals=list(growth.models), ticktext=names)
    figure.update_yaxes(type="log", title="seconds of the processor, one answer", dtick=1, tickformat="~g")
    figure.update_layout(
        template="plotly_white", width=WIDTH, height=HEIGHT, margin={"l": 70, "r": 20, "t": 50, "b": 50},
        title=f"What questions cost, {growth.models[0]:,} to {growth.models[-1]:,} models",
        font={"family": "sans-serif"},
    )  # fmt: skip
    return figure


def main(target: Path = FOLDER / NAME) -> None:
    """Draw the table of the page."""
    page = figure_of(growth_of(PAGE.read_text(encoding="utf-8"))).to_html(config={"displayModeBar": False})
    with sync_playwright() as playwright:
        path = os.environ.get(CHROMIUM) or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        tab.set_content(page)
        tab.wait_for_selector(".legend .traces")
        drawn = tab.locator(".plotly-graph-div").screenshot()
        browser.close()
    Image.open(BytesIO(drawn)).convert("P", palette=Image.Palette.ADAPTIVE).save(target, optimize=True)


if __name__ == "__main__":
    main()
