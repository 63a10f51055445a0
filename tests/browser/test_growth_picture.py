import pytest

from tests.browser.growth_picture import PAGE, SHOWN, figure_of, growth_of

TABLE = """
text
| seconds of the processor | 326 models | 3,326 models | exponent |
| --- | --- | --- | --- |
| ranking, 25 rows | 0.001 | 0.002 | 0.30 |
| facets | 1.5 | 3 | 1.00 |

| another | 326 models | 3,326 models |
| facets | 9 | 9 |
"""


def test_the_first_table_is_read() -> None:
    growth = growth_of(TABLE)
    assert growth.models == (326, 3326)
    assert growth.seconds == {"ranking, 25 rows": (0.001, 0.002), "facets": (1.5, 3.0)}


def test_a_page_without_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no table of growth"):
        growth_of("| seconds | 326 models |")


def test_the_page_has_what_is_drawn() -> None:
    growth = growth_of(PAGE.read_text(encoding="utf-8"))
    assert len(growth.models) > 2
    assert set(SHOWN) <= growth.seconds.keys()
    assert [trace["name"] for trace in figure_of(growth).to_dict()["data"]] == ["in proportion", *SHOWN]
