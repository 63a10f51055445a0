import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.imports.csv_file import MAX_ROWS, Faults, ImportRejected
from backend.imports.foreign_table import (
    csv_rows,
    fraction,
    makes_hundred,
    number_violation,
    own_definition,
    refuse_file,
)
from tests.backend.imports.foreign_files import places, table_file
from tests.backend.own_dimension import described

DIGEST = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"


def test_provenance_names_file_digest_and_day() -> None:
    assert table_file(b"a", "b.csv").provenance == f"b.csv, sha256 {DIGEST}, imported 2026-11-26"
    assert table_file(b"a", None).provenance.startswith("a file without a name, sha256 ")
    # A name is shown, and must not be what a spreadsheet runs.
    assert table_file(b"a", "=b\n.csv").provenance.startswith("b .csv, ")


@pytest.mark.parametrize(
    ("name", "folders"),
    [
        (None, ()),
        ("a.csv", ("a.csv",)),
        ("/home/me/imagenet/Linf/A.json", ("imagenet", "Linf", "A.json")),
        ("imagenet\\Linf\\A.json", ("imagenet", "Linf", "A.json")),
    ],
)
def test_folders_are_the_last_parts_of_the_name(name: str | None, folders: tuple[str, ...]) -> None:
    file = table_file(b"", name)
    assert file.folders == folders
    assert file.base_name == (folders[-1] if folders else "")


def test_a_definition_says_which_file_brought_it() -> None:
    told = {key: value for key, value in described().items() if key != "source"}
    definition = own_definition(table_file(b"a", "b.csv"), "Somebody", told)
    assert definition.source is not None
    assert definition.source.startswith(f"Somebody; added by b.csv, sha256 {DIGEST}, imported 2026-11-26.")


def test_a_key_that_a_file_name_makes_unusable_is_refused() -> None:
    with pytest.raises(ImportRejected, match="makes no dimension") as found:
        own_definition(table_file(b"", "long.csv"), "Somebody", described(key="k" * 65))
    assert "option dimension" in found.value.errors[0].rule


def test_rows_come_with_their_lines() -> None:
    faults = Faults()
    found = list(csv_rows(b'a,b,c\n1,"2\n2",x\n\n3,4,y\n5,6\n', ("a", "b"), faults))
    assert found == [(2, {"a": "1", "b": "2\n2", "c": "x"}), (5, {"a": "3", "b": "4", "c": "y"})]
    with pytest.raises(ImportRejected) as refused:
        faults.refuse()
    assert places(refused.value.errors) == [(6, None, "2 cells")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [(1, "a", ""), (1, "b", "")]),
        (b"a,c\n1,2\n", [(1, "b", "")]),
        (b"a,b,b\n1,2,3\n", [(1, "b", "")]),
        (b"a\0b", [(1, None, "NUL")]),
    ],
)
def test_another_kind_of_file_is_refused(data: bytes, expected: list[tuple[int, str | None, str]]) -> None:
    with pytest.raises(ImportRejected) as found:
        list(csv_rows(data, ("a", "b"), Faults()))
    assert places(found.value.errors) == expected


def test_a_table_has_a_bound() -> None:
    with pytest.raises(ImportRejected) as found:
        list(csv_rows(b"a\n" + b"1\n" * (MAX_ROWS + 1), ("a",), Faults()))
    assert places(found.value.errors) == [(MAX_ROWS + 2, None, "")]


@pytest.mark.parametrize("cell", ["nan", "inf", "", "76 %", "1,5", "-1", "100.001", "1e3", "٧"])
def test_what_is_no_share_is_named(cell: str) -> None:
    assert number_violation(cell, 0, 100, "per cent") is not None


@pytest.mark.parametrize("cell", ["0", "100", "76.125", "5e1"])
def test_a_share_is_a_number_from_0_to_100(cell: str) -> None:
    assert number_violation(cell, 0, 100, "per cent") is None


def test_per_cent_are_divided_without_an_error() -> None:
    assert fraction("91.144") == 0.91144
    assert fraction("0.07") == 0.0007


def test_two_shares_make_a_hundred_but_for_rounding() -> None:
    assert makes_hundred("91.144", "8.857")
    assert not makes_hundred("91.144", "8.86")
    assert not makes_hundred("0.91144", "0.08856")


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("", "must be a plain number in per cent; correct it or delete the row."),
        ("1,5", "must be a plain number in per cent; correct it or delete the row."),
        ("-0.001", "must be 0 to 100 per cent; correct it or delete the row."),
        ("100.001", "must be 0 to 100 per cent; correct it or delete the row."),
        ("1e3", "must be 0 to 100 per cent; correct it or delete the row."),
        ("0", None),
        ("100", None),
        ("1e2", None),
    ],
)
def test_a_number_that_breaks_a_rule_is_told_which(cell: str, rule: str | None) -> None:
    assert number_violation(cell, 0, 100, "per cent") == rule


@pytest.mark.parametrize(
    ("one", "other", "whole"),
    [
        ("100", "0", True),
        ("0", "100", True),
        ("50.0015", "50", True),
        ("49.9985", "50", True),
        ("50.0016", "50", False),
        ("49.9984", "50", False),
        ("1", "0", False),
    ],
)
def test_two_shares_may_miss_a_hundred_by_the_last_digit_alone(one: str, other: str, whole: bool) -> None:
    assert makes_hundred(one, other) is whole


@given(st.integers(0, 100_000))
def test_a_share_keeps_its_digits_as_a_fraction(thousandths: int) -> None:
    cell = f"{thousandths // 1000}.{thousandths % 1000:03d}"
    assert repr(fraction(cell)) == repr(thousandths / 100_000)


def test_every_needed_column_that_is_missing_or_doubled_is_named_at_once() -> None:
    with pytest.raises(ImportRejected) as found:
        list(csv_rows(b"a,a,c\n1,2,3\n", ("a", "b", "c", "d"), Faults()))
    assert [str(each) for each in found.value.errors] == [
        "line 1, a: '' is there twice; import the file as it was published.",
        "line 1, b: '' is missing; import the file as it was published.",
        "line 1, d: '' is missing; import the file as it was published.",
    ]


def test_as_many_rows_as_are_allowed_are_read() -> None:
    assert len(list(csv_rows(b"a\n" + b"1\n" * MAX_ROWS, ("a",), Faults()))) == MAX_ROWS


def test_columns_that_nobody_needs_are_passed_over_and_their_order_does_not_matter() -> None:
    found = list(csv_rows(b"z,b,a\n0,2,1\n", ("a", "b"), Faults()))
    assert found == [(2, {"z": "0", "b": "2", "a": "1"})]


def test_a_file_is_refused_as_a_whole_on_its_first_line() -> None:
    with pytest.raises(ImportRejected) as found:
        refuse_file("x" * 300, "is another kind of file.")
    (fault,) = found.value.errors
    assert (fault.line, fault.column, len(fault.value)) == (1, None, 80)


@pytest.mark.parametrize(("name", "base"), [("a/b/c/d.csv", "d.csv"), ("C:\\x\\d.csv", "d.csv"), ("", ""), (None, "")])
def test_the_last_part_of_a_name_is_the_file(name: str | None, base: str) -> None:
    assert table_file(b"", name).base_name == base
