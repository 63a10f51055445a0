"""Of which models the answers that sample are asked for: a page shows some, and each costs."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from dashboard.view_state import ViewState
from wellbehaved import AsyncClient, Ranking
from wellbehaved.query import query_parameters

# More than the study has, so that its tables are whole.
MOST_LISTED = 500


def listing(view: ViewState, ranking: Ranking) -> dict[str, Any]:
    """Of which models a long list is asked for: the first ones, and those that the reader has picked."""
    if ranking.total_models <= MOST_LISTED:
        return {}
    picked = sorted({view["select"], *view["models"]} - {""})
    return {"limit": MOST_LISTED, "models": picked}


def rank_intervals(client: AsyncClient, settings: Mapping[str, Any]) -> Awaitable[dict[str, Any]]:
    """Rank intervals with what there is beside the listed models; `settings` as for the client's `intervals`."""
    own = {name: value for name, value in settings.items() if name not in ("weights", "filters")}
    return client.get("/v1/rank-intervals", query_parameters(settings.get("weights"), settings.get("filters"), own))
