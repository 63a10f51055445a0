"""From Python arguments to a query string."""

import pytest

from wellbehaved.query import FilterValue, query_parameters


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"), (0.1, "0.1"), (1 / 3, "0.333333333333"), (0, "0"), (0.0, "0"), (True, "true"), (False, "false"),
        (["cnn", "b-cos"], "cnn,b-cos"), (("a",), "a"), ("a,b", "a,b"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_the_interface_reads_it(value: FilterValue, text: str) -> None:
    assert query_parameters(filters={"x": value}) == {"x": text}


@pytest.mark.parametrize("value", [None, "", [], ()])
def test_what_is_empty_is_left_out(value: FilterValue) -> None:
    assert query_parameters(filters={"x": value}, settings={"y": value}) == {}


def test_a_weight_of_0_is_not_left_out() -> None:
    assert query_parameters({"accuracy": 0, "shape_bias": 2.5}) == {"w.accuracy": "0", "w.shape_bias": "2.5"}


def test_two_underscores_stand_for_the_dot_and_a_setting_wins_over_a_filter() -> None:
    query = query_parameters(filters={"accuracy__gte": 0.8, "limit": 1}, settings={"limit": 2})
    assert query == {"accuracy.gte": "0.8", "limit": "2"}
