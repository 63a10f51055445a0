"""Why a model stands where it stands."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from wellbehaved import Client

Run = Callable[..., AppTest]

DRAW = """
from dashboard.components import explanation
explanation.show("{}", source.client().rankings.get(), catalogue)
"""


def test_a_follower_has_the_gap_to_the_leader_and_its_neighbours(alone: Run, api: Client) -> None:
    page = alone(DRAW.format("resnet50"))
    assert not page.exception
    assert len(page.get("plotly_chart")) == 1
    lines = [each.value for each in page.markdown if each.value.startswith("- ")]
    assert len(lines[0].splitlines()) == 2
    rank = api.rankings.get().frame.set_index("model_id").loc["resnet50", "rank"]
    assert str(rank) in page.caption[-1].value
    assert "326" in page.caption[-1].value


def test_the_leader_is_held_against_the_next_one(alone: Run, api: Client) -> None:
    leader = api.rankings.get().frame.iloc[0]["model_id"]
    page = alone(DRAW.format(leader))
    assert not page.exception
    assert len(page.get("plotly_chart")) == 1
    assert not [each for each in page.markdown if each.value.startswith("- ")]
