"""Of which models a page asks: it shows some of them, and each costs."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

from dashboard import catalogue as source
from dashboard.view_state import ViewState
from wellbehaved import ApiError, AsyncClient, Ranking
from wellbehaved.query import query_parameters

# More than the study has, so that its tables are whole.
MOST_LISTED = 500
PAGE_ROWS = 25


def ranking(view: ViewState, *, every_model: bool, in_order: bool) -> Ranking:
    """The ranking, as far as a page shows it; its totals are of all models.

    Args:
        view: what is asked.
        every_model: whether the page draws each of them, or the first ones and what the reader has selected.
        in_order: whether the page has them in the order that the reader has chosen, or best first.
    """
    sort = view.values.get("sort") if in_order else None
    if not every_model:
        first = source.ranking(view, max(MOST_LISTED, view["page"] * PAGE_ROWS), sort)
        if len(first.frame) == first.total or {view["select"]} <= {"", *first.frame["model_id"]}:
            return first
    return source.ranking(view, sort=sort)


def existing(view: ViewState, asked: Iterable[str], data_version: str) -> set[str]:
    """Those of the models that there are on the view's benchmark."""
    return {model_id for model_id in asked if _exists(view, model_id, data_version)}


def _exists(view: ViewState, model_id: str, data_version: str) -> bool:
    try:
        source.model(view, model_id, data_version)
    except ApiError as error:
        if error.code != "unknown_model":
            raise
        return False
    return True


def picks(view: ViewState) -> set[str]:
    """The models that the reader has selected or ticked."""
    return {view["select"], *view["models"]} - {""}


def listing(view: ViewState, ranking: Ranking) -> dict[str, Any]:
    """Of which models a long list is asked for: the first ones, and those that the reader has picked."""
    if ranking.total_models <= MOST_LISTED:
        return {}
    return {"limit": MOST_LISTED, "models": sorted(picks(view))}


def rank_intervals(client: AsyncClient, settings: Mapping[str, Any]) -> Awaitable[dict[str, Any]]:
    """Rank intervals with what there is beside the listed models; `settings` as for the client's `intervals`."""
    own = {name: value for name, value in settings.items() if name not in ("weights", "filters")}
    return client.get("/v1/rank-intervals", query_parameters(settings.get("weights"), settings.get("filters"), own))
