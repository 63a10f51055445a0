"""What stood where first, kept on disk."""

from backend.imports.first_lines import FirstLines


def test_it_knows_the_first_line_and_what_stood_there() -> None:
    first = FirstLines()
    assert first.earlier(("name", "a"), 2, "A") is None
    assert first.earlier(("name", "a"), 3, "other") == (2, "A")
    assert first.earlier(("name", "a"), 4) == (2, "A")
    # The parts count apart: neither their join nor another first part is the same.
    assert first.earlier(("namea",), 5) is None
    assert first.earlier(("id", "a"), 6) is None
    first.close()


def test_many_need_no_memory_of_the_process() -> None:
    first = FirstLines()
    for number in range(2000):
        assert first.earlier((str(number),), number) is None
    assert first.earlier(("7",), 9999) == (7, "")
    # A database without a name is one of a temporary file.
    assert first._database.execute("PRAGMA database_list").fetchall()[0][2] == ""
    first.close()
