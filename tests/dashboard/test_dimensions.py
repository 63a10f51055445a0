"""What the pages know of a dimension."""

from dashboard.catalogue import Catalogue
from dashboard.dimensions import COMPUTED


def test_the_study_has_those_that_weigh_by_themselves_and_the_others_are_further(catalogue: Catalogue) -> None:
    usual = catalogue.presets["paper"].weights
    assert {key for key, each in catalogue.dimensions.items() if not each.further} == {
        key for key in usual if usual[key]
    }
    assert all(each.origin == "built-in" for each in catalogue.dimensions.values())


def test_the_score_and_the_costs_read_as_dimensions_do() -> None:
    assert COMPUTED["score"].axis_title == "QUBA score (weighted mean, higher is better)"
    assert COMPUTED["rank"].direction == "lower is better"
    assert COMPUTED["macs_billions"].theme == "cost"
    assert not COMPUTED["input_size"].logarithmic
