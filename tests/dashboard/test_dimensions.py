"""What the pages know of a dimension."""

from dataclasses import replace

from dashboard.catalogue import Catalogue
from dashboard.dimensions import COMPUTED
from quba.dimensions import STUDY_DIMENSIONS


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


def test_one_beyond_the_studys_is_drawn_where_something_has_a_value_of_it(catalogue: Catalogue) -> None:
    speed = replace(catalogue.dimensions["accuracy"], key="speed", default_weight=0.0)
    with_speed = replace(catalogue, dimensions={**catalogue.dimensions, "speed": speed})
    assert list(with_speed.rows_on_show(())) == list(STUDY_DIMENSIONS)
    assert list(with_speed.rows_on_show({"accuracy", "speed"})) == [*STUDY_DIMENSIONS, "speed"]
