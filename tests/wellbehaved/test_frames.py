"""Frames from the interface's items."""

import subprocess
import sys

import numpy as np
import pandas as pd

from wellbehaved.frames import correlation_frame, decision_frame, model_frame, pareto_frame, ranking_frame


def test_whoever_only_asks_does_not_wait_for_pandas() -> None:
    """It takes three times as long to load as all else of the client; so does what the client never needs."""
    asked = "import sys; from wellbehaved import Client, Ranking; Client(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert "wellbehaved.frames" in loaded
    assert {"pandas", "numpy", "pyarrow", "scipy", "pydantic", "sqlalchemy", "streamlit", "torch"} & {*loaded} == set()


ITEM = {
    "rank": 1,
    "overall_rank": None,
    "model_id": "a",
    "name": "A",
    "score": 0.5,
    "scores": {"accuracy": 0.8, "shape_bias": None},
    "contributions": {"accuracy": 0.5},
    "percentiles": {"accuracy": 1.0},
    "flags": ["outlier"],
}


def test_absent_is_missing_and_never_zero() -> None:
    frame = ranking_frame([ITEM], ["accuracy", "shape_bias"])
    row = frame.iloc[0]
    assert row["accuracy"] == 0.8
    assert np.isnan(row["shape_bias"])
    assert np.isnan(row["contribution.shape_bias"])
    assert row["overall_rank"] is pd.NA
    assert row["recipe"] is None
    assert row["flags"] == ["outlier"]


def test_no_items_still_have_columns() -> None:
    frame = ranking_frame([], ["accuracy"])
    assert frame.empty
    assert {"rank", "score", "accuracy", "percentile.accuracy"} <= set(frame.columns)
    assert correlation_frame([]).empty


def test_answers_without_items_keep_the_columns_that_readers_rely_on() -> None:
    assert list(decision_frame([], ("rank", "tier")).columns) == ["rank", "tier"]
    assert list(decision_frame([{"rank": 1, "ranks": {"all": 2}}], ("tier",)).columns) == ["rank", "ranks.all"]


def test_identity_comes_first() -> None:
    assert list(model_frame([{"flags": [], "name": "A", "model_id": "a"}]).columns) == ["model_id", "name", "flags"]


def test_scores_become_columns() -> None:
    frame = pareto_frame([{"model_id": "a", "layer": 1, "scores": {"accuracy": 0.8}}])
    assert frame.to_dict("records") == [{"model_id": "a", "layer": 1, "accuracy": 0.8}]
