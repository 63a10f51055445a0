import csv
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.imports import csv_file
from backend.imports.columns import GROUPING, NEEDED, columns
from backend.imports.csv_file import ImportRejected, RowError, read_results, short_text
from backend.imports.importer import published_scores
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS

Build = Callable[..., bytes]


def _errors(data: bytes) -> tuple[RowError, ...]:
    with pytest.raises(ImportRejected) as rejected:
        read_results(data)
    assert rejected.value.errors
    assert all(error.rule and len(error.value) <= 80 for error in rejected.value.errors)
    return rejected.value.errors


def _places(data: bytes) -> list[tuple[int, str | None]]:
    return [(error.line, error.column) for error in _errors(data)]


def test_the_study_is_read_to_the_last_digit() -> None:
    read = read_results(published_scores())
    published = list(csv.DictReader(published_scores().decode().splitlines()))
    assert len(read.rows) == len(published) == 326
    for row, cells in zip(read.rows, published, strict=True):
        assert row.record.id == cells["model_id"]
        assert {key: str(value) for key, value in row.values.items()} == {key: cells[key] for key in STUDY_DIMENSIONS}
        assert row.record.recipe == (cells["recipe"] or None)
        assert row.record.head == (cells["head"] or None)
        assert row.record.lineage == (cells["lineage"] or None)
        assert row.record.source_identifier == (cells["source_identifier"] or None)
        assert row.record.published_row == int(cells["published_row"])
        assert row.record.note == cells["note"]


def test_a_small_file(results_csv: Build) -> None:
    row = read_results(results_csv({"shape_bias": "", "object_focus": "-0.0"})).rows[0]
    assert row.line == 2
    assert row.values["accuracy"] == 0.8
    assert row.values["shape_bias"] is None
    assert str(row.values["object_focus"]) == "0.0"
    assert (row.record.recipe, row.record.head) == ("unknown", "unknown")
    assert (row.record.paper_title, row.record.published_row) == (None, None)
    assert (row.record.note, row.record.label_flags, row.flags) == ("", (), {})


def test_none_is_another_spelling_of_absent_for_recipe_and_head(results_csv: Build) -> None:
    record = read_results(results_csv({"recipe": "none", "head": "none", "backbone": "none"})).rows[0].record
    assert (record.recipe, record.head, record.backbone) == (None, None, "none")


def test_flags_go_to_the_values_they_touch(results_csv: Build) -> None:
    flags = {"flags": "double-softmax;label-corrected", "class_balance": ""}
    row = read_results(results_csv(flags)).rows[0]
    assert row.flags == {"calibration_error": ("double-softmax",)}
    assert row.record.label_flags == ("label-corrected",)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_marks_and_column_order_do_not_matter(results_csv: Build, line_end: str) -> None:
    plain = read_results(results_csv({}))
    turned = read_results(b"\xef\xbb\xbf" + results_csv({}, columns=plain.columns[::-1], line_end=line_end))
    assert turned.rows[0].values == plain.rows[0].values
    assert turned.rows[0].record == plain.rows[0].record


def test_names_are_normalised(results_csv: Build) -> None:
    assert read_results(results_csv({"name": "Mode\u0300le"})).rows[0].record.name == "Modèle"


