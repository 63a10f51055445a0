"""The page of one model."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

RunPage = Callable[..., AppTest]


def test_it_opens_with_the_leader_and_shows_the_one_chosen(run_page: RunPage) -> None:
    page = run_page("model")
    assert "# EVA02-b (IN-21k)" in [text.value for text in page.markdown]
    assert "select" not in page.query_params
    page.selectbox(key="model.choice").set_value("resnet50").run()
    assert page.query_params["select"] == "resnet50"
    texts = [text.value for text in page.markdown]
    assert "# ResNet50" in texts
    values = next(table.value for table in page.table if "Compared with all" in table.value)
    assert values["Value"].iloc[0] == "0.7613"
    assert len(page.get("plotly_chart")) == 3


def test_doubts_are_told_in_words(run_page: RunPage) -> None:
    page = run_page("model", select="hiera-b-plus")
    assert page.warning[0].value.startswith("**Softmax applied twice.**")
    assert "Softmax applied twice" in {
        doubt for table in page.table if "Quality flags" in table.value for doubt in table.value["Quality flags"]
    }


def test_a_model_without_score_or_outside_the_filters(run_page: RunPage) -> None:
    unscored = run_page("model", select="hiera-b-plus", quality="screened")
    assert any("It has no score" in text.value for text in unscored.markdown)
    hidden = run_page("model", select="resnet50", architecture="transformer")
    assert any("no rank in the ranking shown" in text.value for text in hidden.markdown)
    assert any("Among all models, its rank is 214 of 326." in text.value for text in hidden.markdown)
    assert not any("What must it improve?" in text.value for text in hidden.markdown)
    everybody = run_page("model", select="resnet50", architecture="transformer", among="all")
    assert any("Among all models, its rank is 214 of 326." in text.value for text in everybody.markdown)
    assert any("What must it improve?" in text.value for text in everybody.markdown)


def test_why_it_stands_there_and_what_would_make_it_first(run_page: RunPage) -> None:
    page = run_page("model", select="convnextv2-b-21k")
    assert not page.exception
    texts = [text.value for text in page.markdown]
    assert any(text.startswith("## EVA02-b (IN-21k) leads ConvNextV2-B (IN-21k) by") for text in texts)
    assert "Smallest change of your weights that puts it first (16 % on average)." in texts
    nearest = next(table.value for table in page.table if "Nearest" in table.value).set_index("Dimension")
    assert nearest.loc["Accuracy", "Nearest"] == "0.84"
    needed = next(table.value for table in page.table if "Alone" in table.value).set_index("Dimension")
    assert needed.loc["Accuracy ↑", "Alone"] == "0.8903: no model of the 326 reaches this"
    assert needed.loc["Accuracy ↑", "Best of all 326"] == "0.8826, EVA02-b (IN-21k)"


def test_what_no_model_reaches_and_what_none_could_is_said_with_the_best_and_whose_it_is(run_page: RunPage) -> None:
    page = run_page("model", select="resnet50")
    needed = next(table.value for table in page.table if "Alone" in table.value).set_index("Dimension")
    assert needed.loc["OOD robustness ↑", "Alone"] == "impossible: at accuracy 0.7613 it is at most 1.314"
    assert needed.loc["Object focus ↑", "Alone"] == "1.2218: no model of the 326 reaches this"
    assert needed.loc["Object focus ↑", "Best of all 326"] == "0.9769, SigLIP2-l/16"
    assert needed.loc["Class balance ↑", "Best of all 326"] == "0.9380, CLIP-ResNet50 ⚑"
    assert needed.loc["Shape bias ↑", "Together"] == "0.3377"


def test_its_place_and_its_rivals_are_those_of_the_filtered_list(run_page: RunPage) -> None:
    page = run_page("model", select="resnet50", architecture="cnn")
    texts = "\n".join([*(text.value for text in page.markdown), *(text.value for text in page.caption)])
    assert "ConvNextV2-B (IN-21k) leads ResNet50" in texts
    assert "Among the 170 models that pass the filters, where its rank is 106." in texts
    assert "EVA02" not in texts
    page.toggle(key="among").set_value(True).run()
    assert any("EVA02-b (IN-21k) leads ResNet50" in text.value for text in page.markdown)


def test_a_model_that_no_weights_make_first_says_which_ones_stand_before_it(run_page: RunPage) -> None:
    page = run_page("model", select="alexnet")
    assert any(text.value.startswith("**No weights put it first:**") for text in page.markdown)


def test_the_leader_is_compared_with_the_one_behind(run_page: RunPage) -> None:
    page = run_page("model", select="eva02-b-21k")
    texts = [text.value for text in page.markdown]
    assert "Under your weights it is first already: no weight has to change and no value to improve." in texts
    assert "## What must it improve?" not in texts
    assert not any({"Nearest", "Alone"} & set(table.value) for table in page.table)


def test_where_nobody_has_a_score_it_asks_which_model(run_page: RunPage) -> None:
    page = run_page("model", q="no such word")
    assert "# Which model?" in [text.value for text in page.markdown]
