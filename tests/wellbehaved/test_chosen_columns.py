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
