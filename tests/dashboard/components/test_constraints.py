"""What limits cost."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.components.constraints import cost_table, relaxations, verdict
from wellbehaved import Client

RunPage = Callable[..., AppTest]


def test_prices_are_told_by_limit(api: Client, catalogue: Catalogue) -> None:
    answer = api.rankings.constraints({"parameters_millions.lte": 30, "accuracy.gte": 0.8})
    table = cost_table(answer, catalogue).set_index("Limit")
    assert set(table.index) == {"Parameters at most 30", "Accuracy at least 0.8"}
    best = api.rankings.get().frame.iloc[0]["score"]
    small = api.rankings.get(filters={"parameters_millions.lte": 30}).frame.iloc[0]["score"]
    assert table.loc["Parameters at most 30", "Cost alone"] == f"{best - small:.4f}"
    assert verdict(answer, catalogue) == f"**{answer['total']} models of 326 fit all limits.**"


def test_where_nothing_fits_the_way_out_is_told(api: Client, catalogue: Catalogue) -> None:
    answer = api.rankings.constraints({"parameters_millions.lte": 5, "accuracy.gte": 0.85})
    assert verdict(answer, catalogue) == (
        "**None of 326 models fits all limits.** EfficientNet-B4 (Noisy Student) comes nearest, with parameters 19.3."
    )
    assert list(relaxations(answer, catalogue).iloc[0]) == [
        "Parameters at most 5", "Parameters at most 19.3", "EfficientNet-B4 (Noisy Student)",
    ]  # fmt: skip
    assert set(cost_table(answer, catalogue)["Cost given the others"]) == {"–"}


def test_the_page_says_how_to_set_one_and_prices_those_in_force(run_page: RunPage) -> None:
    page = run_page("trade-offs")
    assert any("Set a limit among the filters" in caption.value for caption in page.caption)
    page = run_page("trade-offs", **{"parameters_millions.lte": "30", "score.gte": "0"})
    assert not page.exception
    assert any("fit all limits" in text.value for text in page.markdown)


def test_the_other_filters_say_who_is_a_candidate(run_page: RunPage) -> None:
    page = run_page("trade-offs", architecture="cnn", **{"parameters_millions.lte": "30"})
    assert "**97 models of 170 fit all limits.**" in [text.value for text in page.markdown]
    page = run_page("trade-offs", architecture="cnn", among="all", **{"parameters_millions.lte": "30"})
    assert any("of 326 fit all limits" in text.value for text in page.markdown)
