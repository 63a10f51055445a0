"""The first lines of the answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import catalogue as source
from dashboard.catalogue import Catalogue
from dashboard.components.headline import basis, opening
from dashboard.components.stability import range_words
from quba.dimensions import STUDY_DIMENSIONS
from tests.backend.conftest import fill
from tests.dashboard.conftest import OwnInstance
from wellbehaved import Client, Ranking

RunPage = Callable[..., AppTest]


def answer(text: str, leader: str | None = "A") -> dict[str, Any]:
    return {"opening": text, "leader": None if leader is None else {"name": leader}}


@pytest.mark.parametrize(
    ("text", "leader", "shown"),
    [
        ("A leads with 1.07, ahead of B by 0.04.", "A", "**A** leads with **1.07**, ahead of B by 0.04."),
        ("A leads with −0.65, ahead of B by 0.04.", "A", "**A** leads with **−0.65**, ahead of B by 0.04."),
        ("A and 2 others share the lead with 1.00.", "A", "**A** and 2 others share the lead with 1.00."),
        ("A is the only model here with a score, 1.00.", "A", "**A** is the only model here with a score, 1.00."),
        ("No model passes the filters.", None, "No model passes the filters."),
        # A name that a file brought is shown as it is spelt, and marks nothing up.
        ("a_*b* [x](y) leads with 1.07.", "a_*b* [x](y)", r"**a\_\*b\* \[x\](y)** leads with **1.07**."),
    ],
)
def test_leader_and_score_are_in_bold(text: str, leader: str | None, shown: str) -> None:
    assert opening(answer(text, leader)) == shown


VIEWS: list[dict[str, str]] = [
    {},
    {"architecture": "cnn", "preset": "robust", "parameters_millions.lte": "30"},
    {"q": "resnet50"},
    {"quality": "screened", "architecture": "transformer"},
    {"architecture": "cnn", "among": "all"},
    {"w.accuracy": "2", "normalisation": "zscore", "accuracy.gte": "0.8"},
]


@pytest.mark.parametrize("view", VIEWS)
def test_page_service_and_record_say_the_same_of_a_view(run_page: RunPage, api: Client, view: dict[str, str]) -> None:
    page = run_page(**view)
    assert not page.exception
    shown = "\n".join(text.value for text in page.markdown).replace("\\", "").replace("**", "")
    # A per cent sign stays on the line of its number.
    shown = shown.replace("\N{NO-BREAK SPACE}%", " %")
    record = api.get("/v1/decision-record", view)
    first_lines, stable = api.get("/v1/headline", view), api.get("/v1/stability", view)
    assert (record["headline"], record["how_sure"]["sentence"]) == (first_lines["sentence"], stable["sentence"])
    assert first_lines["opening"] in shown
    assert f"Why: {first_lines['reasons']}." in shown
    assert stable["sentence"] in shown
    assert record["doubt"] == first_lines["doubt"]
    assert ("In doubt:" in shown) == (first_lines["doubt"] is not None)
    assert (first_lines["doubt"] or "") in shown
    # The break-points on page Stability are those of the same models.
    names = {item["model_id"]: item["name"] for item in stable["items"]}
    reigns = stable["break_points"]["accuracy"]
    place = next(place for place, reign in enumerate(reigns) if reign["current"])
    row = run_page("stability", **view).table[0].value.set_index("Dimension").loc["Accuracy"]
    assert row["Leader stays"] == range_words(reigns[place]["from_weight"], reigns[place]["to_weight"])
    below = names[reigns[place - 1]["leader"]] if place else "–"
    above = names[reigns[place + 1]["leader"]] if place + 1 < len(reigns) else "–"
    assert (row["Leader below"], row["Leader above"]) == (below, above)


def test_a_switch_compares_with_all_and_is_in_the_address(run_page: RunPage, api: Client) -> None:
    assert not [toggle for toggle in run_page().toggle if toggle.key == "among"]
    page = run_page(architecture="cnn")
    assert page.markdown[0].value.startswith("# **ConvNextV2-B (IN-21k)** leads with **0.96**")
    page.toggle(key="among").set_value(True).run()
    assert page.query_params == {"architecture": "cnn", "among": "all"}
    assert page.markdown[0].value.startswith("# Among all 326 models, **EVA02-b (IN-21k)** leads with **1.07**")
    page.toggle(key="among").set_value(False).run()
    assert page.query_params == {"architecture": "cnn"}


def test_what_it_rests_on(api: Client, ranking: Ranking, catalogue: Catalogue) -> None:
    assert basis(ranking, catalogue).startswith(
        f"326 image classifiers on {len(STUDY_DIMENSIONS)} dimensions · weights “Paper default” · normalisation: "
        "published constants · imagenet-1k"
    )
    own = basis(api.rankings.get({"accuracy": 2}, quality="screened", filters={"architecture": ["cnn"]}), catalogue)
    assert own.startswith("170 of 326 image classifiers")
    assert "your own weights" in own
    assert "flagged values left out" in own


def test_thousands_are_parted_by_commas(ranking: Ranking, catalogue: Catalogue) -> None:
    many = replace(ranking, total=1234, total_models=30_326)
    assert basis(many, catalogue).startswith("1,234 of 30,326 image classifiers")


def test_a_benchmark_with_some_dimensions_says_how_many(own_instance: OwnInstance, run_page: RunPage) -> None:
    fill(own_instance.engine, 3)
    page = run_page("", benchmark="flowers")
    assert not page.exception
    assert any("3 image classifiers on 6 of 9 dimensions" in caption.value for caption in page.caption)


def test_of_the_only_model_each_thing_is_said_once(own_instance: OwnInstance, run_page: RunPage) -> None:
    fill(own_instance.engine, 1)
    page = run_page("", benchmark="flowers")
    assert not page.exception
    said = [text.value for text in page.markdown]
    assert "# Mine 0 is the only model on Flowers." in said
    (note,) = [text for text in said if "**Note:**" in text]
    assert "its values stand for themselves" in note
    assert not any(text.startswith("It has no score") for text in said)
    assert any("1 image classifier on 6 of 9 dimensions" in caption.value for caption in page.caption)


def test_values_that_cannot_be_compared_are_said_to_be(
    run_page: RunPage, ranking: Ranking, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not [text for text in run_page().markdown if "**Note:**" in text.value]
    notices = ["Corruption robustness mixes values; set the weight of corruption_robustness to 0.", "Another."]
    monkeypatch.setattr(source, "ranking", lambda *_, **__: replace(ranking, notices=notices))
    shown = [text.value for text in run_page().markdown if "**Note:**" in text.value]
    assert [text.replace("\\", "").partition("** ")[2] for text in shown] == notices
