"""The first page: who leads under these weights, why, and what the choice trades off."""

from __future__ import annotations

from dashboard import state
from dashboard.components import (
    actions,
    active_filters,
    among,
    board,
    colour_key,
    controls,
    headline,
    measured_only,
    selection,
    stability,
    tiers,
)
from dashboard.page import Content, Page
from dashboard.wording import plain_text


def show(content: Content) -> None:
    """Draw the page."""
    view, catalogue, ranking = state.current(), content.catalogue, content.ranking
    if ranking.frame.empty:
        controls.show(catalogue, content.facets, ranking.data_version)
        active_filters.show_empty(catalogue)
        return
    headline.show(ranking, catalogue)
    first = ranking.frame.iloc[0].to_dict()
    # Of the only model on a benchmark, which may lack nothing, the notes have said why it has no score.
    if ranking.frame["score"].isna().all() and first["missing"] and not view["select"]:
        measured_only.show(first, catalogue, subject=plain_text(first["name"]))
    stability.show_headline(ranking)
    actions.show()
    active_filters.show(catalogue)
    among.show()
    colour_key.show(catalogue)
    board.show(content)
    tiers.show(ranking)
    controls.show(catalogue, content.facets, ranking.data_version)
    selection.show(ranking, catalogue)


PAGE = Page(title="Rank", url_path="", position=0, show=show, in_order=True)