def test_every_bad_cell_of_every_bad_row_is_reported(results_csv: Build) -> None:
    data = results_csv(
        {"model_id": "Bad", "name": "=cmd", "accuracy": "80%"},
        {"model_id": "good", "name": "Good"},
        {"model_id": "b", "name": "B", "training": "", "shape_bias": "nan", "parameters_millions": "1e999"},
    )
    errors = _errors(data)
    assert [(error.line, error.column, error.value) for error in errors] == [
        (2, "model_id", "Bad"),
        (2, "name", "=cmd"),
        (2, "accuracy", "80%"),
        (4, "training", ""),
        (4, "shape_bias", "nan"),
        (4, "parameters_millions", "1e999"),
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_lines_are_counted_as_an_editor_counts_them(results_csv: Build, line_end: str) -> None:
    data = results_csv(
        {"model_id": "a", "name": "A", "note": f"one{line_end}two{line_end}{line_end}four"},
        {"model_id": "b", "name": "B", "accuracy": "x"},
        line_end=line_end,
    )
    assert _places(data) == [(6, "accuracy")]
    blank = line_end.encode()
    header, first, rest = data.split(blank, 2)
    assert _places(blank.join([b"", header, b"", first, rest])) == [(8, "accuracy")]


def test_repeated_models_and_names_are_refused(results_csv: Build) -> None:
    data = results_csv(
        {"model_id": "a", "name": "A"}, {"model_id": "b", "name": "A"}, {"model_id": "a", "name": "C", "accuracy": "x"}
    )
    errors = _errors(data)
    assert [(error.line, error.column) for error in errors] == [(3, "name"), (4, "accuracy"), (4, "model_id")]
    assert "is on line 2 already" in errors[0].rule
    assert "is on line 2 already" in errors[2].rule


def test_empty_identities_are_not_repeated_ones(results_csv: Build) -> None:
    data = results_csv({"model_id": "", "name": ""}, {"model_id": "", "name": ""})
    assert _places(data) == [(2, "model_id"), (2, "name"), (3, "model_id"), (3, "name")]


def test_rows_of_another_length_are_refused(results_csv: Build) -> None:
    data = results_csv({}) + b"short,row\n" + b",".join([b"x"] * 18) + b"\n"
    errors = _errors(data)
    assert [(error.line, error.column, error.value) for error in errors] == [
        (3, None, "2 cells"),
        (4, None, "18 cells"),
    ]
    assert "as many cells as the header, 17" in errors[0].rule


def test_columns_are_checked(results_csv: Build) -> None:
    columns = ["model_id", "accuracy", "shape_bias", "accuracy", "acuracy", "favourite colour"]
    errors = _errors(results_csv({}, columns=columns))
    assert [(error.line, error.column, error.rule) for error in errors] == [
        (1, "acuracy", "is no known column; did you mean accuracy?"),
        (1, "favourite colour", "is no known column; delete it."),
        (1, "accuracy", "is there twice; delete one."),
    ]


def test_a_file_without_any_dimension_has_nothing_to_import(results_csv: Build) -> None:
    [error] = _errors(results_csv({}, columns=["model_id", "name", "architecture"]))
    assert error.line == 1
    assert error.rule.startswith("has no values; add a column for each dimension that was measured, of accuracy, ")


@pytest.mark.parametrize("column", sorted(set(columns()) - {*NEEDED, "accuracy"}))
def test_each_other_column_may_be_there_or_not(column: str, results_csv: Build) -> None:
    named = {"architecture": "cnn", "training": "adversarial", "pretraining_data": "large"}
    cell = named.get(column, "x" if column in GROUPING and column not in ("recipe", "head") else "")
    columns = (*NEEDED, "accuracy", column)
    given = {} if column in DIMENSIONS else {column: cell}
    found = read_results(results_csv(given, columns=columns))
    assert found.columns == columns
    assert list(found.rows[0].values) == [key for key in DIMENSIONS if key in columns]


@pytest.mark.parametrize(
    ("data", "line", "rule"),
    [
        pytest.param(b"", 1, "The file is empty; start it with the columns model_id", id="empty"),
        pytest.param(b"\xef\xbb\xbf\r\n\r\n", 1, "The file is empty", id="blank lines"),
        pytest.param("model_id".encode("utf-16"), 1, "UTF-16; save it as UTF-8", id="utf-16 little"),
        pytest.param(b"\xfe\xff\0m", 1, "UTF-16; save it as UTF-8", id="utf-16 big"),
        pytest.param(b"a\nb\0c", 2, "must not occur in a text file", id="NUL"),
        pytest.param(b"name\nModell-Gr\xf6\xdfe", 2, "is not UTF-8", id="latin-1"),
        pytest.param(b"\xed\xa0\x80", 1, "is not UTF-8", id="surrogate"),
        pytest.param(b"model_id;name;accuracy\n", 1, "has no commas", id="semicolons"),
        pytest.param(b"\nmodel_id\tname\n", 2, "has no commas", id="tabs"),
        pytest.param(b'model_id,"name\n', 1, "cannot be read as CSV", id="quote left open"),
        pytest.param(b'model_id,"na"me\n', 1, "cannot be read as CSV", id="text after a quote"),
        pytest.param(b"model_id," + b"n" * 200_000, 1, "cannot be read as CSV", id="endless cell"),
    ],
)
def test_files_that_are_no_table_are_refused(data: bytes, line: int, rule: str) -> None:
    error = _errors(data)[0]
    assert error.line == line
    assert rule in error.rule


def test_a_header_alone_is_refused(results_csv: Build) -> None:
    assert "no results; add a row" in _errors(results_csv())[0].rule


def test_faults_before_a_broken_quotation_are_still_reported(results_csv: Build) -> None:
    data = results_csv({"accuracy": "x"}) + b'a,"b\nc'
    errors = _errors(data)
    assert [(error.line, error.column) for error in errors] == [(2, "accuracy"), (3, None)]
    assert "check the quotation marks" in errors[1].rule


def test_a_file_may_have_more_rows_than_a_table_of_others(results_csv: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MAX_ROWS", 2)
    monkeypatch.setattr(csv_file, "MAX_BYTES", 500)
    data = results_csv(*({"model_id": name, "name": name} for name in "abcd"))
    assert len(data) > 500
    assert [row.record.id for row in read_results(data).rows] == list("abcd")


def test_a_line_without_end_is_no_row(results_csv: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    data = results_csv({})
    monkeypatch.setattr(csv_file, "_LONGEST_LINE", len(data))
    error = _errors(data + b"x" * len(data))[0]
    assert (error.line, error.rule) == (3, f"has {len(data)} bytes or more; end each row with a line break.")


@pytest.mark.parametrize("second", [b"\r", b"\r\n"])
def test_rows_that_carriage_returns_alone_end_may_be_many(
    results_csv: Build, monkeypatch: pytest.MonkeyPatch, second: bytes
) -> None:
    names = [f"m{number}" for number in range(10, 20)]
    header, *rows = results_csv(*({"model_id": name, "name": name} for name in names), line_end="\r").split(b"\r")
    data = header + b"\r" + b"".join(row + (second if number % 2 else b"\r") for number, row in enumerate(rows))
    # So that what is read at once ends at each place of two rows, between the two bytes of a line's end, too.
    for longest in range(len(header) + 3, len(header) + 3 + 2 * len(rows[0]) + 5):
        monkeypatch.setattr(csv_file, "_LONGEST_LINE", longest)
        read = read_results(data)
        assert [row.record.id for row in read.rows] == names
        assert [row.line for row in read.rows] == list(range(2, 12))


def test_what_is_no_text_behind_carriage_returns_is_found_on_its_line(
    results_csv: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ({"model_id": f"m{number}", "name": f"m{number}"} for number in range(40))
    data = results_csv(*rows, line_end="\r").replace(b"m37", b"m\xff7")
    for longest in (len(data) + 1, data.index(b"\r") + 3):
        monkeypatch.setattr(csv_file, "_LONGEST_LINE", longest)
        [error] = _errors(data)
        assert (error.line, error.value) == (39, "byte 0xff")


def test_after_ten_thousand_faults_a_file_is_read_no_further(
    results_csv: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "MOST_FOUND", 3)
    data = results_csv(*({"model_id": name, "name": name, "accuracy": "80%"} for name in "abcdef"))
    assert [error.line for error in _errors(data)] == [2, 3, 4]


def test_a_repetition_is_found_however_far_apart(results_csv: Build) -> None:
    rows = [{"model_id": f"m{i}", "name": f"M {i}"} for i in range(3000)]
    errors = _errors(results_csv(*rows, {"model_id": "m0", "name": "m 7"}))
    assert [(error.line, error.column, error.rule) for error in errors] == [
        (3002, "model_id", "is on line 2 already; each model needs a model_id of its own."),
        (3002, "name", "differs from 'M 7' on line 9 by letter case or spaces only; rename one."),
    ]


def test_the_message_names_place_value_rule_and_next_step(results_csv: Build) -> None:
    with pytest.raises(ImportRejected) as rejected:
        read_results(results_csv({"accuracy": "80%", "shape_bias": "x"}))
    assert str(rejected.value) == (
        "line 2, accuracy: '80%' must be a plain decimal such as 0.7613 or 5e-05, with a point, without % or spaces; "
        "rewrite it. (and 1 more) Nothing was imported; correct the file and import it again."
    )
    assert str(RowError(1, None, "", "is empty.")) == "line 1: '' is empty."


def test_long_values_are_shortened() -> None:
    assert short_text("x" * 80) == "x" * 80
    assert short_text("x" * 81) == "x" * 79 + "…"


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))))
def test_anything_is_read_or_refused(data: bytes) -> None:
    for given_data in (data, ",".join(NEEDED).encode() + b"\n" + data):
        with suppress(ImportRejected):
            assert read_results(given_data).rows


