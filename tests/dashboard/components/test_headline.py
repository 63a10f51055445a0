"""The answer in one sentence."""

import pandas as pd
import pytest

from dashboard.catalogue import Catalogue
from dashboard.components.headline import basis, sentence
from wellbehaved import Client, Ranking


def test_the_leader_the_lead_and_the_reason(ranking: Ranking, catalogue: Catalogue) -> None:
    text = sentence(ranking.frame, catalogue.dimensions)
    assert text == (
        "**EVA02-b (IN-21k)** leads with **1.07**, ahead of Hiera-B-Plus by 0.04, mostly on calibration error (+0.57)."
    )


@pytest.mark.parametrize(
    ("scores", "ranks", "text"),
    [
        ([1.0, 1.0, 0.5], [1, 1, 3], "**A** and B share the lead with 1.00."),
        ([1.0, 1.0, 1.0], [1, 1, 1], "**A** and 2 others share the lead with 1.00."),
        ([1.0, 0.999, 0.5], [1, 2, 3], "**A** leads with **1.00**, just ahead of B."),
        ([1.0, None, None], [1, None, None], "**A** is the only ranked model here, with 1.00."),
        ([None, None, None], [None] * 3, "No model has a value for everything that these weights ask for."),
    ],
)
def test_ties_close_calls_and_gaps(scores: list[float], ranks: list[int], text: str, catalogue: Catalogue) -> None:
    frame = pd.DataFrame({"name": ["A", "B", "C"], "score": scores, "rank": pd.array(ranks, dtype="Int64")})
    frame = frame.assign(**{f"contribution.{key}": float("nan") for key in catalogue.dimensions})
    assert sentence(frame, catalogue.dimensions) == text


def test_what_it_rests_on(api: Client, ranking: Ranking, catalogue: Catalogue) -> None:
    assert basis(ranking, catalogue).startswith(
        "326 image classifiers on 9 qualities · weights “Paper default” · scale: published constants · imagenet-1k"
    )
    own = basis(api.rankings({"accuracy": 2}, quality="screened", filters={"architecture": ["cnn"]}), catalogue)
    assert own.startswith("170 of 326 image classifiers")
    assert "your own weights" in own
    assert "flagged values left out" in own
