"""The page of one model."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

RunPage = Callable[..., AppTest]


def test_it_asks_which_model_and_shows_the_one_chosen(run_page: RunPage) -> None:
    page = run_page("model")
    assert "# Which model?" in [text.value for text in page.markdown]
    page.selectbox(key="model.choice").set_value("resnet50").run()
    assert page.query_params["select"] == "resnet50"
    texts = [text.value for text in page.markdown]
    assert "# ResNet50" in texts
    values = page.table[0].value
    assert values["Value"].iloc[0] == "0.7613"
    assert len(page.get("plotly_chart")) == 2


def test_doubts_are_told_in_words(run_page: RunPage) -> None:
    page = run_page("model", select="hiera-b-plus")
    assert page.warning[0].value.startswith("**Softmax applied twice.**")
    assert "Softmax applied twice" in set(page.table[0].value["Doubt"])


def test_a_model_without_score_or_outside_the_filters(run_page: RunPage) -> None:
    unscored = run_page("model", select="hiera-b-plus", quality="screened")
    assert any("It has no score" in text.value for text in unscored.markdown)
    hidden = run_page("model", select="resnet50", architecture="transformer")
    assert any("no place in the ranking shown" in text.value for text in hidden.markdown)
