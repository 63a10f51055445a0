"""Of which models is asked."""

import asyncio
from typing import Any

import pytest

from dashboard import catalogue as source
from dashboard import listing as listed
from dashboard.catalogue import Catalogue
from dashboard.view_state import ViewState
from tests.dashboard.conftest import awaited_client
from wellbehaved import ApiError, Client


@pytest.fixture
def few_listed(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were many more models than a page asks for."""
    monkeypatch.setattr(source, "Client", lambda *_, **__: api)
    monkeypatch.setattr(listed, "MOST_LISTED", 3)
    monkeypatch.setattr(listed, "PAGE_ROWS", 2)


def view_of(catalogue: Catalogue, **query: str) -> ViewState:
    return ViewState.from_query(query, catalogue.vocabulary)[0]


@pytest.mark.usefixtures("few_listed")
@pytest.mark.parametrize(
    ("query", "every_model", "rows"),
    [
        ({}, False, 3),
        ({}, True, 326),
        ({"select": "hiera-b-plus"}, False, 3),  # the second
        ({"select": "alexnet"}, False, 326),
        ({"page": "5"}, False, 10),
        ({"q": "densenet121"}, False, 2),
    ],
)
def test_a_page_gets_the_models_that_it_shows_and_the_count_of_all(
    query: dict[str, str], every_model: bool, rows: int, catalogue: Catalogue
) -> None:
    ranking = listed.ranking(view_of(catalogue, **query), every_model=every_model, in_order=False)
    assert len(ranking.frame) == rows
    assert ranking.total == (rows if "q" in query else 326)


@pytest.mark.usefixtures("few_listed")
def test_only_a_page_that_has_the_readers_order_gets_it(catalogue: Catalogue) -> None:
    view = view_of(catalogue, sort="rank", select="")
    worst = view_of(catalogue, sort="score")
    best = listed.ranking(view, every_model=False, in_order=True).frame["rank"].to_list()
    assert best == [1, 2, 3]
    assert listed.ranking(worst, every_model=False, in_order=False).frame["rank"].to_list() == best
    assert listed.ranking(worst, every_model=False, in_order=True).frame["rank"].to_list() == [326, 325, 324]


@pytest.mark.usefixtures("few_listed")
def test_models_of_a_link_are_looked_for_one_by_one(catalogue: Catalogue) -> None:
    view = view_of(catalogue, select="alexnet", models="alexnet,nobody")
    version = source.ranking(view, 1).data_version
    assert listed.picks(view) == {"alexnet", "nobody"}
    assert listed.existing(view, ["alexnet", "nobody"], version) == {"alexnet"}
    with pytest.raises(ApiError, match="nothing"):
        listed.existing(view_of(catalogue, benchmark="nothing"), ["alexnet"], version)


def test_of_many_models_the_first_are_asked_for_and_those_that_the_reader_has_picked(
    api: Client, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "Client", lambda *_, **__: api)
    view = ViewState.from_query({"select": "vgg16", "models": "alexnet,resnet50"}, catalogue.vocabulary)[0]
    ranking = source.ranking(view)
    assert listed.listing(view, ranking) == {}
    monkeypatch.setattr(listed, "MOST_LISTED", 3)
    listing = listed.listing(view, ranking)
    assert listing == {"limit": 3, "models": ["alexnet", "resnet50", "vgg16"]}
    asked = {**source.comparing(view), **listing, "draws": 100}

    async def ask() -> dict[str, Any]:
        return await listed.rank_intervals(awaited_client(""), asked)

    answer = asyncio.run(ask())
    assert len(answer["items"]) == 6
