import pytest
from rich.console import Console

from wellbehaved.chosen_columns import ColumnUnknown, chosen_names, only_columns, table_of

CONTENT = b'name,score,percentile.accuracy,percentile.shape_bias\r\n"A, the first",0.123456789,1,2\r\n[b],,3,4\r\n'


def test_names() -> None:
    assert chosen_names(None) == chosen_names("") == chosen_names(" , ") == ()
    assert chosen_names("a, b") == ("a", "b")


def test_columns_come_in_the_order_asked_for_also_twice() -> None:
    assert only_columns(CONTENT, ("score", "name", "score")) == (
        b'score,name,score\r\n0.123456789,"A, the first",0.123456789\r\n,[b],\r\n'
    )


def test_a_column_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(ColumnUnknown) as refused:
        only_columns(CONTENT, ("name", "scor"))
    assert str(refused.value) == (
        "No column is called 'scor'. Did you mean `score`? There are: name, score, percentile.DIMENSION."
    )
    with pytest.raises(ColumnUnknown, match=r"called 'zzz'\. There are"):
        only_columns(CONTENT, ("zzz",))


def test_a_table_shortens_decimals_and_marks_what_is_missing() -> None:
    console = Console(width=80)
    with console.capture() as captured:
        console.print(table_of(CONTENT))
    text = captured.get()
    assert "0.1235" in text
    assert "0.12345" not in text
    assert "│ [b]          │ -      │ 3 " in text


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("0.12345", "0.1235"), ("0.1234", "0.1234"), ("-0.123456", "-0.1235"), ("25.55703", "25.5570"), ("7", "7"),
        ("1.23456e-05", "0.0000"), ("1.2345678901e-2", "0.0123"), ("1.5e-3", "1.5e-3"), ("v1.234567", "v1.234567"),
        ("1.234567x", "1.234567x"), ("", "-"), ("2026.123456.1", "2026.123456.1"), ("0", "0"),
    ],
)  # fmt: skip
def test_only_long_decimals_are_shortened(cell: str, shown: str) -> None:
    [column] = table_of(f"a\r\n{cell},\r\n".encode() if not cell else f"a\r\n{cell}\r\n".encode()).columns[:1]
    assert list(column.cells) == [shown]


def test_columns_of_one_kind_are_named_once_in_the_order_of_the_heading() -> None:
    content = b"rank,percentile.a,name,percentile.b,contribution.a,rank\r\n"
    with pytest.raises(ColumnUnknown) as refused:
        only_columns(content, ("qqqqqq",))
    assert str(refused.value) == (
        "No column is called 'qqqqqq'. There are: rank, percentile.DIMENSION, name, contribution.DIMENSION."
    )


def test_a_file_without_rows_keeps_its_heading() -> None:
    assert only_columns(b"a,b\r\n", ("b",)) == b"b\r\n"
    assert [column.header for column in table_of(b"a,[b]\r\n").columns] == ["a", r"\[b]"]


def test_nothing_at_all_has_no_columns() -> None:
    with pytest.raises(ColumnUnknown, match="No column is called 'a'"):
        only_columns(b"", ("a",))


def test_names_keep_their_case_and_order_and_lose_their_spaces() -> None:
    assert chosen_names(" b ,, a,B ,b") == ("b", "a", "B", "b")


def test_what_is_written_between_quotation_marks_stays_one_cell() -> None:
    content = 'name,note\r\n"A ""quoted"", name","two\nlines"\r\nÄ,ö\r\n'.encode()
    assert only_columns(content, ("note", "name")) == (
        'note,name\r\n"two\nlines","A ""quoted"", name"\r\nö,Ä\r\n'.encode()
    )
