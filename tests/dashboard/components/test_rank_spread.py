"""How far a rank depends on choices."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.components.rank_spread import headline, ranks
from wellbehaved import Client

RunPage = Callable[..., AppTest]


def test_the_ranks_are_those_of_rankings_under_each_choice(api: Client) -> None:
    item = next(each for each in api.get("/v1/rank-spread")["items"] if each["model_id"] == "resnet50")
    table = ranks(item).set_index("Normalisation")
    for normalisation, label in (("published", "Published constants"), ("robust", "Median and MAD")):
        for quality, column in (("all", "All values"), ("screened", "Flagged ones left out")):
            frame = api.rankings.get(normalisation=normalisation, quality=quality).frame.set_index("model_id")
            assert table.loc[label, column] == str(frame.loc["resnet50", "rank"])
    assert headline(item) == "Rank 164 to 240, depending on normalisation and screening."


def test_a_steady_rank_and_none_are_told() -> None:
    assert headline({"rank_low": 3, "rank_high": 3}) == "Rank 3, whatever the normalisation and the screening."
    assert headline({"rank_low": None, "rank_high": None}) == "It has no score under any choice."
    assert set(ranks({"ranks": {}})["All values"]) == {"–"}


def test_the_model_page_shows_it(run_page: RunPage) -> None:
    page = run_page("model", select="resnet50")
    assert not page.exception
    assert "## Rank 164 to 240, depending on normalisation and screening." in [text.value for text in page.markdown]
