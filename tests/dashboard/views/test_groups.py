"""Two groups of models on their page."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.components import group_choice
from dashboard.components.actions import api_query
from dashboard.state import TAB
from wellbehaved import Client

RunPage = Callable[..., AppTest]


def texts(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption, *page.warning])


def test_a_bare_page_shows_the_example_and_says_so(run_page: RunPage) -> None:
    page = run_page("groups")
    assert not page.exception
    assert "**297 models in A, 29 models in B.**" in texts(page)
    assert "An example: " in texts(page)
    assert "Brier" not in texts(page), "no model here has a value"
    # The fields are filled with what is shown.
    assert page.multiselect(key="group.b.architecture").value == ["vision-language"]
    assert page.query_params == {}
    assert not page.slider, "no weights where they have no effect"


def test_the_groups_are_in_the_address(run_page: RunPage, api: Client) -> None:
    page = run_page(
        "groups",
        **{
            "a.training": "supervised", "a.architecture": "cnn,transformer", "a.pretraining_data": "imagenet-1k",
            "b.training": "supervised", "b.architecture": "cnn,transformer", "b.pretraining_data": "imagenet-21k",
            "paired_by": "backbone",
        },
    )  # fmt: skip
    assert not page.exception
    assert "example" not in texts(page).lower()
    view = page.session_state[TAB].view
    asked = group_choice.comparison_request(view)
    item = next(each for each in api.post("/v1/group-comparisons", asked)["items"] if each["dimension"] == "accuracy")
    assert (item["n_pairs"], round(item["difference"], 4)) == (20, 0.0221)
    # None of it is a filter of the ranking, or a parameter that the ranking knows.
    assert view.filters == {}
    assert api_query(view) == {}


def test_a_choice_changes_the_comparison_and_the_address(run_page: RunPage) -> None:
    page = run_page("groups")
    page.multiselect(key="group.b.head").set_value(["zero-shot"]).run()
    assert "301 models in A, 25 models in B." in texts(page)
    page.number_input(key="group.a.parameters_millions.lte").set_value(30).run()
    page.selectbox(key="group.estimator").set_value("hodges_lehmann").run()
    query = {name: "".join(value) for name, value in page.query_params.items()}
    assert query == {
        "b.architecture": "vision-language",  # of the example, which the first change starts from
        "b.head": "zero-shot",
        "a.parameters_millions.lte": "30",
        "estimator": "hodges_lehmann",
    }
    assert "Difference of the means" not in texts(page)


def test_groups_that_share_models_are_refused_with_the_choices_in_reach(run_page: RunPage) -> None:
    page = run_page("groups", **{"a.architecture": "cnn", "b.training": "supervised"})
    assert "## These groups cannot be compared." in texts(page)
    assert page.warning[0].value
    page.multiselect(key="group.b.training").set_value([]).run()
    assert "cannot be compared" not in texts(page)
    assert len(page.get("plotly_chart")) == 1


def test_tiny_groups_are_refused_or_say_so(run_page: RunPage) -> None:
    page = run_page("groups", **{"a.parameters_millions.lte": "1.3"})
    assert "## These groups cannot be compared." in texts(page)


def test_an_invalid_value_falls_back_with_a_notice(run_page: RunPage) -> None:
    page = run_page("groups", paired_by="luck", **{"a.architecture": "boat"})
    assert not page.exception
    notices = texts(page)
    assert "`paired_by=luck` was ignored" in notices
    assert "`a.architecture=boat` was ignored" in notices
