"""Each rule that the rows of an archive obey, by breaking it."""

import csv
import io
import json

import pytest
from sqlalchemy import Engine

from backend.imports.archive_rows import COLUMNS, check_archive, is_archive
from backend.imports.csv_file import MOST_FOUND
from backend.imports.importer import ImportRejected, import_results
from tests.backend.imports.archives import MEASURED, MODEL, content, edit, fill


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"value": "x"}, "value", "cannot be read"),
        ({"value": ""}, "value", "either a value or the reason"),
        ({"missing_reason": "failed"}, "value", "either a value or the reason"),
        ({"value": "1.5"}, "value", "cannot be: Accuracy must be at most 1"),
        ({"value": "nan"}, "value", "finite"),
        ({"standard_error": "-1"}, "standard_error", "0 or more"),
        ({"standard_error": "nan"}, "standard_error", "0 or more"),
        ({"sample_count": "0"}, "sample_count", "1 or more"),
        ({"sample_count": "2147483648"}, "sample_count", "2147483647 or less"),
        ({"seed": "-1"}, "seed", "from 0 to 9223372036854775807"),
        ({"seed": str(2**63)}, "seed", "from 0 to 9223372036854775807"),
        ({"input_size": "2147483648"}, "input_size", "2147483647 or less"),
        ({"parts": "[1]"}, "parts", "must be a JSON object"),
        ({"parts": '{"a": NaN}'}, "parts", "NaN is no number of JSON"),
        ({"parts": '{"a": -1e999}'}, "parts", "-1e999 is no number of JSON"),
        ({"parts": "{"}, "parts", "cannot be read"),
        ({"dimension": "speed"}, "dimension", "must be one of accuracy"),
        ({"protocol": "mine"}, "protocol", "must be one of as-published, corrected"),
        ({"benchmark": "nowhere"}, "benchmark", "is no benchmark of this store; it has imagenet-1k, toy-shapes."),
        ({"source": "study"}, "source", "which it did not"),
        ({"flags": "made-up"}, "flags", "must hold of"),
        ({"name": "=1+1"}, "name", "would run as a formula"),
        ({"model_id": "../x"}, "model_id", "must be 1 to 100 of a-z"),
        ({"measured_at": "2026-07-01"}, "measured_at", "must have a zone"),
        ({"visibility": "hidden"}, "visibility", "must be one of public, private"),
    ],
)
def test_a_cell_that_breaks_a_rule_is_named(
    source: Engine, target: Engine, cells: dict[str, str], column: str, rule: str
) -> None:
    fill(source, [MODEL], [MEASURED])
    fill(target, [], [])
    with pytest.raises(ImportRejected) as caught:
        import_results(target, edit(content(source), **cells))
    error = next(error for error in caught.value.errors if error.column == column)
    assert rule in error.rule
    assert content(target).count(b"\n") == 1


def test_what_contradicts_the_store_or_itself_is_refused(source: Engine, target: Engine) -> None:
    fill(source, [MODEL], [MEASURED])
    data = content(source)
    fill(target, [MODEL], [MEASURED])
    for cells, column in (
        ({"value": "0.4"}, "value"), ({"architecture": "transformer"}, "model_id"), ({"parts": "{}"}, "parts"),
        ({"model_id": "other", "name": "MINE"}, "name"),
    ):  # fmt: skip
        with pytest.raises(ImportRejected) as caught:
            import_results(target, edit(data, **cells))
        assert {error.column for error in caught.value.errors} == {column}
    body = data.partition(b"\n")[2]
    for twice, rule in (
        (body, "already for this model"),
        (edit(data, note="x", name="Y").partition(b"\n")[2], "another model than on line 2; rename"),
    ):
        with pytest.raises(ImportRejected, match=rule):
            import_results(target, data + twice)
    for broken, rule in ((data.partition(b"\n")[0], "no results"), (data + b"a,b\n", "as many cells")):
        with pytest.raises(ImportRejected, match=rule):
            import_results(target, broken)
    assert (
        json.loads(next(csv.DictReader(io.StringIO(content(target).decode(), newline="")))["parts"]) == MEASURED.parts
    )


@pytest.mark.parametrize("later", [6, 7, 8], ids=["before facts", "before versions", "before ingredients"])
def test_a_file_from_before_is_read(source: Engine, empty_engine: Engine, later: int) -> None:
    assert COLUMNS[-8:-5] == ("ingredients_digest", "benchmark_digest", "licence")
    rows = list(csv.reader(io.StringIO(content(source).decode(), newline="")))
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows(row[:-later] for row in rows)
    old = file.getvalue().encode()
    assert is_archive(io.BytesIO(old))
    assert import_results(empty_engine, old).added > 0


@pytest.fixture(scope="module")
def archive(source: Engine) -> bytes:
    fill(source, [MODEL], [MEASURED])
    return content(source)


@pytest.mark.parametrize(
    ("more", "line", "rule"),
    [
        (b"\xff\n", 4, "is not UTF-8"),
        (b"a\0b\n", 4, "must not occur in a text file"),
        (b'"open\n', 4, "cannot be read as CSV"),
        (b"x" * (8 * 1024 * 1024), 4, "has 8388608 bytes or more"),
    ],
    ids=["UTF-8", "NUL", "quote", "length"],
)
def test_what_is_no_text_is_named_by_its_line(archive: bytes, more: bytes, line: int, rule: str) -> None:
    with pytest.raises(ImportRejected) as caught:
        check_archive(io.BytesIO(archive + more))
    assert [(error.line, rule in error.rule) for error in caught.value.errors] == [(line, True)]


def test_after_ten_thousand_faults_nothing_more_is_read(archive: bytes) -> None:
    file = io.BytesIO(archive + b"a,b\n" * (2 * MOST_FOUND))
    with pytest.raises(ImportRejected) as caught:
        check_archive(file)
    assert len(caught.value.errors) == MOST_FOUND
    assert file.tell() < len(file.getvalue())


def test_a_mark_of_the_byte_order_is_read_at_the_start_alone(archive: bytes) -> None:
    marked = io.BytesIO(b"\xef\xbb\xbf" + archive)
    assert is_archive(marked)
    check_archive(marked)
    with pytest.raises(ImportRejected) as caught:
        check_archive(io.BytesIO(archive + b"\xef\xbb\xbf" + archive.split(b"\n", 1)[1]))
    assert [error.column for error in caught.value.errors] == ["model_id"]
