import pandas as pd

from wellbehaved import Ranking


def ranking(count: int, **changed: object) -> Ranking:
    frame = pd.DataFrame(
        {
            "rank": pd.array([*range(1, count), None], dtype="Int64"),
            "name": [f"<b>model {number}</b>" for number in range(count)],
            "score": [1.0 / (number + 1) for number in range(count - 1)] + [float("nan")],
            "accuracy": [0.5] * count,
            "model_id": ["x"] * count,
        }
    )
    plain = {
        "frame": frame, "data_version": "1-abc", "benchmark": "imagenet-1k", "protocol": "as-published",
        "dimensions": ["accuracy"], "coverage": "1 of 9 dimensions", "quality": "all", "normalisation": "published",
        "frozen_norms": None, "preset": "paper", "weights": {"accuracy": 1.0}, "shares": {"accuracy": 1.0},
        "total": count, "total_models": 326, "notices": [],
    }  # fmt: skip
    return Ranking(**{**plain, **changed})  # type: ignore[arg-type]


def test_a_notebook_shows_the_first_rows_and_what_they_were_computed_from() -> None:
    shown = ranking(30, notices=["Accuracy mixes <values>."])._repr_html_()
    assert "30 of 326 models on imagenet-1k (as-published); weights started from preset paper" in shown
    assert "preset paper (accuracy 100 %), normalisation published, 1 of 9 dimensions" in shown
    assert "data version 1-abc. The first 20 of 30 rows:" in shown
    assert shown.count("<tr") == 21
    # Names are strangers'.
    assert "<b>" not in shown
    assert "&lt;b&gt;model 0&lt;/b&gt;" in shown
    assert "<p>Accuracy mixes &lt;values&gt;.</p>" in shown
    assert "model_id" not in shown


def test_few_rows_are_all_there_and_what_is_missing_is_empty() -> None:
    shown = ranking(3, preset=None)._repr_html_()
    assert "weights of your own (accuracy 100 %)" in shown
    assert "The first" not in shown
    assert "NaN" not in shown
    assert "&lt;NA&gt;" not in shown


def test_what_each_weight_counts_is_there_since_a_preset_may_have_been_changed() -> None:
    shown = ranking(3, shares={"accuracy": 0.252, "shape_bias": 0.748, "object_focus": 0.0})._repr_html_()
    assert "; weights started from preset paper (accuracy 25 %, shape_bias 75 %), normalisation" in shown
