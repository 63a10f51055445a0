"""What the pages know of a dimension."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.dimensions import COMPUTED


def test_the_study_has_those_that_weigh_by_themselves_and_the_others_are_further(catalogue: Catalogue) -> None:
    usual = catalogue.presets["paper"].weights
    assert {key for key, each in catalogue.dimensions.items() if not each.further} == {
        key for key in usual if usual[key]
    }
    origins = {key: each.origin for key, each in catalogue.dimensions.items() if each.origin != "built-in"}
    assert origins == {"macs_billions": "facts", "activations_millions": "facts"}
    assert not any(catalogue.dimensions[key].measurable for key in origins)


def test_the_score_and_the_costs_read_as_dimensions_do() -> None:
    assert COMPUTED["score"].axis_title == "QUBA score (weighted mean, higher is better)"
    assert COMPUTED["rank"].direction == "lower is better"
    assert COMPUTED["input_size"].theme == "cost"
    assert not COMPUTED["input_size"].logarithmic


def test_one_beyond_the_studys_is_drawn_where_something_has_a_value_of_it(catalogue: Catalogue) -> None:
    study = [key for key, each in catalogue.dimensions.items() if not each.further]
    assert list(catalogue.rows_on_show((), {})) == study
    assert list(catalogue.rows_on_show({"brier_score"}, {})) == [*study, "brier_score"]


def test_facts_that_nearly_all_models_have_are_drawn_where_they_weigh(catalogue: Catalogue) -> None:
    study = [key for key, each in catalogue.dimensions.items() if not each.further]
    facts = {"macs_billions", "activations_millions"}
    assert list(catalogue.rows_on_show(facts, {"accuracy": 1.0, "macs_billions": 0.0})) == study
    assert list(catalogue.rows_on_show(facts, {"macs_billions": 0.5})) == [*study, "macs_billions"]
    assert list(catalogue.rows_on_show((), {"macs_billions": 0.5})) == study
    assert facts.isdisjoint(catalogue.for_charts({}))
    assert facts.isdisjoint(catalogue.for_differences)
    assert len(catalogue.for_charts({"macs_billions": 1})) == len(catalogue.dimensions) - 1


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("compare", {"models": "resnet50,alexnet"}),
        ("model", {"select": "resnet50"}),
        ("correlations", {}),
        ("groups", {}),
    ],
)
def test_pages_of_published_models_leave_out_what_none_of_them_has(
    run_page: Callable[..., AppTest], page: str, parameters: dict[str, str]
) -> None:
    shown = run_page(page, **parameters)
    assert not shown.exception
    texts = [each.value for kind in (shown.markdown, shown.caption) for each in kind]
    texts += [str(each.proto) for each in shown.get("html")]
    tables = [each.value.to_string() for each in (*shown.table, *shown.dataframe)]
    assert [each for each in (*texts, *tables) if "Brier score" in each] == []
    # Facts are said of a model, and are no row beside the nine.
    assert [each for each in (*texts, *tables) if "Multiply-accumulates ↓" in each] == []
