"""Frames from the interface's items."""

import subprocess
import sys
from typing import Any

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


def test_a_ranking_has_its_columns_in_one_order_with_the_dimensions_as_asked() -> None:
    frame = ranking_frame([ITEM], ["shape_bias", "accuracy"])
    assert list(frame.columns) == [
        "rank", "overall_rank", "default_rank", "model_id", "name", "architecture", "training", "recipe", "head",
        "pretraining_data", "backbone", "lineage", "licence", "commercial_use", "macs_billions",
        "activations_millions", "input_size", "score", "shape_bias", "accuracy", "contribution.shape_bias",
        "contribution.accuracy", "percentile.shape_bias", "percentile.accuracy", "standings", "flags", "flagged",
        "missing",
    ]  # fmt: skip


def test_numbers_are_numbers_and_ranks_stay_whole() -> None:
    frame: Any = ranking_frame([ITEM, {**ITEM, "rank": None, "score": None, "macs_billions": 4.1}], ["accuracy"])
    assert str(frame["rank"].dtype) == "Int64"
    assert frame["rank"].tolist()[0] == 1
    assert str(frame["score"].dtype) == str(frame["accuracy"].dtype) == str(frame["macs_billions"].dtype) == "float64"
    assert frame["score"].isna().tolist() == [False, True]
    assert frame["macs_billions"].isna().tolist() == [True, False]
    assert frame["contribution.accuracy"].tolist() == [0.5, 0.5]
    assert frame["percentile.accuracy"].tolist() == [1.0, 1.0]


def test_an_item_without_a_part_has_no_number_of_it() -> None:
    bare = {key: value for key, value in ITEM.items() if key not in ("percentiles", "contributions")}
    frame: Any = ranking_frame([{**bare, "contributions": None}], ["accuracy"])
    assert frame["percentile.accuracy"].isna().all()
    assert frame["contribution.accuracy"].isna().all()


def test_no_models_are_a_frame_all_the_same() -> None:
    assert model_frame([]).empty
    assert pareto_frame([]).empty
    assert decision_frame([]).empty
    assert list(correlation_frame([]).columns) == ["a", "b", "rho", "p", "n", "significant"]


def test_a_correlation_that_is_not_defined_is_missing() -> None:
    pair = {"a": "accuracy", "b": "shape_bias", "rho": None, "p": None, "n": 3, "significant": False}
    frame: Any = correlation_frame([pair, {**pair, "rho": 0.5, "p": 0.25}])
    assert frame["rho"].isna().tolist() == [True, False]
    assert frame["n"].tolist() == [3, 3]
