"""From Python arguments to a query string."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_weight_arrives_as_it_was_given_but_for_the_thirteenth_digit(weight: float) -> None:
    text = query_parameters({"accuracy": weight})["w.accuracy"]
    assert float(text) == pytest.approx(weight, rel=1e-11)
    # As short as it can be: no exponent of two digits more, and no trailing zeros.
    assert len(text.partition("e")[0].lstrip("-").replace(".", "").strip("0")) <= 12


@given(st.lists(st.from_regex(r"[a-z0-9-]{1,8}", fullmatch=True), min_size=1))
def test_a_list_is_what_its_parts_are_once_they_are_parted(parts: list[str]) -> None:
    assert query_parameters(filters={"x": parts})["x"].split(",") == parts


def test_the_sum_of_tenths_has_no_tail_and_a_whole_weight_no_point() -> None:
    assert query_parameters({"a": 0.1 + 0.2, "b": 3, "c": 1e-7, "d": 1e15}) == {
        "w.a": "0.3", "w.b": "3", "w.c": "1e-07", "w.d": "1e+15",
    }  # fmt: skip


def test_what_is_false_or_nought_is_sent_all_the_same() -> None:
    assert query_parameters(filters={"a": False, "b": 0, "c": 0.0}) == {"a": "false", "b": "0", "c": "0"}


def test_nothing_asked_is_no_query() -> None:
    assert query_parameters() == query_parameters({}, {}, {}) == query_parameters(None, None, None) == {}