def test_what_a_file_does_not_say_of_a_model_is_unknown(results_csv: Build) -> None:
    record = read_results(results_csv({}, columns=(*NEEDED, "accuracy"))).rows[0].record
    assert {getattr(record, field) for field in GROUPING} == {"unknown"}
    assert (record.lineage, record.source_identifier, record.paper_title) == (None, None, None)


def test_certainty_is_read_where_it_is_given(results_csv: Build) -> None:
    row = read_results(results_csv({"accuracy.standard_error": "1.8e-3", "shape_bias.sample_count": "1200"})).rows[0]
    assert (row.standard_errors, row.sample_counts) == ({"accuracy": 0.0018}, {"shape_bias": 1200})


@pytest.mark.parametrize("blank", [b",,,,,,,,,,,,,,,,", b" , ,", b"   ", b",,,,,,,,,,,,,,,,,,,"])
def test_rows_without_content_are_passed_over_like_blank_lines(results_csv: Build, blank: bytes) -> None:
    header, first = results_csv({}).splitlines()
    data = b"\r\n".join([blank, header, blank, first, blank, blank, b""])
    assert [row.line for row in read_results(data).rows] == [4]


def test_small_numbers_are_read_as_programs_write_them(results_csv: Build) -> None:
    assert read_results(results_csv({"calibration_error": repr(0.00005)})).rows[0].values["calibration_error"] == 5e-05


