"""Of which models is asked."""

import asyncio
from typing import Any

import pytest

from dashboard import catalogue as source
from dashboard import listing as listed
from dashboard.catalogue import Catalogue
from dashboard.view_state import ViewState
from wellbehaved import AsyncClient, Client


def test_of_many_models_the_first_are_asked_for_and_those_that_the_reader_has_picked(
    api: Client, awaited: AsyncClient, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
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
        return await listed.rank_intervals(awaited, asked)

    answer = asyncio.run(ask())
    assert len(answer["items"]) == 6
