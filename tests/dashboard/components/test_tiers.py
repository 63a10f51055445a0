"""Which neighbours share a bracket, and when the board is given them."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.tiers import runs
from wellbehaved import Client
from wellbehaved.client.answers.decisions import TierItem

RunPage = Callable[..., AppTest]


def given(page: AppTest) -> list[dict[str, Any]]:
    found = [orjson.loads(element.proto.json) for element in page.get("bidi_component") if element.proto.json]
    return [each["tiers"] for each in found if "tiers" in each]


def test_the_board_counts_places_from_0() -> None:
    found: TierItem = {"tier": 2, "first_place": 1, "last_place": 3, "best_rank": 1, "worst_rank": 2}
    assert runs([found]) == [{"tier": 2, "first": 0, "last": 2, "best": 1, "worst": 2}]


@pytest.mark.parametrize("query", [{}, {"architecture": "cnn", "preset": "robust"}])
def test_the_board_is_given_the_tiers_of_the_service_within_the_filter(
    run_page: RunPage, api: Client, query: dict[str, str]
) -> None:
    (told,) = given(run_page(**query))
    filters = {"architecture": query["architecture"]} if query else {}
    answer = api.rankings.intervals(None, filters, preset=query.get("preset"))
    by_rank = {place: run["tier"] for run in told["runs"] for place in range(run["first"], run["last"] + 1)}
    assert [by_rank[place] for place in range(len(answer))] == list(answer["tier"])
    assert told["view"] == query


def test_percentile_ranks_have_no_tiers_and_no_complaint(run_page: RunPage) -> None:
    page = run_page(normalisation="percentile")
    assert given(page) == []
    assert not page.exception
