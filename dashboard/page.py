"""What a page is: the file in `views/` names it and draws it; the app gives it what the API answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboard.catalogue import Catalogue
from wellbehaved import Ranking


@dataclass(frozen=True)
class Content:
    """What the API answered for the view of this tab.

    Attributes:
        catalogue: dimensions, presets, flags.
        ranking: the models under the view's weights and filters, as many of them as the page asks for.
        facets: what each choice of each filter would leave.
    """

    catalogue: Catalogue
    ranking: Ranking
    facets: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        title: its name in the navigation.
        url_path: its address; empty for the first page.
        position: its place in the navigation, smallest first.
        show: draws it.
        ranks: whether it speaks of the models of the benchmark, so that weights and filters count on it.
        draws_every_model: whether it draws each of them; the others are given the first ones and the selected one.
        in_order: whether it shows them in the order that the reader has chosen, rather than best first.
        starts_with_chart: whether a chart stands at its top, so that the drawing library is on the way from the start.
    """

    title: str
    url_path: str
    position: int
    show: Callable[[Content], None]
    ranks: bool = True
    draws_every_model: bool = False
    in_order: bool = False
    starts_with_chart: bool = False