@pytest.mark.parametrize(
    ("first", "separator"), [("sep=;", ";"), ("sep=,", ","), ("sep=\t", "\t"), ("SEP=;", ";"), ("sep=;;;;", ";")]
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_first_line_names_the_separator(results_csv: Build, first: str, separator: str, mark: bytes) -> None:
    plain = results_csv({"accuracy": "x"})
    data = mark + first.encode() + b"\r\n" + plain.replace(b",", separator.encode())
    assert _places(data) == [(3, "accuracy")]


def test_a_separator_line_alone_is_an_empty_file() -> None:
    assert "The file is empty" in _errors(b"sep=;\n")[0].rule


def test_empty_columns_at_the_right_are_passed_over(results_csv: Build) -> None:
    header, first = results_csv({}).splitlines()
    assert len(read_results(header + b",,\n" + first + b",,\n").rows) == 1
    assert len(read_results(header + b",,\n" + first + b"\n").rows) == 1
    assert "has" not in _errors(header + b",,x\n" + first + b"\n")[0].rule
    [fault] = _errors(header.replace(b"name,", b"name,,") + b"\n" + first.replace(b"Mine,", b"Mine,,") + b"\n")
    assert fault.rule == "is a column without a name between others; name it or delete it."


@pytest.mark.parametrize("other", ["same  Name", "SAME NAME", "Same\u2003name", "Sa\u0301me name"])
def test_names_that_nobody_can_tell_apart_are_refused(results_csv: Build, other: str) -> None:
    first = "S\u00e1me name" if "\u0301" in other else "Same name"
    rows = {"model_id": "a", "name": first}, {"model_id": "b", "name": other}
    assert (3, "name") in _places(results_csv(*rows))
    spelt = other == "SAME NAME"
    assert (
        not spelt
        or "differs from 'Same name' on line 2 by letter case or spaces only" in _errors(results_csv(*rows))[0].rule
    )
