from dataclasses import replace
from pathlib import Path

import pytest

from backend.store.definition_text import MOST_BYTES
from backend.store.dimension_definition import definition_from, definition_of, read_definition, stored_definition
from quba.dimension import Pass, Theme
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from quba.vocabulary import Origin
from tests.backend.own_dimension import defined, described, toml_of
from tests.dimension_package import doubt_of


def refused(**changes: object) -> str:
    with pytest.raises(Refusal) as found:
        definition_of(described(**changes))
    assert found.value.code == "bad_dimension"
    assert "docs/dimensions.md" in found.value.hint
    return found.value.message


def test_a_definition_is_a_dimension_of_weight_0_that_nobody_measures() -> None:
    found = defined().dimension()
    assert (found.key, found.short_label, found.theme, found.origin) == (
        "throughput", "Throughput", Theme.SIZE, Origin.OWN,
    )  # fmt: skip
    assert (found.default_weight, found.reference, found.passes, found.decimals) == (0, None, (), 0)
    assert (found.plausible, found.lower_bound, found.upper_bound) == ((0, 100_000), None, None)
    # Nobody knows how its values came about, so they do not pass for exact.
    assert not found.counted
    assert found.position > max(each.position for each in DIMENSIONS.values())


def test_the_range_of_an_import_follows_from_the_bounds_where_none_is_given() -> None:
    assert defined(plausible=None, lower_bound=0, upper_bound=1).range == (0, 1)
    low, high = defined(plausible=None).range
    assert low < -1e9
    assert high > 1e9


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"higher_is_better": None}, "higher_is_better is missing: write higher_is_better = true or false"),
        ({"smallest_meaningful_difference": None}, "smallest_meaningful_difference is missing: write by how much"),
        ({"label": None}, "label is missing: write label = ..."),
        (
            {"higher_is_better": "yes"},
            "higher_is_better is 'yes': write higher_is_better = true or false, without quotes",
        ),
        ({"logarithmic": 3}, "logarithmic is '3': write logarithmic = true or false, without quotes"),
        ({"decimals": True}, "decimals is true: input should be a valid integer"),
        ({"label": "=1+1"}, "label is '=1+1': must not start with =, +, -, @"),
        ({"label": "x" * 61}, "must have at most 60 characters"),
        ({"description": " x"}, "must not start or end with a space"),
        ({"key": "accuracy"}, "key is 'accuracy': this dimension comes with the program"),
        ({"key": "licence"}, "tables have a column of this name already"),
        ({"key": "timm_tag"}, "tables have a column of this name already"),
        ({"key": "w.x"}, "it must begin with a lower-case letter"),
        ({"theme": "speed"}, "theme is 'speed': input should be 'accuracy', 'robustness'"),
        ({"smallest_meaningful_difference": 0}, "should be greater than 0"),
        ({"plausible": [5, 1]}, "plausible: 5 is not below 1; write the smaller number first"),
        ({"lower_bound": 1, "upper_bound": 1}, "the bounds: 1 is not below 1"),
        ({"plausible": [1]}, "at least 2 items"),
        ({"weight": 2}, "the key weight is unknown; the keys are key, label"),
    ],
)
def test_what_breaks_a_rule_is_named_with_the_rule(changes: dict[str, object], rule: str) -> None:
    assert rule in refused(**changes)


def test_many_faults_are_counted() -> None:
    assert "and 2 more faults" in refused(label=None, unit=None, theme=None, description=None, higher_is_better=None)


def test_what_measures_a_dimension_of_a_package_goes_to_the_store_and_comes_back() -> None:
    known = replace(doubt_of("one"), procedure="Asked of the model itself.")
    told = definition_from(known, known.plug_in)
    found = stored_definition(told.model_dump(mode="json", exclude_none=True)).dimension()
    assert (found.plug_in, found.passes, found.needs_probabilities) == (known.plug_in, (Pass.CLEAN,), True)
    assert (found.procedure, found.default_weight, found.measurable) == ("Asked of the model itself.", 0, True)
    assert not stored_definition(described()).dimension().measurable


def test_nobody_says_by_hand_that_a_package_measures() -> None:
    known = doubt_of("one")
    told = definition_from(known, known.plug_in).model_dump(mode="json", exclude_none=True)
    with pytest.raises(Refusal, match="the key measure is unknown"):
        definition_of(told)


def test_a_package_names_a_place_to_measure_from() -> None:
    known = replace(doubt_of("one"), passes=())
    with pytest.raises(Refusal, match=r"measure\.passes is '\[\]'"):
        definition_from(known, known.plug_in)


def test_a_file_says_the_same(tmp_path: Path) -> None:
    file = tmp_path / "throughput.toml"
    file.write_text(toml_of(), encoding="utf-8")
    assert read_definition(file) == defined()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"key = ", "is not valid TOML"),
        (b"\xff", "is not written in UTF-8"),
        (b"#" * (MOST_BYTES + 1), "is larger than"),
        (b"", "key is missing"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes, rule: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    with pytest.raises(Refusal, match=rule) as found:
        read_definition(file)
    assert "bad.toml" in found.value.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"none\.toml cannot be read: No such file"):
        read_definition(tmp_path / "none.toml")


def test_null_is_called_what_it_is_in_json() -> None:
    with pytest.raises(Refusal, match="higher_is_better is null: write higher_is_better = true or false"):
        definition_of({**described(), "higher_is_better": None})
